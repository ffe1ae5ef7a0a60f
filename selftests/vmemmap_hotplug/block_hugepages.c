// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after memory went offline the pool of huge pages is wrong:
 * the files disagree on its size, reserved pages are gone and their owner dies of
 * SIGBUS, data is lost, or the kernel crashes.
 *
 * Mechanism: offlining migrates the huge pages in use and dissolves the free ones
 * into base pages, which takes them off the free list and lowers every counter.
 * Pages that are reserved must stay. A page that is being freed has no reference
 * and is not on the list yet. With optimized vmemmap the page structs have to be
 * restored first, once.
 *
 * Introduced by: unknown. Fixed by: 7ffddd499ba6 ("mm: hugetlb: fix a race between
 * freeing and dissolving the page").
 *
 * Proves: all files that tell the size of the pool agree at every step, the pool
 * loses the free pages of the block and no others, reservations are honoured, and
 * pages in use keep their data outside of the block. Does not prove: gigantic
 * pages, which are larger than most blocks.
 */
#include "mmtest.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "access.h"
#include "blockpages.h"
#include "file.h"
#include "hugepage.h"
#include "hvo.h"
#include "memblock.h"
#include "pagemap.h"
#include "race.h"

#define PAGES 12 /* at most, in use at once */

MM_PROGRAM(vmemmap_hotplug, block_hugepages,
	   "huge pages in a block that goes offline: dissolved, kept or migrated, and counted");
MM_NEEDS("root: yes\nblock: yes\nseconds: 90\nbudget: 0.3\nharm: crashes\n");

FIXTURE(test)
{
	size_t size;
	struct memblock block;
	struct hugepage_pool before; /* with our pages */
	long inside;		     /* huge pages that lie in the block */
};
FIXTURE_VARIANT(test)
{
	bool hvo;
};
MM_KIND(plain)
{ .hvo = false };
MM_KIND(hvo)
{ .hvo = true };

FIXTURE_SETUP(test)
{
	self->size = hugepage_default_size();
	if (variant->hvo)
		hvo_set(self->size, true);
	self->inside = blockpages_add(GUARD_CASE, self->size, &self->block);
	self->before = hugepage_pool_read(self->size, -1);
}
FIXTURE_TEARDOWN(test)
{
}

/* All files that tell the size of the pool. */
static void files_agree(const char *step, size_t size)
{
	struct hugepage_pool pool = hugepage_pool_read(size, -1), nodes = { 0 };
	long sysctl = file_read_long("/proc/sys/vm/nr_hugepages");
	long total = file_field("/proc/meminfo", "HugePages_Total:");
	long free = file_field("/proc/meminfo", "HugePages_Free:");
	char path[160];

	for (int node = 0; node < 64; node++) {
		struct hugepage_pool one;

		hugepage_pool_path(size, node, "nr_hugepages", path, sizeof(path));
		if (access(path, R_OK))
			continue;
		one = hugepage_pool_read(size, node);
		nodes.total += one.total;
		nodes.free += one.free;
		nodes.surplus += one.surplus;
	}
	mm_expect(pool.total == total && pool.free == free,
		  "pool %s: sysfs has total %ld free %ld, meminfo has %ld and %ld", step,
		  pool.total, pool.free, total, free);
	mm_expect(
		pool.total == nodes.total && pool.free == nodes.free &&
			pool.surplus == nodes.surplus,
		"pool %s: total %ld free %ld surplus %ld, the nodes together have %ld, %ld and "
		"%ld",
		step, pool.total, pool.free, pool.surplus, nodes.total, nodes.free,
		nodes.surplus);
	mm_expect(sysctl == pool.total - pool.surplus,
		  "pool %s: sysctl nr_hugepages is %ld, sysfs has total %ld surplus %ld", step,
		  sysctl, pool.total, pool.surplus);
	mm_expect(pool.free >= pool.reserved && pool.total >= pool.free && pool.reserved >= 0,
		  "pool %s: total %ld free %ld reserved %ld", step, pool.total, pool.free,
		  pool.reserved);
}

static void put_online(const struct memblock *block, size_t size)
{
	struct hugepage_pool pool = hugepage_pool_read(size, -1);
	int ret = memblock_online(block);

	if (!mm_expect(!ret, "block %d: online: %s", block->id, strerror(-ret)))
		return;
	hugepage_pool_expect("after online", size, pool, (struct hugepage_pool){ 0 });
	files_agree("after online", size);
}

MM_SCENARIO(free_pages_leave_the_pool)
{
	long inside = self->inside;
	struct hugepage_pool now;
	int ret;

	files_agree("before", self->size);
	ret = memblock_offline(&self->block, 5);
	if (!mm_expect(!ret, "block with %ld free huge pages: offline: %s", inside,
		       strerror(-ret)))
		return;
	now = hugepage_pool_read(self->size, -1);
	files_agree("after offline", self->size);
	/* A kernel may also replace them by others. */
	if (now.total != self->before.total)
		hugepage_pool_expect("after its free pages went offline", self->size,
				     self->before,
				     (struct hugepage_pool){ .total = -inside,
							     .free = -inside });
	put_online(&self->block, self->size);
	hugepage_pool_add(GUARD_CASE, self->size, self->block.node, inside);
	files_agree("grown again", self->size);
}

/* Reserves all pages of the pool: none may be dissolved. */
MM_SCENARIO(reserved_pages_stay)
{
	long n = self->before.free - self->before.reserved, gone;
	size_t size = self->size;
	char *map = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(size), -1, 0);
	struct hugepage_pool now;

	if (map == MAP_FAILED)
		mm_broken("mmap of all %ld free huge pages: %m", n);
	hugepage_pool_expect("reserved", size, self->before,
			     (struct hugepage_pool){ .reserved = n });
	/* It may be refused, or others take the place of the pages. */
	memblock_offline(&self->block, 1);
	now = hugepage_pool_read(size, -1);
	mm_expect(
		now.reserved == self->before.reserved + n && now.free >= now.reserved,
		"pool after offline: expected %ld reserved pages, found reserved %ld free %ld",
		self->before.reserved + n, now.reserved, now.free);
	files_agree("after offline", size);
	for (long i = 0; i < n; i++)
		if (!mm_expect(!access_write(map + i * size, 5),
			       "reserved page %ld of %ld: a write raised a signal", i, n))
			break;
	munmap(map, n * size);
	/* A surplus page of others may go, once nothing of ours is reserved. */
	gone = now.surplus - hugepage_pool_read(size, -1).surplus;
	gone = gone > 0 ? gone : 0;
	hugepage_pool_expect("after munmap", size, now,
			     (struct hugepage_pool){ .total = -gone,
						     .free = -gone,
						     .reserved = -n,
						     .surplus = -gone });
	files_agree("after munmap", size);
}

