// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: mremap() of a HugeTLB mapping of 4 GiB or more fails with ENOMEM, and
 * the data in it are gone.
 *
 * Mechanism: moving the page table entries says how many bytes it has moved. When that is
 * cut to 32 bits, a large move looks like one that failed half way: it is taken back, but
 * only as much of it as was reported, and the rest is unmapped.
 *
 * Introduced by: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage backed
 * vma"). Fixed by: unknown.
 *
 * Proves: mappings around 2 GiB and beyond 4 GiB move with the data at both ends, in both
 * directions, and their counters are exact. Does not prove: mappings that are full.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "thp.h"

#define GIGA (1UL << 30)

MM_PROGRAM(hugetlb_mremap, large_move, "the length of a move is not cut to 32 bits");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t len;
	struct hugepage_pool base;
	struct hugemap m;
	char *to;
};
FIXTURE_VARIANT(test)
{
	size_t gigabytes;
};
MM_KIND(two)
{ .gigabytes = 2 };
MM_KIND(four)
{ .gigabytes = 4 };
MM_KIND(five)
{ .gigabytes = 5 };

FIXTURE_SETUP(test)
{
	size_t size = hugepage_default_size();

	hugemap_needs_mremap();
	if (size >= GIGA)
		mm_skip("needs huge pages smaller than 1 GiB, found %zu kB", size / 1024);
	self->len = variant->gigabytes * GIGA;
	hugepage_pool_add(GUARD_CASE, size, -1, 3);
	self->base = hugepage_pool_read(size, -1);
	self->m = hugemap_make(HUGEMAP_NORESERVE, self->len / size, NULL);
	self->to = aligned_hole(self->len, GIGA);
}
FIXTURE_TEARDOWN(test)
{
}

static void check(const FIXTURE_DATA(test) * self, const char *what, const char *at)
{
	size_t last = self->m.pages - 1;

	hugemap_check(what, at, self->m.size, 0);
	hugemap_check(what, at, self->m.size, last / 2);
	hugemap_check(what, at, self->m.size, last);
	hugepage_pool_expect(what, self->m.size, self->base,
			     (struct hugepage_pool){ .free = -3 });
}

MM_SCENARIO(data_at_both_ends)
{
	size_t last = self->m.pages - 1;
	bool moved;

	hugemap_fill(self->m.addr, self->m.size, 0);
	hugemap_fill(self->m.addr, self->m.size, last / 2);
	hugemap_fill(self->m.addr, self->m.size, last);
	moved = hugemap_move(self->m.addr, self->len, self->to);
	check(self, moved ? "moved mapping" : "mapping whose move failed",
	      moved ? self->to : self->m.addr);
	if (moved && hugemap_move(self->to, self->len, self->m.addr))
		check(self, "mapping moved back", self->m.addr);
}

/* With nothing in it, it is the page tables that are skipped. */
MM_SCENARIO(untouched)
{
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	mm_expect(!access_write(self->to + self->len - self->m.size, 1),
		  "last page: writing to it raised a signal");
	hugepage_pool_expect("after the last page was touched", self->m.size, self->base,
			     (struct hugepage_pool){ .free = -1 });
	munmap(self->to, self->len);
	hugepage_pool_expect("after munmap", self->m.size, self->base,
			     (struct hugepage_pool){ 0 });
}

MM_MAIN
