/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A control group of our own with the memory controller, of version 2 or 1,
 * wherever the machine has it: what its tasks are charged with, and whether
 * anything is left when they are gone. Given back by the guard.
 * Source: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
 */
#ifndef MMGUARD_MEMGROUP_H
#define MMGUARD_MEMGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct memgroup {
	bool v2;
	char path[128];
};

/* Makes an empty group; SKIPs when no hierarchy offers the memory controller. */
struct memgroup memgroup_make(const char *name);

/* Moves the calling process into the group: 0 or -errno. */
int memgroup_join(const struct memgroup *g);

/* Bytes that the group is charged with; BROKEN when they cannot be read. */
long memgroup_usage(const struct memgroup *g);

/* Charges that the kernel makes in advance and for itself, bytes: no usage is more exact. */
long memgroup_margin(void);

/*
 * memgroup_expect() - compare the usage after @step with @want bytes, give or take
 *		       the margin
 *
 * Looks again for two seconds (times MMGUARD_SLOW) before it is a failure.
 */
bool memgroup_expect(const char *step, const struct memgroup *g, long want);

/*
 * memgroup_reclaim() - make the kernel page out @bytes of the group, common pages too
 *
 * 0, also when it was less; -errno: -ENOENT for a kernel that cannot be asked.
 */
int memgroup_reclaim(const struct memgroup *g, size_t bytes);

#endif
