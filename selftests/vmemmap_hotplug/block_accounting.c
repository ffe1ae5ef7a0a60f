// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: MemTotal grows with every cycle of a memory block, limits
 * derived from it are wrong, and what walks a zone leaves out its last page or
 * reads pages that are gone.
 *
 * Mechanism: offlining takes the pages of the block from the managed and present
 * pages of their zone and, at an edge of the zone, from its span. Onlining adds
 * them again. Each of the four numbers is kept by other code.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: three cycles change the block's zone by exactly the block, both ways,
 * no other zone at all, and MemTotal by the same; the span of the zone follows,
 * for a block at either edge of a zone and between, to the very page where the
 * last block goes. Does not
 * prove: adding and removing memory (ACPI, probe).
 */
#include "mmtest.h"

#include <stdlib.h>

#include "file.h"
#include "memblock.h"
#include "pagemap.h"
#include "tasks.h"
#include "zoneinfo.h"

#define CYCLES	   3
#define BLOCKS_MAX 1024

MM_PROGRAM(vmemmap_hotplug, block_accounting,
	   "offlining and onlining a block changes its zone by exactly the block");
MM_NEEDS("root: yes\nblock: yes\nseconds: 60\nharm: none\n");

enum position { ANY, LOWEST, INNER, HIGHEST };

FIXTURE(test)
{
	struct zones want; /* what /proc/zoneinfo has to show */
};
FIXTURE_VARIANT(test)
{
	enum position position;
};
MM_KIND(any)
{ .position = ANY };
MM_KIND(lowest) /* of ZONE_MOVABLE */
{ .position = LOWEST };
MM_KIND(inner) /* of ZONE_MOVABLE */
{ .position = INNER };
MM_KIND(highest) /* of any zone */
{ .position = HIGHEST };

/* The online blocks of a zone, lowest first. */
static size_t zone_blocks(int node, const char *zone, struct memblock *blocks)
{
	size_t n = memblock_list(blocks, BLOCKS_MAX), used = 0;

	for (size_t i = 0; i < n; i++)
		if (blocks[i].node == node && !strcmp(blocks[i].zone, zone))
			blocks[used++] = blocks[i];
	return used;
}

/* A block of ZONE_MOVABLE, on any node. */
static bool choose_movable(enum position position, struct memblock *block)
{
	struct memblock blocks[BLOCKS_MAX], all[BLOCKS_MAX];
	size_t n_all = memblock_list(all, BLOCKS_MAX);

	for (size_t i = 0; i < n_all; i++) {
		size_t n;

		if (!all[i].movable)
			continue;
		n = zone_blocks(all[i].node, "Movable", blocks);
		if (n < 3)
			continue;
		*block = blocks[position == LOWEST ? 0 : 1];
		return true;
	}
	return false;
}

FIXTURE_SETUP(test)
{
	(void)variant;
	zoneinfo_read(&self->want);
}
FIXTURE_TEARDOWN(test)
{
}

static bool one(const char *step, const struct zone *z, const char *what, long want, long found)
{
	return mm_expect(want == found, "node %d zone %s %s: expected %s %ld, found %ld",
			 z->node, z->name, step, what, want, found);
}

/* @block comes to (1) or goes from (-1) the zone it names. */
static void count_block(struct zones *want, const struct memblock *block, int sign)
{
	struct zone *z = zoneinfo_find(want, block->node, block->zone);
	long pages = sign * (long)block->frames;

	if (!z)
		mm_broken("block %d: /proc/zoneinfo has no zone %s on node %d", block->id,
			  block->zone, block->node);
	z->managed += pages;
	z->present += pages;
	want->total += pages;
}

/* Compares all zones; the span of the zone of @block is for span_fits(). */
static bool zones_fit(const char *step, struct zones *want, const struct memblock *block)
{
	struct zones now;
	bool ok;

	zoneinfo_read(&now);
	ok = mm_expect(now.total == want->total, "MemTotal %s: expected %ld pages, found %ld",
		       step, want->total, now.total);
	for (size_t i = 0; i < want->n; i++) {
		struct zone *w = &want->zone[i], *z = zoneinfo_find(&now, w->node, w->name);

		if (!mm_expect(z, "node %d zone %s %s: not there", w->node, w->name, step))
			return false;
		ok &= one(step, w, "managed", w->managed, z->managed);
		ok &= one(step, w, "present", w->present, z->present);
		if (w->node == block->node && !strcmp(w->name, block->zone))
			continue;
		ok &= one(step, w, "spanned", w->spanned, z->spanned);
		ok &= one(step, w, "start_pfn", w->start, z->start);
	}
	return ok;
}

/*
 * Does the span of the zone hold its online blocks, and end with the last of
 * them? The end of a zone of boot memory may lie in a hole until it shrinks.
 */
