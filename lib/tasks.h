/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes below this one: for the case loop, to end a case and all it forked. */
#ifndef MMGUARD_TASKS_H
#define MMGUARD_TASKS_H

#include <stdbool.h>
#include <sys/types.h>

/* Orphans of a case become children of the caller from now on. */
void tasks_adopt_orphans(void);

/*
 * tasks_end_all() - kill all children but the @n of @keep, and theirs, and reap them
 * @seconds: how long to wait for a killed process to be gone
 *
 * Returns 0, or the pid of one that cannot be killed.
 */
pid_t tasks_end_all(const pid_t *keep, int n, double seconds);

/* Prints name, state and kernel stack of a process and its threads as diagnostics. */
void tasks_print_stack(pid_t pid);

/* Seconds of CLOCK_MONOTONIC. */
double seconds_now(void);

#endif
