/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory blocks: the unit of memory hotplug. Frames and block numbers; states
 * are given back by the guard. Source: Documentation/admin-guide/mm/memory-hotplug.rst.
 */
#ifndef MMGUARD_MEMBLOCK_H
#define MMGUARD_MEMBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memblock {
	int id;
	int node;
	uint64_t first; /* frame */
	uint64_t frames;
	bool movable; /* in ZONE_MOVABLE */
};

/* Bytes of a block, 0 when the kernel has no memory hotplug. */
size_t memblock_size(void);

/* Is there an online block that may go offline? */
bool memblock_any_removable(void);

/*
 * memblock_pick() - find a block that really goes offline, and leave it online
 *
 * Blocks of ZONE_MOVABLE are tried first, the highest first. SKIPs when none of
 * them can be had.
 */
struct memblock memblock_pick(void);

/*
 * memblock_offline(), memblock_online() - change the state of a block
 *
 * Offlining is given up after @seconds (times MMGUARD_SLOW). 0 or -errno:
 * -EBUSY, or -EINTR when time was up. The guard puts the block online again.
 */
int memblock_offline(const struct memblock *block, double seconds);
int memblock_online(const struct memblock *block);
bool memblock_is_online(const struct memblock *block);

/* Is a frame inside the block? */
bool memblock_holds(const struct memblock *block, uint64_t pfn);

#endif
