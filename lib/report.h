/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a case says of itself. The outcome lives in memory that the case shares
 * with all processes it forks and with the case loop: a check that fails in a
 * grandchild counts, and nothing that happens later turns it green.
 */
#ifndef MMGUARD_REPORT_H
#define MMGUARD_REPORT_H

#include <stdbool.h>

#define MM_PRINTF(a, b) __attribute__((format(printf, a, b)))

enum mm_outcome_kind { MM_PASSED, MM_SKIPPED, MM_BROKEN, MM_FAILED };

struct mm_outcome {
	enum mm_outcome_kind kind; /* the worst seen */
	char reason[400];	   /* of the first of that kind */
};

/* Records a failure of the kernel and goes on. Starts with the object it is about. */
void mm_fail(const char *fmt, ...) MM_PRINTF(1, 2);

/* Prints a diagnostic line. */
void mm_note(const char *fmt, ...) MM_PRINTF(1, 2);

/*
 * mm_skip() - ends the calling process: the case cannot run here
 *
 * Says what is needed, what was found and what would help. Only the process
 * of the case itself may call it, not one it forked.
 */
void mm_skip(const char *fmt, ...) MM_PRINTF(1, 2) __attribute__((noreturn));

/* mm_broken() - ends the calling process: the test's own set-up did not work. */
void mm_broken(const char *fmt, ...) MM_PRINTF(1, 2) __attribute__((noreturn));

/*
 * mm_expect() - records a failure when @ok is false; returns @ok
 *
 * if (!mm_expect(got == want, "page %zu: expected %c, found %c", i, want, got))
 *	return;
 */
bool mm_expect(bool ok, const char *fmt, ...) MM_PRINTF(2, 3);

/*
 * mm_patience() - how long, in seconds, a check waits for what may come a little later
 *
 * Short once a failure was recorded: what is wrong then stays wrong.
 */
double mm_patience(void);

/* For the case loop: where outcomes are recorded from now on. */
void mm_outcome_use(struct mm_outcome *outcome);

#endif
