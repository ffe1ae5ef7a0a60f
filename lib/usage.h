/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel counts for a process: its HugeTLB pages, address space and
 * locked memory. Source: Documentation/filesystems/proc.rst (/proc/PID/status).
 */
#ifndef MMGUARD_USAGE_H
#define MMGUARD_USAGE_H

#include <stdbool.h>

struct usage {
	long hugetlb, size, locked; /* KiB */
};

/* Of the calling process. */
struct usage usage_read(void);

/* Compares the counters after @step with @base plus @delta; a difference is a failure. */
bool usage_expect(const char *step, struct usage base, struct usage delta);

#endif
