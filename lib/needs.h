/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The needs of a program (MM_NEEDS), met before its first case. Keys:
 *	root: yes	hugepages: N	gigantic: N	cpus: N		nodes: N
 *	swap: yes	memory: MiB	block: yes	gup_test: yes
 *	budget: N
 * The budget is how long one timed loop (a race, say) runs, in seconds, also 0.3. For the
 * runner only: seconds: N (hang guard of the program), harm: none|reserves|crashes,
 * profile: full. MMGUARD_SLOW scales budget and guard.
 */
#ifndef MMGUARD_NEEDS_H
#define MMGUARD_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

/* Budget of a program that gives none; the same number is in runners/common/needs.h. */
#define NEEDS_BUDGET_DEFAULT 1.0

/* Prints all records of the program, and the budget when none has it. */
void needs_print(void);

/* How long one timed loop of this program runs, seconds before MMGUARD_SLOW. */
double needs_budget(void);

/*
 * needs_met() - meet what can be met (huge pages are added to the pool, for as
 * long as the program runs) and check the rest
 *
 * Writes all unmet needs to @unmet, each with what was found and what would help.
 */
bool needs_met(char *unmet, size_t size);

#endif
