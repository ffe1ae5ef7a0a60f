/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two threads against each other: bounded by time, with a uniformly random
 * delay over the calibrated durations, and with its power reported.
 */
#ifndef MMGUARD_RACE_H
#define MMGUARD_RACE_H

#include <stdbool.h>

struct race {
	void (*prepare)(void *arg);	       /* before each round, may be NULL */
	void (*a)(void *arg), (*b)(void *arg); /* at the same time, on two CPUs */
	bool (*judge)(void *arg);	       /* after each round; false ends the race */
	void *arg;
};

struct race_power {
	unsigned long rounds;
	unsigned long overlaps; /* rounds in which both sides ran at the same time */
	double a_ns, b_ns;	/* median durations */
	double window_ns;	/* the smallest window hit once with 99 % probability */
};

/*
 * race_run() - run rounds until the budget (mm_budget()) is used up or judge() returns false
 *
 * SKIPs with fewer than two CPUs.
 */
struct race_power race_run(const struct race *race);

/* Prints the power as a diagnostic. */
void race_print(const struct race_power *power);

/* SKIPs when the sides never overlapped: after the checks, which count all the same. */
void race_need_overlap(const struct race_power *power);

#endif
