// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after mremap() of a large sparse HugeTLB mapping data
 * turns up at a wrong address; the right one reads zeroes.
 *
 * Mechanism: a move that finds no page table at the source skips to the end of
 * what the table would cover, and must skip as much at the destination, however
 * the two addresses lie to each other.
 *
 * Introduced by: unknown; the skip came with e95a9851787b ("hugetlb: skip to end of
 * PT page mapping when pte not present"). Fixed by: unknown.
 *
 * Proves: touched pages of a mapping that crosses page tables are found at the
 * same offset after a move, holes stay holes. Does not prove: mappings that
 * share page tables (shared_move).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"

MM_PROGRAM(hugetlb_mremap, sparse_move, "pages around holes keep their offset in a move");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t table; /* bytes that one page table of huge pages covers */
	size_t len;
	struct hugepage_pool base;
	struct hugemap m;
	char *to;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
	int from, to; /* pages behind a border of page tables */
};
MM_KIND(aligned)
{ .memory = HUGEMAP_NORESERVE, .from = 0, .to = 0 };
MM_KIND(to_unaligned)
{ .memory = HUGEMAP_NORESERVE, .from = 0, .to = 3 };
MM_KIND(from_unaligned)
{ .memory = HUGEMAP_NORESERVE, .from = 5, .to = 0 };
/* Covers no table whole, so that none can be shared. */
MM_KIND(shared_unaligned)
{ .memory = HUGEMAP_SHARED_NORESERVE, .from = 256, .to = 100 };

FIXTURE_SETUP(test)
{
	size_t size = hugepage_default_size();
	char *window;

	/* Pages of each case: what another one has leaked is not missed. */
	hugepage_pool_add(GUARD_CASE, hugepage_default_size(), -1, 4);
	hugemap_needs_mremap();
	/* A table is one base page of entries of eight bytes. */
	self->table = size * (page_size() / 8);
	self->len = 2 * self->table + 4 * size;
	if (variant->memory == HUGEMAP_SHARED_NORESERVE)
		self->len = self->table;
	self->base = hugepage_pool_read(size, -1);
	window = aligned_hole(10 * self->table, self->table);
	window += self->table;
	self->m =
		hugemap_make(variant->memory, self->len / size, window + variant->from * size);
	self->to = window + 4 * self->table + variant->to * size;
}
FIXTURE_TEARDOWN(test)
{
}

/* Touches @n pages, moves all, and expects these pages and no others. */
static void move_with(FIXTURE_DATA(test) * self, const size_t *pages, size_t n)
{
	struct hugepage_pool used = { .free = -(long)n };
	size_t size = self->m.size, next = 0;

	for (size_t i = 0; i < n; i++)
		hugemap_fill(self->m.addr, size, pages[i]);
	if (!hugepage_pool_expect("after pages were touched", size, self->base, used) ||
	    !hugemap_move(self->m.addr, self->len, self->to))
		return;
	hugepage_pool_expect("after mremap", size, self->base, used);
	for (size_t i = 0; i < self->len / size; i++) {
		bool here = pagemap_entry(self->to + i * size) & PM_PRESENT;
		bool want = next < n && i == pages[next];

		next += want;
		if (!mm_expect(here == want, "page %zu after the move: %s", i,
			       want ? "missing" : "present, but it was never touched"))
			return;
		if (want)
			hugemap_check("moved mapping", self->to, size, i);
	}
	munmap(self->to, self->len);
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugepage_pool_expect("after munmap", size, self->base, (struct hugepage_pool){ 0 });
}

MM_SCENARIO(data_behind_a_hole)
{
	size_t last = self->len / self->m.size - 1;
	size_t pages[] = { last / 2 + 1, last - 3, last };

	move_with(self, pages, 3);
}

MM_SCENARIO(data_on_both_sides)
{
	size_t size = self->m.size, last = self->len / size - 1;
	size_t border = ((uintptr_t)self->m.addr / self->table + 1) * self->table;
	size_t next = (border - (uintptr_t)self->m.addr) / size;
	size_t pages[] = { 0, next - 1, next, last };

	move_with(self, pages, 4);
}

MM_MAIN