/* Maps free pages of the pool, filled with a pattern. */
static char *use_pages(size_t size, int flags, long n)
{
	char *map = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
			 flags | MAP_ANONYMOUS | hugepage_map_flags(size), -1, 0);

	if (map == MAP_FAILED)
		mm_broken("mmap of %ld huge pages: %m", n);
	pattern_fill(map, n * size, 6);
	return map;
}

static long usable(const struct hugepage_pool *pool)
{
	long n = pool->free - pool->reserved;

	return n < PAGES ? n : PAGES;
}

/* The pool keeps no free pages: what is in use cannot move to one of the same block. */
static void shrink_to_used(size_t size, int node)
{
	struct hugepage_pool pool = hugepage_pool_read(size, node);
	char path[160];

	hugepage_pool_path(size, node, "nr_hugepages", path, sizeof(path));
	file_write_long(path, pool.total - pool.free);
	pool = hugepage_pool_read(size, node);
	if (pool.free)
		mm_skip("needs a pool without free pages on node %d, %ld are reserved by "
			"others",
			node, pool.free);
}

static long count_in(const char *map, long n, size_t size, const struct memblock *block)
{
	long inside = 0;

	for (long i = 0; i < n; i++)
		inside += memblock_holds(block, pagemap_pfn(map + i * size));
	return inside;
}

