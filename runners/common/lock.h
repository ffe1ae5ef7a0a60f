/* SPDX-License-Identifier: GPL-2.0-only */
/* One run at a time per machine: the tests change settings of the whole machine. */
#ifndef MMGUARD_LOCK_H
#define MMGUARD_LOCK_H

#include <stddef.h>

/*
 * Takes the machine's lock, which goes with the process that holds it; @what is
 * what others are told. MMGUARD_LOCK in the environment is the path of another
 * lock. Returns a descriptor, or -1 with the reason in @why.
 */
int lock_take(const char *what, char *why, size_t len);
void lock_release(int fd);

#endif
