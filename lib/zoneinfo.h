/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zones as the kernel counts them, and the memory of the machine that is
 * accounted for. Source: /proc/zoneinfo, /proc/pagetypeinfo (root), /proc/meminfo.
 */
#ifndef MMGUARD_ZONEINFO_H
#define MMGUARD_ZONEINFO_H

#include <stddef.h>
#include <stdint.h>

#define ZONES_MAX 64

struct zone {
	int node;
	char name[16];
	/* All in pages. */
	long free, spanned, present, managed;
	uint64_t start; /* frame, 0 for a zone without pages */
	long isolated;	/* page blocks, -1 when the kernel does not tell */
};

struct zones {
	struct zone zone[ZONES_MAX];
	size_t n;
	long total; /* MemTotal in pages */
	long pcp;   /* free pages on the lists of CPUs, which no zone counts as free */
};

/* Counters that lag behind per CPU are brought up to date first. BROKEN when unreadable. */
void zoneinfo_read(struct zones *zones);

/* NULL when there is no such zone. */
struct zone *zoneinfo_find(struct zones *zones, int node, const char *name);

/*
 * zoneinfo_accounted() - pages that are free or have a known use
 *
 * Pages that processes take or give back stay in the sum; it falls when the
 * kernel takes pages for something it has no counter for, such as the vmemmap,
 * and when it loses pages.
 */
long zoneinfo_accounted(void);

#endif
