/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HugeTLB pages: sizes, pools per size and node, the exact state of a pool,
 * mappings. Sizes are in bytes. Pools are taken by adding (guard.h), never set.
 * Source: Documentation/admin-guide/mm/hugetlbpage.rst.
 */
#ifndef MMGUARD_HUGEPAGE_H
#define MMGUARD_HUGEPAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "guard.h"

/* The size of MAP_HUGETLB without a size; 0 when the kernel has no huge pages. */
size_t hugepage_default_size(void);

/* All sizes of this machine, at most @max; returns how many. */
size_t hugepage_sizes(size_t *sizes, size_t max);
bool hugepage_pool_exists(size_t size);

/* The sysfs file of a pool; @node -1 is the whole machine. */
void hugepage_pool_path(size_t size, int node, const char *file, char *path, size_t max);

/* Adds @n pages to a pool until the end of @scope; SKIPs when they cannot be had. */
void hugepage_pool_add(enum guard_scope scope, size_t size, int node, long n);

struct hugepage_pool {
	long total, free, reserved, surplus; /* pages; reserved is 0 for a single node */
};

struct hugepage_pool hugepage_pool_read(size_t size, int node);

/*
 * hugepage_pool_expect() - compare the state of the machine's pool, and the sum of its nodes
 * @step: what has just been done, for the message
 * @base: the state to which @delta is added
 *
 * Pages can be freed a little later than the call returns, so a wrong state is
 * looked at again before it is a failure (mm_patience()). Returns false and
 * records the failure when it stays wrong.
 */
bool hugepage_pool_expect(const char *step, size_t size, struct hugepage_pool base,
			  struct hugepage_pool delta);

/* mmap flags for pages of @size: MAP_HUGETLB and the size. */
int hugepage_map_flags(size_t size);

/* memfd flags for pages of @size. */
unsigned int hugepage_memfd_flags(size_t size);

/*
 * hugepage_pool_leave() - reserve all free pages of the pool but @leave
 *
 * Returns the mapping that holds the reservations, BROKEN when impossible.
 * It never touches a page: no memory is used.
 */
void *hugepage_pool_leave(size_t size, long leave, size_t *len);

#endif
