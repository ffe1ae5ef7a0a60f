// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: write protection by userfaultfd is lost while memory is
 * swapped out, so a snapshot misses what is written afterwards.
 *
 * Mechanism: the uffd-wp bit moves from the page table entry to the swap entry
 * and back. Swap-in by a fault and by swapoff are separate code.
 *
 * Introduced by: unknown. Fixed by: 14a762dd1977 ("mm/swapfile: fix lost swap bits
 * in unuse_pte()"), for swapoff.
 *
 * Proves: the bit of every page, protected or not, is the same before, during and
 * after, and a write is trapped. Does not prove: swapped shared memory.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "region.h"
#include "swap.h"

#define SWAP_BYTES (32UL << 20)

MM_PROGRAM(uffd_remap, wp_swap, "write protection survives swap");
MM_NEEDS("root: yes\nswap: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct uffd *u;
	struct region r;
	struct swap swap;
	uint8_t *bits;
};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
	bool some; /* leave one page unprotected, which splits the mapping of a THP */
};
MM_KIND(base)
{ .region = REGION_BASE, .some = true };
MM_KIND(thp)
{ .region = REGION_THP };
MM_KIND(thp_some)
{ .region = REGION_THP, .some = true };

/* Protected, swapped out, and the bits are where they were. */
FIXTURE_SETUP(test)
{
	struct region *r = &self->r;

	self->u = region_uffd(variant->region, 0);
	*r = region_make(variant->region);
	region_register(self->u, r);
	free(region_protect(self->u, r));
	if (variant->some)
		uffd_protect(self->u, r->addr + r->page, r->page, false);
	self->bits = wp_bits_of(0, r->addr, r->len);
	self->swap = swap_on(SWAP_BYTES);
	if (!swap_out(r->addr, r->touched))
		mm_skip("needs memory that can be paged out, it stayed in");
	wp_expect("after swap-out", r->addr, r->len, self->bits);
}
FIXTURE_TEARDOWN(test)
{
}

static void writes_are_trapped(struct uffd *u, const struct region *r, bool some)
{
	uffd_expect_none(u, "until the first write");
	uffd_expect_write(u, "write to the first page", r->addr, true);
	uffd_expect_write(u, "write to the second page", r->addr + r->page, !some);
	uffd_expect_write(u, "write to the last page", r->addr + r->touched - r->page, true);
}

MM_SCENARIO(swap_in_keeps_it)
{
	struct region *r = &self->r;

	pattern_check("pages that were swapped in", r->addr, r->touched, REGION_SEED);
	wp_expect("after swap-in", r->addr, r->len, self->bits);
	writes_are_trapped(self->u, r, variant->some);
}

/* The first access is a write. */
MM_SCENARIO(write_to_swapped_memory_is_trapped)
{
	writes_are_trapped(self->u, &self->r, variant->some);
}

MM_SCENARIO(swapoff_keeps_it)
{
	struct region *r = &self->r;
	int ret = swap_off(&self->swap);

	if (ret)
		mm_broken("swapoff: %s", strerror(-ret));
	wp_expect("after swapoff", r->addr, r->len, self->bits);
	pattern_check("pages after swapoff", r->addr, r->touched, REGION_SEED);
	writes_are_trapped(self->u, r, variant->some);
}

MM_MAIN
