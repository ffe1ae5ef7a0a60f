// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after a part of a private HugeTLB mapping was moved, the
 * part that stayed has lost its reservation: touching it is SIGBUS although the
 * page is reserved and free, and HugePages_Rsvd stays too high until the next
 * boot. Whoever may map huge pages can tie up the whole pool.
 *
 * Mechanism: mremap() gives the reservation map to the new VMA and clears it in
 * the old one before the old one is split. The part that stays has no map and
 * no longer counts as the owner of its reservations.
 *
 * Introduced by: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage
 * backed vma"). Fixed by: unknown.
 *
 * Proves: head, middle and tail move with data and exact counters: touched,
 * merely reserved, split before by mprotect, and what a munmap has left over.
 * Does not prove: parts of different sizes in a row.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 4

MM_PROGRAM(hugetlb_mremap, partial_move, "both parts keep their pages and reservations");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base; /* before the mapping */
	struct hugemap m;
	char *part; /* in the mapping */
	char *to;   /* where the part moves */
	size_t part_len;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
	size_t first, n; /* pages of the part */
};
MM_KIND(head)
{ .memory = HUGEMAP_PRIVATE, .first = 0, .n = 2 };
MM_KIND(middle)
{ .memory = HUGEMAP_PRIVATE, .first = 1, .n = 2 };
MM_KIND(tail)
{ .memory = HUGEMAP_PRIVATE, .first = 3, .n = 1 };
MM_KIND(shared_middle)
{ .memory = HUGEMAP_SHARED, .first = 1, .n = 1 };

FIXTURE_SETUP(test)
{
	/* Pages of each case: what another one has leaked is not missed. */
	hugepage_pool_add(GUARD_CASE, hugepage_default_size(), -1, 4);
	hugemap_needs_mremap();
	self->base = hugepage_pool_read(hugepage_default_size(), -1);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	self->part = self->m.addr + variant->first * self->m.size;
	self->part_len = variant->n * self->m.size;
	self->to = aligned_hole(self->part_len, self->m.size);
}
FIXTURE_TEARDOWN(test)
{
}

/* The address of page @i of the file or the first mapping, once the part has moved. */
static char *page(const FIXTURE_DATA(test) * self, size_t i)
{
	char *old = self->m.addr + i * self->m.size;

	if (old >= self->part && old < self->part + self->part_len)
		return self->to + (old - self->part);
	return old;
}

static bool expect(const FIXTURE_DATA(test) * self, const char *step, size_t touched)
{
	return hugemap_expect(step, &self->m, self->base, PAGES, touched);
}

static void check(const FIXTURE_DATA(test) * self)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!hugemap_check("after the part was moved", page(self, i) - i * self->m.size,
				   self->m.size, i))
			return;
}

/* Writes every page; each is reserved, so no write may raise a signal. */
static void touch_all(const FIXTURE_DATA(test) * self)
{
	for (size_t i = 0; i < PAGES; i++) {
		int sig = access_write(page(self, i), 1);

		if (mm_expect(!sig, "page %zu: reserved, but writing to it raised signal %d", i,
			      sig))
			pattern_fill(page(self, i), self->m.size, i + 1);
	}
	check(self);
}

static void unmap_all(const FIXTURE_DATA(test) * self)
{
	for (size_t i = 0; i < PAGES; i++)
		munmap(page(self, i), self->m.size);
	hugepage_pool_expect("after munmap", self->m.size, self->base,
			     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(touched_part)
{
	hugemap_fill_pages(self->m.addr, self->m.size, 0, PAGES);
	if (!expect(self, "after all pages were touched", PAGES) ||
	    !hugemap_move(self->part, self->part_len, self->to))
		return;
	expect(self, "after the part was moved", PAGES);
	check(self);
	unmap_all(self);
}

MM_SCENARIO(reserved_part)
{
	if (!expect(self, "after mmap", 0) ||
	    !hugemap_move(self->part, self->part_len, self->to))
		return;
	expect(self, "after the part was moved", 0);
	touch_all(self);
	expect(self, "after all pages were touched", PAGES);
	unmap_all(self);
}

/* The part is a VMA of its own, which shares the reservation map with the others. */
MM_SCENARIO(part_split_by_mprotect)
{
	if (mprotect(self->part, self->part_len, PROT_READ) ||
	    mprotect(self->part, self->part_len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of the part: %m");
	if (!expect(self, "after mprotect", 0) ||
	    !hugemap_move(self->part, self->part_len, self->to))
		return;
	expect(self, "after the part was moved", 0);
	touch_all(self);
	expect(self, "after all pages were touched", PAGES);
	unmap_all(self);
}

/* Moves what lies between two pages, if there is anything. */
static char *move_rest(const FIXTURE_DATA(test) * self, size_t first, size_t end)
{
	size_t size = self->m.size, len = (end - first) * size;
	char *to;

	if (!len)
		return NULL;
	to = aligned_hole(len, size);
	if (!hugemap_move(self->m.addr + first * size, len, to))
		return NULL;
	hugemap_check("rest, after it was moved", to - first * size, size, first);
	for (size_t i = 0; i < end - first; i++) {
		int sig = access_write(to + i * size, 1);

		mm_expect(!sig, "page %zu of the rest: writing to it raised signal %d", i, sig);
	}
	return to;
}

MM_SCENARIO(rest_after_munmap)
{
	size_t size = self->m.size, n = variant->n, end = variant->first + n;
	size_t touched = (variant->first > 0) + (end < PAGES);
	size_t left = self->m.shared ? PAGES : PAGES - n; /* pages that stay accounted */
	char *low, *high;

	munmap(self->part, self->part_len);
	if (variant->first)
		hugemap_fill(self->m.addr, size, 0);
	if (end < PAGES)
		hugemap_fill(self->m.addr, size, end);
	if (!hugemap_expect("after munmap of the part", &self->m, self->base, left, touched))
		return;
	low = move_rest(self, 0, variant->first);
	high = move_rest(self, end, PAGES);
	hugemap_expect("after the rest was moved and touched", &self->m, self->base, left,
		       PAGES - n);
	if (low)
		munmap(low, variant->first * size);
	if (high)
		munmap(high, (PAGES - end) * size);
	hugepage_pool_expect("after munmap", size, self->base, (struct hugepage_pool){ 0 });
}

MM_MAIN
