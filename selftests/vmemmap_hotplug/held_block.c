// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: an attempt to take memory offline that fails leaves the
 * block half isolated, its free memory lost, or moves a page away from whoever
 * does I/O on it.
 *
 * Mechanism: offline_pages() isolates the page blocks of the range and migrates
 * what is in them until nothing is left or a signal comes. A page with one more
 * reference than its mappings explain cannot move. Giving up must take back the
 * isolation and everything that was counted. A long-term pin moves its page out
 * of ZONE_MOVABLE first, so that it never stands in the way.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: a block with a held page stays as it is, counters, isolation, data and
 * frame, goes offline once the page is free, and a long-term pin does not hold
 * it. Does not prove: refusals for other reasons.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "blockpages.h"
#include "hugepage.h"
#include "memblock.h"
#include "pagemap.h"
#include "pin.h"
#include "tasks.h"
#include "zoneinfo.h"

#define PAGES_MAX 4096
#define PAGE_MAX  65536 /* bytes of the largest base page */

MM_PROGRAM(vmemmap_hotplug, held_block, "a block with a page in use stays exactly as it is");
MM_NEEDS("root: yes\nblock: yes\nseconds: 60\nharm: none\n");

MM_NO_KINDS

/* A page of anonymous memory in a block of ZONE_MOVABLE. */
static unsigned char *page_in_block(struct memblock *block)
{
	size_t page = page_size();
	unsigned char *area;

	/* Fills the blocks before, which may not go. */
	blockpages_add(GUARD_CASE, hugepage_default_size(), block);
	area = mmap(NULL, PAGES_MAX * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (area == MAP_FAILED || madvise(area, PAGES_MAX * page, MADV_NOHUGEPAGE))
		mm_broken("anonymous memory: %m");
	for (size_t i = 0; i < PAGES_MAX; i++) {
		unsigned char *at = area + i * page;

		pattern_fill(at, page, 3);
		if (memblock_holds(block, pagemap_pfn(at)))
			return at;
	}
	mm_skip("needs anonymous memory in block %d, %d pages lie elsewhere", block->id,
		PAGES_MAX);
}

static void same_zones(const char *step, struct zones *want, long less,
		       const struct memblock *block)
{
	struct zones now;

	zoneinfo_read(&now);
	mm_expect(now.total == want->total - less, "MemTotal %s: expected %ld pages, found %ld",
		  step, want->total - less, now.total);
	for (size_t i = 0; i < want->n; i++) {
		struct zone *w = &want->zone[i], *z = zoneinfo_find(&now, w->node, w->name);
		bool ours = w->node == block->node && !strcmp(w->name, block->zone);
		long gone = ours ? less : 0;

		if (!mm_expect(z, "zone %s %s: not there", w->name, step))
			continue;
		mm_expect(z->managed == w->managed - gone && z->present == w->present - gone,
			  "node %d zone %s %s: expected managed %ld present %ld, found %ld %ld",
			  w->node, w->name, step, w->managed - gone, w->present - gone,
			  z->managed, z->present);
		mm_expect(z->isolated <= 0 || !ours,
			  "zone %s %s: %ld page blocks stay isolated", w->name, step,
			  z->isolated);
	}
}

MM_SCENARIO(refused_block_stays_as_it_is)
{
	struct memblock block;
	unsigned char *page = page_in_block(&block);
	size_t len = page_size();
	uint64_t pfn = pagemap_pfn(page);
	unsigned char copy[PAGE_MAX];
	struct zones before;
	struct pin pin;
	int ret;

	zoneinfo_read(&before);
	pin = pin_take(&pin_vmsplice, page, len);
	for (int i = 0; i < 2; i++) {
		double start = seconds_now();

		ret = memblock_offline(&block, 0.2);
		if (!mm_expect(ret == -EINTR || ret == -EBUSY,
			       "block with a held page: expected EINTR or EBUSY from offlining "
			       "it, "
			       "found %s",
			       strerror(-ret)))
			return;
		mm_expect(seconds_now() - start < 5 * mm_slow(),
			  "block with a held page: the refusal took %.1f s",
			  seconds_now() - start);
		mm_expect(memblock_is_online(&block), "block with a held page: not online");
		same_zones("after a refused offline", &before, 0, &block);
		mm_expect(pagemap_pfn(page) == pfn, "held page: moved from frame %#lx to %#lx",
			  (long)pfn, (long)pagemap_pfn(page));
		mm_expect(!kpf(kpageflags(pfn), KPF_NOPAGE), "held page: its frame is no page");
		pattern_check("held page", page, len, 3);
	}
	pin_read(&pin, 0, copy, len);
	pattern_check("data in the pipe", copy, len, 3);
	pin_release(&pin);

	ret = memblock_offline(&block, 5);
	if (!mm_expect(!ret, "block with the page released: offline: %s", strerror(-ret)))
		return;
	same_zones("after offline", &before, block.frames, &block);
	pattern_check("migrated page", page, len, 3);
	mm_expect(!memblock_holds(&block, pagemap_pfn(page)),
		  "migrated page: still in the offline block");
	ret = memblock_online(&block);
	mm_expect(!ret, "block: online: %s", strerror(-ret));
	same_zones("after online", &before, 0, &block);
}

MM_SCENARIO(longterm_pin_does_not_hold_it)
{
	struct memblock block;
	unsigned char *page = page_in_block(&block);
	size_t len = page_size();
	unsigned char data[PAGE_MAX];
	struct pin pin = pin_take(&pin_io_uring, page, len);
	uint64_t pfn = pagemap_pfn(page);
	struct memblock now = block;
	int ret;

	if (!mm_expect(!memblock_find(pfn, &now) || !now.movable,
		       "page with a long-term pin: in ZONE_MOVABLE, block %d", now.id))
		return;
	ret = memblock_offline(&block, 5);
	if (!mm_expect(!ret, "block that a pinned page has left: offline: %s", strerror(-ret)))
		return;
	mm_expect(pagemap_pfn(page) == pfn, "pinned page: moved");
	pin_read(&pin, 0, data, len);
	pattern_check("data read through the pin", data, len, 3);
	pattern_fill(data, len, 4);
	pin_write(&pin, 0, data, len);
	pattern_check("pinned page after a write through the pin", page, len, 4);
	pin_release(&pin);
	ret = memblock_online(&block);
	mm_expect(!ret, "block: online: %s", strerror(-ret));
}

MM_MAIN
