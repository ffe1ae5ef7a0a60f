/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a run is left to do, told by its raw files, and whether another boot is worth it. */
#ifndef MG_REST_H
#define MG_REST_H

#include "run.h"

/* Deaths of a machine that is no guest after which a run stops, unless asked for otherwise. */
#define REST_CRASHES	10
#define REST_CRASHES_VM 20

struct rest {
	struct plan plan;  /* of the next boot; empty: nothing is left */
	unsigned int boot; /* number of the last one, 0: there was none */
	char *stop;	   /* why no further boot is worth it, NULL: it is */
};

/*
 * Of @r->plan, all that the run in @r->dir was asked for, choose what has no result yet.  Left
 * out are the case that took the machine down or during which mmrun was killed (--again takes
 * the latter), a program that died twice outside its cases and, unless the machine is a guest,
 * one that took it down twice.  0, or -1 with a message.
 */
int rest_find(const struct run *r, struct rest *rest);
/*
 * Is there something to do and is it worth it?  Writes the plan of boot rest->boot + 1 when
 * there is, and otherwise, to the journal and as a message, why the run gives up.  1 go on,
 * 0 the run is over, -1 with a message.  @guest: paths are those of a guest.
 */
int rest_begin(const struct run *r, const struct rest *rest, bool guest);
void rest_free(struct rest *rest);
#endif
