/* SPDX-License-Identifier: GPL-2.0-only */
/* A swap device of our own: zram. Given back by the guard. */
#ifndef MMGUARD_SWAP_H
#define MMGUARD_SWAP_H

#include <stdbool.h>
#include <stddef.h>

struct swap {
	char path[40];
};

/* Can this machine give us a zram device? */
bool swap_possible(void);

/* Adds a swap device of @size bytes for the case; SKIPs when the machine has no zram. */
struct swap swap_on(size_t size);

/*
 * swap_off() - swapoff(2): brings everything back in
 *
 * 0 or -errno; -EINTR when it was not over in time, since it looks for the owner of
 * an entry that no page table has.
 */
int swap_off(const struct swap *swap);

/* The same: BROKEN when it is refused, and a failure is recorded when it does not end. */
bool swap_off_expect(const char *step, const struct swap *swap);

/*
 * swap_out() - page out @len bytes at @addr and verify it
 *
 * True when every page of the range is a swap entry. Tries for up to two
 * seconds: a page that somebody looks at stays.
 */
bool swap_out(void *addr, size_t len);

#endif
