// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: mremap() of a HugeTLB mapping fails for want of memory, and
 * the mapping is in two places, its reservations are lost, or pages are.
 *
 * Mechanism: a move allocates a VMA, page tables and nodes of the VMA tree. When one
 * of them cannot be had half way, the entries move back, and the new VMA is
 * unmapped, which must not take the reservations of the old one.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whichever allocation of the call fails, it is either done without, or the
 * call says ENOMEM and mapping, data and counters are as before. Does not prove:
 * that the kernel has enough memory left to go back, which fails nothing here.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "failnth.h"
#include "hugemap.h"
#include "maplines.h"
#include "thp.h"

#define PAGES 4
#define TABLE (1UL << 30) /* bytes that one page table of huge pages covers */
#define SLOTS 32	  /* targets, each over the border of two tables of its own */

MM_PROGRAM(hugetlb_mremap, failed_move,
	   "a move that lacks memory for itself has no side effect");
MM_NEEDS("root: yes\nhugepages: 5\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	struct hugemap map;
	size_t touched;
	char *hole;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE };
MM_KIND(noreserve)
{ .memory = HUGEMAP_NORESERVE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	size_t size = hugepage_default_size();

	hugemap_needs_mremap();
	failnth_need();
	self->base = hugepage_pool_read(size, -1);
	self->map = hugemap_make(variant->memory, PAGES, NULL);
	self->hole = aligned_hole(2 * SLOTS * TABLE, TABLE);
}
FIXTURE_TEARDOWN(test)
{
}

static void touch(FIXTURE_DATA(test) * self, size_t pages)
{
	hugemap_fill_pages(self->map.addr, self->map.size, 0, pages);
	self->touched = pages;
}

/* The touched ones of the pages @first to @end - 1, of which the first is at @addr. */
static void check(const FIXTURE_DATA(test) * self, const char *what, const char *addr,
		  size_t first, size_t end)
{
	for (size_t i = first; i < end && i < self->touched; i++)
		hugemap_check(what, addr - first * self->map.size, self->map.size, i);
}

/*
 * One move of the pages @first to @end - 1, and back; false when nothing more can be tried.
 * The first page goes to the end of one page table and the others to the next, so that a
 * move fails with nothing done and half way.
 */
static bool try(FIXTURE_DATA(test) * self, size_t first, size_t end, int n, int *refused)
{
	const struct hugemap *m = &self->map;
	char *from = m->addr + first * m->size, *got;
	char *to = self->hole + (n % SLOTS * 2 + 1) * TABLE - m->size;
	struct maplines there = maplines_read(to, TABLE);
	size_t len = (end - first) * m->size;
	char what[64];
	bool hit, good;
	int err;

	failnth_arm(n);
	got = mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	err = errno;
	hit = failnth_hit();
	snprintf(what, sizeof(what), "after allocation %d failed", n);
	good = hugemap_expect(what, m, self->base, PAGES, self->touched);
	if (got != MAP_FAILED) {
		check(self, what, to, first, end);
		good &= hugemap_move(to, len, from);
		check(self, "moved back", m->addr, 0, PAGES);
		return good;
	}
	*refused += 1;
	check(self, what, m->addr, 0, PAGES);
	good &= maplines_expect(what, &there);
	return mm_expect(hit && err == ENOMEM, "mremap %s: expected ENOMEM, found %s", what,
			 strerror(err)) &&
	       good;
}

static void fail_each(FIXTURE_DATA(test) * self, size_t first, size_t end)
{
	const struct hugemap *m = &self->map;
	int refused = 0;

	for (int n = 1; failnth_more(n); n++)
		if (!try(self, first, end, n, &refused))
			break;
	mm_note("%d calls were refused", refused);
	for (size_t i = self->touched; i < PAGES && m->reserving; i++)
		mm_expect(!access_write(m->addr + i * m->size, 1),
			  "page %zu: reserved, but writing to it raised a signal", i);
	munmap(m->addr, PAGES * m->size);
	if (m->fd >= 0)
		close(m->fd);
	hugepage_pool_expect("after munmap", m->size, self->base, (struct hugepage_pool){ 0 });
}

MM_SCENARIO(whole_mapping)
{
	touch(self, 2);
	fail_each(self, 0, PAGES);
}

/* All pages are there: reservations do not matter to the part that stays. */
MM_SCENARIO(part_of_mapping)
{
	touch(self, PAGES);
	fail_each(self, 1, 3);
}

MM_MAIN
