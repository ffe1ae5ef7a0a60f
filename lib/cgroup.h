/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A control group of our own with the hugetlb controller, of version 2 or 1,
 * wherever the machine has it: its counters, and whether it really goes away.
 * All of it is given back by the guard.
 * Source: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/hugetlb.rst.
 */
#ifndef MMGUARD_CGROUP_H
#define MMGUARD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct cgroup {
	bool v2;
	char root[64];	 /* of the hierarchy */
	char parent[96]; /* v2: a group of ours, so that its descendants are only ours */
	char path[128];
	long dying; /* v1: removed groups that the kernel held before */
};

/* Makes an empty group. SKIPs when no hierarchy offers the hugetlb controller. */
struct cgroup cgroup_make(void);

/* Makes another empty group beside @cg. */
struct cgroup cgroup_sibling(const struct cgroup *cg);

/* Moves the calling process into the group: 0 or -errno. */
int cgroup_join(const struct cgroup *cg);

/* Moves the calling process to the root of the hierarchy; BROKEN when it cannot. */
void cgroup_leave(const struct cgroup *cg);

/* Limits what the group may use, or reserve; BROKEN when it cannot. */
void cgroup_limit(const struct cgroup *cg, size_t size, bool reserved, long pages);

/* How often a limit of the group was hit, in use or reserving; -1 when nobody counts. */
long cgroup_refusals(const struct cgroup *cg, size_t size, bool reserved);

/*
 * cgroup_pages() - pages of @size that the group is charged with
 * @reserved: reservations instead of pages in use
 *
 * -1 when the kernel has no such counter.
 */
long cgroup_pages(const struct cgroup *cg, size_t size, bool reserved);

/*
 * cgroup_expect() - compare both counters of the group after @step
 *
 * And, where the kernel counts per node, the sum of its nodes. Looks again before a
 * wrong value is a failure (mm_patience()). Returns false and records the failure when
 * it stays wrong.
 */
bool cgroup_expect(const char *step, const struct cgroup *cg, size_t size, long used,
		   long reserved);

/*
 * cgroup_remove() - remove the group, which must have no process any more
 *
 * Waits until the kernel has freed it, at most 5 s (times MMGUARD_SLOW). Records a
 * failure when something still holds it.
 */
void cgroup_remove(const struct cgroup *cg);

/* The same in two steps: without waiting; and what the kernel holds of removed groups. */
void cgroup_rmdir(const struct cgroup *cg);
bool cgroup_expect_held(const char *step, const struct cgroup *cg, long held);

#endif