static bool span_fits(const char *step, struct zones *want, const struct memblock *block,
		      bool exact)
{
	struct memblock blocks[BLOCKS_MAX];
	size_t n = zone_blocks(block->node, block->zone, blocks);
	uint64_t first, end, last;
	struct zones now;
	struct zone *z;

	zoneinfo_read(&now);
	z = zoneinfo_find(&now, block->node, block->zone);
	if (!z || !n)
		return mm_expect(z && !z->spanned,
				 "zone %s %s: no block, but it spans %ld pages", block->zone,
				 step, z ? z->spanned : -1);
	first = blocks[0].first;
	last = blocks[n - 1].first + block->frames;
	end = z->start + z->spanned;
	if (exact)
		mm_expect(end == last, "zone %s %s: ends at frame %#lx, its last block at %#lx",
			  z->name, step, (long)end, (long)last);
	/* A zone may own a part of a block at either end. */
	/* Judged here, so what was found is what has to stay. */
	*zoneinfo_find(want, z->node, z->name) = *z;
	return mm_expect(z->start < first + block->frames && end > last - block->frames,
			 "zone %s %s: spans frames %#lx to %#lx, its blocks %#lx to %#lx",
			 z->name, step, (long)z->start, (long)end, (long)first, (long)last);
}

/* More free pages than pages: per-CPU counters may be off by 125 each. */
static bool free_fits(const char *step, const struct memblock *block)
{
	long slack = 125 * sysconf(_SC_NPROCESSORS_CONF);
	struct zones now;
	struct zone *z;

	zoneinfo_read(&now);
	z = zoneinfo_find(&now, block->node, block->zone);
	return mm_expect(z && z->free <= z->managed + slack,
			 "zone %s %s: %ld pages are free of %ld", block->zone, step,
			 z ? z->free : -1, z ? z->managed : -1) &&
	       mm_expect(z->isolated <= 0, "zone %s %s: %ld page blocks are isolated",
			 block->zone, step, z->isolated);
}

/* The files of the block itself. */
static bool block_says(const struct memblock *block, const char *state, const char *zone)
{
	char path[96], found[64] = "";

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/state", block->id);
	file_read(path, found, sizeof(found));
	if (!mm_expect(!strcmp(found, state), "block %d: expected state %s, found %s",
		       block->id, state, found))
		return false;
	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/valid_zones",
		 block->id);
	if (file_read(path, found, sizeof(found)) < 0)
		return true;
	return mm_expect(strstr(found, zone),
			 "block %d %s: expected %s among its zones, found %s", block->id, state,
			 zone, found);
}

/* Returns false when there is no point in going on. */
static bool offline_checked(struct zones *want, const struct memblock *block, bool exact)
{
	count_block(want, block, -1);
	zones_fit("after offline", want, block);
	span_fits("after offline", want, block, exact);
	free_fits("after offline", block);
	return block_says(block, "offline", block->movable ? "Movable" : "Normal");
}

static bool online_checked(struct zones *want, const struct memblock *block)
{
	int ret = memblock_online(block);
	struct memblock now = *block;

	if (!mm_expect(!ret, "block %d: online: %s", block->id, strerror(-ret)) ||
	    !mm_expect(memblock_find(block->first, &now), "block %d: not online", block->id))
		return false;
	/* Below 4 GiB, the last block of ZONE_DMA32 comes back in ZONE_NORMAL. */
	if (strcmp(now.zone, block->zone))
		mm_note("block %d: was in zone %s, is in %s", block->id, block->zone, now.zone);
	count_block(want, &now, 1);
	zones_fit("after online", want, &now);
	span_fits("after online", want, &now, false);
	free_fits("after online", &now);
	return block_says(&now, "online", now.zone);
}

static void cycles(struct zones *want, const struct memblock *block)
{
	for (int i = 0; i < CYCLES; i++) {
		int ret = memblock_offline(block, 5);

		if (ret == -EBUSY || ret == -EINTR)
			mm_skip("needs block %d to go offline, found it busy: %s", block->id,
				strerror(-ret));
		if (!mm_expect(!ret, "block %d: offline: %s", block->id, strerror(-ret)))
			return;
		if (!offline_checked(want, block, false) || !online_checked(want, block))
			return;
	}
}

/* The last block of a zone that goes; most hold memory of the kernel. */
static void highest(struct zones *want)
{
	static const char *const zones[] = { "Movable", "Normal", "DMA32" };
	struct memblock blocks[BLOCKS_MAX];

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < want->n; j++) {
			int node = want->zone[j].node;
			size_t n;

			if (strcmp(want->zone[j].name, zones[i]))
				continue;
			/* Out of ZONE_DMA32 for good: one block is enough. */
			if (i == 2 && zone_blocks(node, "Normal", blocks))
				continue;
			n = zone_blocks(node, zones[i], blocks);
			/* A block that is shared with the next zone ends this one. */
			if (n < 2 ||
			    want->zone[j].start + want->zone[j].spanned !=
				    blocks[n - 1].first + blocks[n - 1].frames ||
			    !memblock_initialised(&blocks[n - 1]) ||
			    memblock_offline(&blocks[n - 1], 2))
				continue;
			if (offline_checked(want, &blocks[n - 1], true))
				online_checked(want, &blocks[n - 1]);
			return;
		}
	mm_skip("needs the last block of a zone to go offline, found none that does");
}

MM_SCENARIO(every_cycle_counts_the_block_once)
{
	struct memblock block;

	if (variant->position == HIGHEST) {
		highest(&self->want);
		return;
	}
	if (variant->position == ANY)
		block = memblock_pick();
	else if (!choose_movable(variant->position, &block))
		mm_skip("needs 3 whole blocks in ZONE_MOVABLE of a node, found fewer; boot "
			"with "
			"movablecore=");
	cycles(&self->want, &block);
}

MM_MAIN
