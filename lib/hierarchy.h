/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where this machine has a cgroup controller, in version 2 or 1.
 * Source: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/cgroups.rst.
 */
#ifndef MMGUARD_HIERARCHY_H
#define MMGUARD_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>

/* The root of the hierarchy that has @controller, in @dir: its version, or 0 for none. */
int hierarchy_find(const char *controller, char *dir, size_t size);

/*
 * Hands @controller to the children of a version 2 group; @give_back: until the case is
 * over. 0 or -errno.
 */
int hierarchy_enable(const char *dir, const char *controller, bool give_back);

#endif
