/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a program that is not one of ours is judged as a whole: as kselftest's runner does, by
 * its exit status, but a result that was bad stays bad whatever the program exits with.
 */
#ifndef MMGUARD_FOREIGN_H
#define MMGUARD_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include "verdict.h"

struct foreign {
	int exit;	    /* its exit status */
	bool begun;	    /* it began to speak KTAP */
	bool results;	    /* and had results, or planned some */
	bool gaps;	    /* some of which never came */
	enum verdict worst; /* of its results */
	enum verdict whole; /* of what it said as a whole */
	bool bailed;
	const char *error;  /* what is wrong with its KTAP, "" */
	const char *output; /* path of what it wrote to stdout */
	const char *errors; /* and to stderr */
	const char *hidden; /* name of a result there that failed, "" */
};

/*
 * The verdict of a program that ended by itself, and why. false when its own results say it
 * all. Without KTAP the exit status is the one result: 0 PASS, 4 SKIP, else FAIL; what says
 * "[FAIL]" at the beginning of a line, or a result that failed on stderr, fails, also when it
 * exits with 0 or 4. KTAP that was begun and holds nothing is MISSING.
 */
bool foreign_judge(const struct foreign *f, enum verdict *v, char *why, size_t len);

#endif