static void move_used(size_t size, const struct memblock *block, int flags)
{
	struct hugepage_pool pool = hugepage_pool_read(size, -1);
	long n = usable(&pool);
	char *map = use_pages(size, flags, n);
	int ret;

	if (!count_in(map, n, size, block))
		mm_skip("needs huge pages of block %d in use, the %ld used lie elsewhere",
			block->id, n);
	shrink_to_used(size, block->node);
	pool = hugepage_pool_read(size, -1);
	files_agree("in use", size);
	ret = memblock_offline(block, 4);
	if (!mm_expect(!ret, "block with huge pages in use: offline: %s", strerror(-ret)))
		return;
	pattern_check("migrated huge pages", map, n * size, 6);
	mm_expect(!count_in(map, n, size, block),
		  "offline block: %ld huge pages in use lie in it",
		  count_in(map, n, size, block));
	hugepage_pool_expect("after migration", size, pool, (struct hugepage_pool){ 0 });
	files_agree("after migration", size);
	put_online(block, size);
	pattern_check("huge pages after online", map, n * size, 6);
	munmap(map, n * size);
	files_agree("after munmap", size);
}

MM_SCENARIO(private_pages_in_use_move_with_their_data)
{
	move_used(self->size, &self->block, MAP_PRIVATE);
}

MM_SCENARIO(shared_pages_in_use_move_with_their_data)
{
	move_used(self->size, &self->block, MAP_SHARED);
}

/*
 * The main thread is the one that a signal can take out of offlining. All the while the
 * other one frees pages and takes them again.
 *
 *	MADV_DONTNEED of huge pages		offline of their block
 *	last reference is gone
 *						no reference: dissolves the page
 *	puts it on the free list: corrupt
 */
struct dissolve_race {
	size_t size;
	struct memblock block;
	char *map;
	long n;		/* pages to map */
	char path[160]; /* of the node's pool */
	long pool;	/* its size */
	atomic_bool over;
	unsigned long offlined, inside;
};

static void touch_pages(const struct dissolve_race *r)
{
	for (long i = 0; i < r->n; i++)
		access_write(r->map + i * r->size, 7);
}

static void race_prepare(void *arg)
{
	struct dissolve_race *r = arg;

	if (!memblock_is_online(&r->block))
		memblock_online(&r->block);
	file_write_long(r->path, r->pool);
	r->map = mmap(NULL, r->n * r->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(r->size), -1, 0);
	if (r->map == MAP_FAILED)
		mm_skip("needs %ld huge pages to race with, mmap: %m", r->n);
	atomic_store(&r->over, false);
	touch_pages(r);
	r->inside += memblock_find(pagemap_pfn(r->map), &r->block) && r->block.movable;
}

static void race_free(void *arg)
{
	struct dissolve_race *r = arg;

	while (!atomic_load(&r->over)) {
		madvise(r->map, r->n * r->size, MADV_DONTNEED);
		touch_pages(r);
	}
}

static void race_offline(void *arg)
{
	struct dissolve_race *r = arg;

	r->offlined += !memblock_offline(&r->block, 1);
	atomic_store(&r->over, true);
}

/* Nobody uses the pool now: every page of it is free. */
static bool race_judge(void *arg)
{
	struct dissolve_race *r = arg;
	struct hugepage_pool pool;

	munmap(r->map, r->n * r->size);
	pool = hugepage_pool_read(r->size, -1);
	return mm_expect(pool.total == pool.free && pool.free >= 0 && !pool.surplus,
			 "idle pool after freeing raced with offline: total %ld free %ld "
			 "reserved %ld surplus %ld",
			 pool.total, pool.free, pool.reserved, pool.surplus);
}

MM_SCENARIO_SECONDS(pages_being_freed_are_dissolved_once, 40)
{
	struct dissolve_race r = { .size = self->size, .block = self->block };
	struct race race = { .prepare = race_prepare,
			     .a = race_offline,
			     .b = race_free,
			     .judge = race_judge,
			     .arg = &r };
	struct race_power power;

	if (self->before.total != self->before.free || self->before.surplus)
		mm_skip("needs an idle pool of huge pages, %ld of %ld are free",
			self->before.free, self->before.total);
	hugepage_pool_path(r.size, r.block.node, "nr_hugepages", r.path, sizeof(r.path));
	r.pool = file_read_long(r.path);
	r.n = 1; /* one in use in the block would end the dissolving of all */
	power = race_run(&race);
	race_print(&power);
	mm_note("race: the block went offline in %lu rounds", r.offlined);
	if (!r.inside)
		mm_skip("needs huge pages in blocks of ZONE_MOVABLE to free, got none");
	files_agree("after the race", r.size);
}

MM_MAIN
