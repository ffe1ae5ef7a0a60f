/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP for the unit tests of the runners: one result per check.
 */
#ifndef MMGUARD_TESTS_UNIT_H
#define MMGUARD_TESTS_UNIT_H

#include <stdbool.h>
#include <stdio.h>

struct unit {
	int n, failed;
};

static inline void unit_begin(void)
{
	puts("KTAP version 1");
}

static inline bool unit_ok(struct unit *u, bool ok, const char *name)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", ++u->n, name);
	u->failed += !ok;
	return ok;
}

/* Prints the plan; the exit status of main(). */
static inline int unit_end(const struct unit *u)
{
	printf("1..%d\n", u->n);
	return u->failed ? 1 : 0;
}

#endif
