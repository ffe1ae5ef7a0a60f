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

static uint64_t at(const void *addr)
{
	return (uintptr_t)addr;
}

/* Reads a byte and compares it and the events that this made. */
static void read_expect(struct uffd *u, const char *what, unsigned char *addr,
			unsigned char want, bool missing)
{
	unsigned char found = 0;
	int sig = access_read(addr, &found);

	mm_expect(!sig, "%s: reading raised signal %d", what, sig);
	mm_expect(sig || found == want, "%s: expected %#x, found %#x", what, want, found);
	uffd_expect(u, what, &(struct uffd_event){ UFFD_MISSING, at(addr), 0, 0 }, missing);
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
	gone_expect(old);
	uffd_expect(u, "after the move of a half",
		    &(struct uffd_event){ UFFD_REMAP, at(old), at(to), half }, !!features);
	pattern_check("moved half", to, half - r.page, 2);
	read_expect(u, "untouched page of the moved half", to + half - r.page,
		    features ? FILL : 0, !!features);
	read_expect(u, "untouched page of the half that stays", old - r.page, FILL, true);
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
	read_expect(u, "untouched page after mremap was refused", r->addr + r->len - r->page,
		    FILL, true);
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
	gone_expect(r.addr);
	uffd_expect_one(u, "after growing and moving",
			(struct uffd_event){ UFFD_REMAP, at(r.addr), at(to), r.len });
	pattern_check("moved pages", to, r.touched, REGION_SEED);
	read_expect(u, "first page that was added", to + r.len, FILL, true);

	if (mremap(to, big, bigger, 0) != to)
		mm_broken("mremap in place: %m");
	uffd_expect_none(u, "after growing in place");
	read_expect(u, "last page that was added", to + bigger - r.page, FILL, true);
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
	struct uffd_event moved = { .kind = UFFD_MISSING }, cut = { .kind = UFFD_MISSING };
	size_t half = r.len / 2;
	unsigned char *to;

	region_register(u, &r);
	to = region_move(&r, r.addr, r.len, half);
	gone_expect(r.addr);
	if (!uffd_wait(u, UFFD_REMAP, 1) || !uffd_wait(u, UFFD_UNMAP, 1))
		mm_fail("events after a shrinking move: REMAP or UNMAP did not come");
	uffd_get(u, UFFD_REMAP, 0, &moved);
	uffd_get(u, UFFD_UNMAP, 0, &cut);
	mm_expect(moved.from == at(r.addr) && moved.to == at(to),
		  "REMAP: expected %p to %p, found %#llx to %#llx", r.addr, to,
		  (unsigned long long)moved.from, (unsigned long long)moved.to);
	mm_expect(cut.from == at(r.addr + half) && cut.to == at(r.addr + r.len),
		  "UNMAP: expected %p to %p, found %#llx to %#llx", r.addr + half,
		  r.addr + r.len, (unsigned long long)cut.from, (unsigned long long)cut.to);
	mm_expect(moved.len == half, "REMAP: expected length %#zx, found %#llx", half,
		  (unsigned long long)moved.len);
	mm_expect(uffd_count(u, UFFD_REMAP) == 1 && uffd_count(u, UFFD_UNMAP) == 1,
		  "events after a shrinking move: expected 1 REMAP and 1 UNMAP, found %zu and "
		  "%zu",
		  uffd_count(u, UFFD_REMAP), uffd_count(u, UFFD_UNMAP));
}

MM_MAIN
