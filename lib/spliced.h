/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a process has given away to a pipe: vmspliced as a whole and then
 * unmapped, so that only the pipe refers to its pages. A handle belongs to the
 * process that took it and is valid in that process only.
 */
#ifndef MMGUARD_SPLICED_H
#define MMGUARD_SPLICED_H

#include <stdbool.h>

#include "child.h"
#include "memory.h"

struct spliced;

/* vmsplice() and munmap(); SKIPs where vmsplice() is not allowed. */
struct spliced *spliced_take(const struct memory *m);
struct spliced *spliced_take_in(struct child *c, const struct memory *m);

/*
 * spliced_check() - does the pipe hold pattern_fill(@seed)?
 *
 * Reads the whole object, once. A difference is recorded as a failure.
 */
bool spliced_check(struct spliced *s, unsigned char seed);
bool spliced_check_in(struct child *c, struct spliced *s, unsigned char seed);

#endif
