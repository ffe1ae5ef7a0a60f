// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after an mremap() that moves a part of a registered range,
 * or grows or shrinks it, the monitor's picture of the memory is wrong: it serves
 * pages that are gone, or it never hears of faults in pages that are new.
 *
 * Mechanism: the VMA is split before a part of it moves, its tail is unmapped
 * before it shrinks, and what is added belongs to the VMA that is registered. The
 * event carries the old length as the system call got it, unless the kernel
 * remembers that the tail has been cut off.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: events and registration of every part after such a call. Does not
 * prove: what happens to protection (remap_event).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "region.h"

#define FILL 0x5a

MM_PROGRAM(uffd_remap, remap_resize, "parts that move, grow or shrink are told exactly");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: none\n");

FIXTURE(test){};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
REGION_KINDS_BASE;
MM_KIND(hugetlb_shared)
{ .region = REGION_HUGETLB_SHARED };

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

/* Makes a page that was never touched of one that was, or that came with a THP. */
static void drop_page(const struct region *r, unsigned char *addr)
{
	if (madvise(addr, r->page, r->fd >= 0 ? MADV_REMOVE : MADV_DONTNEED))
		mm_broken("madvise of one page: %m");
}

/* Moves the second half; the first stays where it is, and stays registered. */
static void half_moves(enum region_kind kind, uint64_t features)
{
	struct uffd *u = region_uffd(kind, features);
	struct region r = region_make(kind);
	size_t half = r.len / 2;
	unsigned char *old = r.addr + half, *to;

	u->fill = FILL;
	pattern_fill(old, half - r.page, 2);
	drop_page(&r, r.addr + r.len - r.page);
	drop_page(&r, old - r.page);
	region_register(u, &r);
	to = region_move(&r, old, half, half);
	access_expect_unmapped("old range", old);
	uffd_expect(u, "after the move of a half",
		    &(struct uffd_event){ UFFD_REMAP, uffd_addr(old), uffd_addr(to), half },
		    !!features);
	pattern_check("moved half", to, half - r.page, 2);
	uffd_expect_read(u, "untouched page of the moved half", to + half - r.page,
			 features ? FILL : 0, !!features);
	uffd_expect_read(u, "untouched page of the half that stays", old - r.page, FILL, true);
}

MM_SCENARIO(a_half_moves)
{
	half_moves(variant->region, UFFD_FEATURE_EVENT_REMAP);
	half_moves(variant->region, 0);
}

/* A mapping that cannot grow: nothing happens to it. */
static void refused(struct uffd *u, const struct region *r, size_t big)
{
	if (mremap(r->addr, r->len, big, MREMAP_MAYMOVE) != MAP_FAILED)
		mm_skip("needs memory that cannot grow, this kernel can grow HugeTLB mappings");
	uffd_expect_none(u, "after mremap was refused");
	pattern_check("pages after mremap was refused", r->addr, r->touched, REGION_SEED);
	uffd_expect_read(u, "untouched page after mremap was refused",
			 r->addr + r->len - r->page, FILL, true);
}

/* The event has the old length; what was added is registered with the rest. */
MM_SCENARIO(growing_memory_stays_registered)
{
	struct uffd *u = region_uffd(variant->region, UFFD_FEATURE_EVENT_REMAP);
	struct region r = region_make(variant->region);
	size_t big = r.len + r.unit, bigger = big + r.unit;
	unsigned char *to;

	u->fill = FILL;
	if (r.fd >= 0 && ftruncate(r.fd, bigger))
		mm_broken("ftruncate: %m");
	region_register(u, &r);
	if (region_is_hugetlb(variant->region)) {
		refused(u, &r, big);
		return;
	}
	to = region_move(&r, r.addr, r.len, big);
	access_expect_unmapped("old range", r.addr);
	uffd_expect_one(u, "after growing and moving",
			(struct uffd_event){ UFFD_REMAP, uffd_addr(r.addr), uffd_addr(to),
					     r.len });
	pattern_check("moved pages", to, r.touched, REGION_SEED);
	uffd_expect_read(u, "first page that was added", to + r.len, FILL, true);

	if (mremap(to, big, bigger, 0) != to)
		mm_broken("mremap in place: %m");
	uffd_expect_none(u, "after growing in place");
	uffd_expect_read(u, "last page that was added", to + bigger - r.page, FILL, true);
	pattern_check("grown pages", to, r.touched, REGION_SEED);
}

/*
 * The tail is cut off before the rest moves: the event speaks of what has moved,
 * or the monitor believes in memory behind the new range.
 */
MM_SCENARIO(shrinking_move_tells_the_new_length)
{
	struct uffd *u = region_uffd(variant->region,
				     UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP);
	struct region r = region_make(variant->region);
	size_t half = r.len / 2;
	unsigned char *to;

	region_register(u, &r);
	to = region_move(&r, r.addr, r.len, half);
	access_expect_unmapped("old range", r.addr);
	uffd_expect(u, "after a shrinking move",
		    (struct uffd_event[]){
			    { UFFD_REMAP, uffd_addr(r.addr), uffd_addr(to), half },
			    { UFFD_UNMAP, uffd_addr(r.addr + half), uffd_addr(r.addr + r.len),
			      0 },
			    { UFFD_UNMAP, uffd_addr(r.addr), uffd_addr(r.addr + half), 0 } },
		    3);
}

MM_MAIN
