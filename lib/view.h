/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each process sees of memory that a fork made common: the whole object is
 * compared with the pattern of a seed, in the process that is asked.
 */
#ifndef MMGUARD_VIEW_H
#define MMGUARD_VIEW_H

#include <stdbool.h>

#include "child.h"
#include "memory.h"

/*
 * view_check() - does this process see pattern_fill(@seed) in the whole object?
 * @who: whose view at which step, for the message: "child after the parent wrote"
 *
 * A difference, or a signal, is recorded as a failure. The twin of merged pages must
 * still be as it was made.
 */
bool view_check(const char *who, const struct memory *m, unsigned char seed);

/*
 * view_write() - pattern_fill(@seed) by this process, page by page
 *
 * A signal that a write raises is recorded as a failure.
 */
bool view_write(const char *who, const struct memory *m, unsigned char seed);

/*
 * view_touch() - write one byte of each page: the byte of @seed that is there already
 *
 * A page that is copied by that must be the same as before: checks the whole object.
 */
bool view_touch(const char *who, const struct memory *m, unsigned char seed);

/* The same in a child, which must have the memory at the same address. */
bool view_check_in(struct child *c, const char *who, const struct memory *m,
		   unsigned char seed);
bool view_touch_in(struct child *c, const char *who, const struct memory *m,
		   unsigned char seed);
bool view_write_in(struct child *c, const char *who, const struct memory *m,
		   unsigned char seed);

#endif
