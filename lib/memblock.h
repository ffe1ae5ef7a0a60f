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
	bool movable;  /* in ZONE_MOVABLE */
	char zone[16]; /* its name; what it could be in while the block is offline */
};

/* Bytes of a block, 0 when the kernel has no memory hotplug. */
size_t memblock_size(void);

/* Is there an online block that may go offline? */
bool memblock_any_removable(void);

/* The online blocks, lowest first; returns how many, at most @max. */
size_t memblock_list(struct memblock *blocks, size_t max);

/* The online block that holds a frame; false when there is none. */
bool memblock_find(uint64_t pfn, struct memblock *block);

/*
 * Some kernels initialise memory when it is first needed. Until then its frames
 * have no flags at all, and the block must be left alone.
 */
bool memblock_initialised(const struct memblock *block);

/*
 * memblock_pick() - find a block that really goes offline, and leave it online
 *
 * Blocks of ZONE_MOVABLE are tried first, the highest first. SKIPs when none of
 * them can be had.
 */
struct memblock memblock_pick(void);

/*
 * memblock_movable() - a block of ZONE_MOVABLE that goes offline
 *
 * A machine without ZONE_MOVABLE has one of its blocks put there until the end
 * of the case. Migratable memory allocated from now on lies in ZONE_MOVABLE
 * while there is room. SKIPs when no block can be had.
 */
struct memblock memblock_movable(void);

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
