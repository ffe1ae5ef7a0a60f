/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory whose whole range a process holds by something that is no mapping: a
 * pipe, a pin. A handle belongs to the process that took it and is valid in that
 * process only; what it holds is let go when that process ends.
 */
#ifndef MMGUARD_HELD_H
#define MMGUARD_HELD_H

#include <stdbool.h>

#include "child.h"
#include "memory.h"
#include "pin.h"

struct held;

enum held_mapping {
	HELD_UNMAP, /* munmap() once it is held: only the holder refers to the pages */
	HELD_KEEP,
};

/* SKIPs where the provider cannot be had. */
struct held *held_take(const struct pin_provider *by, const struct memory *m,
		       enum held_mapping mapping);
struct held *held_take_in(struct child *c, const struct pin_provider *by,
			  const struct memory *m, enum held_mapping mapping);

/*
 * held_check() - does the holder have pattern_fill(@seed)?
 *
 * Reads the whole object. A difference is recorded as a failure. A pipe can be read once.
 */
bool held_check(struct held *h, unsigned char seed);
bool held_check_in(struct child *c, struct held *h, unsigned char seed);

/* The reading ends of the pipes that have the object, in order; 0 for more than @max. */
size_t held_pipes(const struct held *h, int *fds, size_t max);

#endif
