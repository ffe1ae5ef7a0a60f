/* SPDX-License-Identifier: GPL-2.0-only */
/* What "mmguard tap" knows while it reads a log.  Nothing of it grows with the log. */
#ifndef MG_TAP_H
#define MG_TAP_H

#include "common/ktap.h"

#include <stdio.h>

#define TAP_TEXT_MAX 6144

struct tap {
	const char *file;
	bool json;
	bool bad;
	bool first;	  /* no file has been written */
	bool first_event; /* none of this file */
	int status;	  /* exit status of the file */
	char path[2048];  /* of the nested stream whose name was printed last */
};

/* The leaves with this verdict, missing ones among them. */
unsigned long tap_count(const struct ktap_outcome *o, enum verdict v);

/* "path/#3..#5" of a KTAP_MISSING. */
void tap_missing_name(const struct ktap_event *ev, char *to, size_t size);

/* The JSON object of a file (tapjson.c), on stdout as it comes; @ret is 0 or -errno. */
void tap_json_begin(struct tap *t);
void tap_json_event(struct tap *t, const struct ktap_event *ev);
void tap_json_end(struct tap *t, const struct ktap_outcome *o, int ret);
#endif
