// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: write protection by userfaultfd is lost or spreads to other
 * pages when a huge page is split, so a snapshot misses writes or a program is
 * stopped at writes that nobody asked for.
 *
 * Mechanism: one uffd-wp bit in the PMD becomes one in each PTE when the mapping
 * is split. When the page is split too, migration entries carry the bits while
 * the page is taken apart.
 *
 * Introduced by: unknown. Fixed by: f45ec5ff16a7, its migration part.
 *
 * Proves: the bit of every page is the same after each step. Does not prove:
 * huge pages of other sizes than the PMD's.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "region.h"
#include "thp.h"

MM_PROGRAM(uffd_remap, wp_thp, "write protection survives the split of a huge page");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct uffd *u;
	struct region r;
	uint8_t *bits;
};
FIXTURE_VARIANT(test)
{
	bool some; /* protect some pages only, which splits the mapping at once */
};
MM_KIND(whole)
{ .some = false };
MM_KIND(some)
{ .some = true };

FIXTURE_SETUP(test)
{
	struct region *r = &self->r;

	self->u = region_uffd(REGION_THP, 0);
	*r = region_make(REGION_THP);
	region_register(self->u, r);
	self->bits = region_protect(self->u, r);
	if (!variant->some)
		return;
	uffd_protect(self->u, r->addr + r->touched / 2, r->page, false);
	self->bits[r->touched / 2 / r->page] = 0;
	wp_expect("after one page was released", r->addr, r->len, self->bits);
	if (thp_pmd_mapped(r->addr))
		mm_broken("THP: still mapped by a PMD though one page was released");
}
FIXTURE_TEARDOWN(test)
{
}

static void writes_are_trapped(struct uffd *u, const struct region *r, bool some)
{
	uffd_expect_none(u, "until the first write");
	uffd_expect_write(u, "write to the first page", r->addr, true);
	uffd_expect_write(u, "write to the middle page", r->addr + r->touched / 2, !some);
	uffd_expect_write(u, "write to the last page", r->addr + r->touched - r->page, true);
}

MM_SCENARIO(split_mapping_keeps_it)
{
	struct region *r = &self->r;

	if (!variant->some)
		thp_split_mapping(r->addr);
	wp_expect("after the mapping was split", r->addr, r->len, self->bits);
	pattern_check("pages of the THP", r->addr, r->touched, REGION_SEED);
	writes_are_trapped(self->u, r, variant->some);
}

MM_SCENARIO(split_page_keeps_it)
{
	struct region *r = &self->r;

	if (!thp_split_page(r->addr))
		mm_skip("needs a THP that can be split, it stayed whole; mount debugfs");
	wp_expect("after the page was split", r->addr, r->len, self->bits);
	pattern_check("pages of the THP", r->addr, r->touched, REGION_SEED);
	writes_are_trapped(self->u, r, variant->some);
}

MM_MAIN
