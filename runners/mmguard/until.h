/* SPDX-License-Identifier: GPL-2.0-only */
/* --until-fail: every program is judged as soon as it has ended, as the reports will do it. */
#ifndef MG_UNTIL_H
#define MG_UNTIL_H

#include "progress.h"
#include "report.h"
#include "run.h"

struct until {
	struct report report; /* without results between two programs */
	const struct plan *plan;
	unsigned int boot;
	char *reason; /* what was unexpected, NULL: nothing so far */
};

/* From now on @u hears of each program's end through @p.  0, or -1 with a message. */
int until_watch(struct until *u, const struct run *r, struct progress *p);
void until_end(struct until *u);
#endif
