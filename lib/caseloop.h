/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The case loop: options, needs, one process per case, deadlines, KTAP. It
 * knows nothing of the harness, which only test programs compile.
 */
#ifndef MMGUARD_CASELOOP_H
#define MMGUARD_CASELOOP_H

#include <stdbool.h>
#include <stddef.h>

#define MM_NEEDS_SECTION ".mmguard.needs"
#define MM_CASES_MAX	 512

struct mm_case {
	const char *scenario;
	const char *kind; /* NULL in a program without kinds */
	int seconds;	  /* deadline, before MMGUARD_SLOW */
	void *test;	  /* for the callback */
	void *variant;
};

/*
 * mm_main() - main() of every test program
 * @call: runs one case in the process that calls it; false when it failed
 *
 * Options: -l lists the cases, -t GLOB (repeatable) selects some, --needs
 * prints what the program needs. Returns a kselftest exit status: 0, 1 when
 * something failed, 4 when everything was skipped.
 */
int mm_main(int argc, char **argv, const struct mm_case *cases, size_t n,
	    bool (*call)(void *test, void *variant));

/* The factor by which this machine is slow (MMGUARD_SLOW, at least 1). */
double mm_slow(void);

/* How long one timed loop runs, seconds: what the program declares, times MMGUARD_SLOW. */
double mm_budget(void);

#endif
