/* SPDX-License-Identifier: GPL-2.0-only */
/* Free huge pages in a memory block that goes offline. */
#ifndef MMGUARD_BLOCKPAGES_H
#define MMGUARD_BLOCKPAGES_H

#include <stddef.h>

#include "guard.h"
#include "memblock.h"

/* Huge pages of @size whose first frame lies in the block. */
long blockpages_count(size_t size, const struct memblock *block);

/*
 * blockpages_add() - grow the pool until pages of it lie in such a block
 *
 * @block becomes the block of ZONE_MOVABLE with most of them; they are the ones
 * that are used first. Returns how many; SKIPs when none can be had.
 */
long blockpages_add(enum guard_scope scope, size_t size, struct memblock *block);

#endif
