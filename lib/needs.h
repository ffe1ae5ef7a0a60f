/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The needs of a program (MM_NEEDS), met before its first case. Keys:
 *	root: yes	hugepages: N	gigantic: N	cpus: N		nodes: N
 *	swap: yes	memory: MiB	block: yes	gup_test: yes
 * and for the runner only: seconds: N (hang guard), harm: none|reserves|crashes,
 * profile: full.
 */
#ifndef MMGUARD_NEEDS_H
#define MMGUARD_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

/* Prints all records of the program. */
void needs_print(void);

/*
 * needs_met() - meet what can be met (huge pages are added to the pool, for as
 * long as the program runs) and check the rest
 *
 * Writes all unmet needs to @unmet, each with what was found and what would help.
 */
bool needs_met(char *unmet, size_t size);

#endif
