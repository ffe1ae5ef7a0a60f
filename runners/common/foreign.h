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
	bool results;	    /* it spoke KTAP */
	enum verdict worst; /* of its results */
	bool bailed;
	const char *error;  /* what is wrong with its KTAP, "" */
	const char *output; /* path of what it wrote to stdout */
};

/*
 * The verdict of a program that ended by itself, and why. false when its own results say it
 * all. Without KTAP the exit status is the one result: 0 PASS, 4 SKIP, else FAIL; what calls
 * others and says "[FAIL]" at the beginning of a line fails, also when it exits with 0 or 4.
 */
bool foreign_judge(const struct foreign *f, enum verdict *v, char *why, size_t len);

#endif
