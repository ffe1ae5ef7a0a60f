// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: as in whole_move, partial_move and refused_move, but for pages of
 * 1 GiB: reservations that are lost or returned twice cost half of the pool.
 *
 * Mechanism: pages of this size are mapped by entries one level higher, have other
 * alignments, are no surplus pages and never share page tables. Moves, reservations and
 * refusals are counted as for other sizes.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whole and partial moves keep data, frames and exact counters; targets that are
 * not aligned are refused and stay; a target of another page size is replaced.
 * Does not prove: fork (cow_leak.fork_gigantic).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "gigantic.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"

#define SIZE  GIGANTIC
#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)

MM_PROGRAM(hugetlb_mremap, gigantic_move, "pages of 1 GiB move like others");
MM_NEEDS("root: yes\ngigantic: 2\nhugepages: 2\nseconds: 120\nharm: reserves\nprofile: full\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	char *addr, *to;
};
FIXTURE_VARIANT(test)
{
	int flags;
};
MM_KIND(private)
{ .flags = MAP_PRIVATE };
MM_KIND(private_noreserve)
{ .flags = MAP_PRIVATE | MAP_NORESERVE };
MM_KIND(shared)
{ .flags = MAP_SHARED };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->base = hugepage_pool_read(SIZE, -1);
	self->addr = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE,
			  variant->flags | MAP_ANONYMOUS | hugepage_map_flags(SIZE), -1, 0);
	if (self->addr == MAP_FAILED)
		mm_broken("mmap of two pages of 1 GiB: %m");
	self->to = aligned_hole(2 * SIZE, SIZE);
}
FIXTURE_TEARDOWN(test)
{
}

static bool expect(const FIXTURE_VARIANT(test) * variant, const FIXTURE_DATA(test) * self,
		   const char *step, long mapped, long used)
{
	long reserved = variant->flags & MAP_NORESERVE ? 0 : mapped - used;

	return hugepage_pool_expect(step, SIZE, self->base,
				    (struct hugepage_pool){ .free = -used,
							    .reserved = reserved });
}

MM_SCENARIO(whole_move)
{
	uint64_t frame;

	gigantic_fill("owner", self->addr, 1);
	frame = pagemap_pfn(self->addr);
	expect(variant, self, "after the first page was touched", 2, 1);
	if (!hugemap_move(self->addr, 2 * SIZE, self->to))
		return;
	expect(variant, self, "after mremap", 2, 1);
	gigantic_check("moved page", self->to, 1);
	mm_expect(pagemap_pfn(self->to) == frame, "moved page: another frame");
	access_expect_unmapped("old address", self->addr);
	gigantic_fill("owner", self->to + SIZE, 4);
	expect(variant, self, "after both pages were touched", 2, 2);
	if (!hugemap_move(self->to, 2 * SIZE, self->addr))
		return;
	gigantic_check("page moved back", self->addr, 1);
	gigantic_check("second page moved back", self->addr + SIZE, 4);
	munmap(self->addr, 2 * SIZE);
	expect(variant, self, "after munmap", 0, 0);
}

MM_SCENARIO(touched_part)
{
	gigantic_fill("owner", self->addr, 1);
	gigantic_fill("owner", self->addr + SIZE, 4);
	if (!hugemap_move(self->addr + SIZE, SIZE, self->to))
		return;
	expect(variant, self, "after the second page was moved", 2, 2);
	gigantic_check("moved page", self->to, 4);
	gigantic_check("page that stayed", self->addr, 1);
	munmap(self->to, SIZE);
	munmap(self->addr, SIZE);
	expect(variant, self, "after munmap", 0, 0);
}

/* Aligned for smaller huge pages is not enough; the target must stay as it is. */
MM_SCENARIO(unaligned_target_stays)
{
	size_t small = hugepage_default_size();
	char *victim = self->to + small;

	hugemap_make(HUGEMAP_PRIVATE, 1, victim);
	hugemap_fill(victim, small, 0);
	gigantic_fill("owner", self->addr, 1);
	mm_expect(mremap(self->addr, SIZE, SIZE, FIXED, victim) == MAP_FAILED &&
			  errno == EINVAL,
		  "target aligned to %zu kB only: expected EINVAL, found another result",
		  small / 1024);
	mm_expect(mremap(self->addr + small, SIZE, SIZE, FIXED, self->to) == MAP_FAILED &&
			  errno == EINVAL,
		  "source within a page: expected EINVAL, found another result");
	hugemap_check("target after a refusal", victim, small, 0);
	gigantic_check("source after a refusal", self->addr, 1);
	expect(variant, self, "after two refusals", 2, 1);
}

MM_SCENARIO(target_of_another_size_is_replaced)
{
	size_t small = hugepage_default_size();
	struct hugepage_pool base = hugepage_pool_read(small, -1);

	hugemap_make(HUGEMAP_PRIVATE, 2, self->to);
	hugemap_fill(self->to, small, 0);
	gigantic_fill("owner", self->addr, 1);
	if (!hugemap_move(self->addr, 2 * SIZE, self->to))
		return;
	gigantic_check("page moved onto smaller ones", self->to, 1);
	expect(variant, self, "after a move onto smaller pages", 2, 1);
	hugepage_pool_expect("after it was replaced", small, base, (struct hugepage_pool){ 0 });
	munmap(self->to, 2 * SIZE);
	expect(variant, self, "after munmap", 0, 0);
}

/* Unmapping a part of the target would cut its page: refused, and nothing has changed. */
MM_SCENARIO(target_within_a_page_stays)
{
	size_t small = hugepage_default_size();
	struct hugepage_pool base = hugepage_pool_read(small, -1);
	struct hugemap m = hugemap_make(HUGEMAP_PRIVATE, 1, NULL);

	gigantic_fill("owner", self->addr, 1);
	hugemap_fill(m.addr, small, 0);
	mm_expect(mremap(m.addr, small, small, FIXED, self->addr + SIZE / 2) == MAP_FAILED &&
			  errno == EINVAL,
		  "target within a page of 1 GiB: expected EINVAL, found another result");
	gigantic_check("target after a refusal", self->addr, 1);
	hugemap_check("source after a refusal", m.addr, small, 0);
	expect(variant, self, "after a refusal", 2, 1);
	hugepage_pool_expect("after a refusal", small, base,
			     (struct hugepage_pool){ .free = -1 });
}

/* The last one: where it fails, it leaves no page for others. */
MM_SCENARIO(reserved_part)
{
	if (!hugemap_move(self->addr, SIZE, self->to))
		return;
	expect(variant, self, "after the first page was moved", 2, 0);
	gigantic_fill("owner", self->addr + SIZE, 4);
	gigantic_fill("owner", self->to, 1);
	expect(variant, self, "after both pages were touched", 2, 2);
	munmap(self->to, SIZE);
	munmap(self->addr + SIZE, SIZE);
	expect(variant, self, "after munmap", 0, 0);
}

MM_MAIN
