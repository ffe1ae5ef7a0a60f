// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a monitor (live migration, a garbage collector) learns a
 * wrong address or none, so the program hangs in a fault that nobody answers; or
 * a write to moved memory is not trapped and a snapshot misses it; or a write
 * that nobody protected is trapped.
 *
 * Mechanism: mremap() copies the VMA with its userfaultfd. Only with
 * UFFD_FEATURE_EVENT_REMAP may the copy stay registered, and an event tells the
 * monitor where it went. Without it the copy is unregistered, and the uffd-wp
 * bits of every entry that moves have to go too: single PTEs, whole page tables,
 * PMDs of huge pages, swap entries, markers of file mappings. Each has code of
 * its own.
 *
 * Introduced by: unknown. Fixed by: 0cef0bb836e3 ("mm: clear uffd-wp PTE/PMD
 * state on mremap()"), CVE-2025-21696, for the bits.
 *
 * Proves: which events come, with which addresses, and where memory is
 * registered and protected afterwards, page by page. Does not prove: faults that
 * come while the move is still going on.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "pagemap.h"
#include "region.h"

#define FILL 0x5a

MM_PROGRAM(uffd_remap, remap_event,
	   "registration and protection follow a move only with its event");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 90\nharm: none\n");

FIXTURE(test){};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
REGION_KINDS_BASE;
REGION_KINDS_MOVED;
REGION_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

static void moved_with_event(struct uffd *u, const struct region *r, unsigned char *to,
			     uint8_t *bits)
{
	size_t step = r->page / page_size();

	wp_expect("after the move", to, r->len, bits);
	pattern_check("moved pages", to, r->touched, REGION_SEED);
	uffd_expect_none(u, "reading the moved pages");
	uffd_expect_write(u, "write to a protected page", to, true);
	memset(bits, 0, step);
	wp_expect("after one page was released", to, r->touched, bits);
	uffd_expect_read(u, "untouched page of the new range", to + r->len - r->page, FILL,
			 true);
}

MM_SCENARIO(registration_and_protection_follow)
{
	struct uffd *u = region_uffd(variant->region, UFFD_FEATURE_EVENT_REMAP);
	struct region r = region_make(variant->region);
	unsigned char *to;
	uint8_t *bits;

	u->fill = FILL;
	region_register(u, &r);
	bits = region_protect(u, &r);
	uffd_expect_none(u, "before the move");
	to = region_move(&r, r.addr, r.len, r.len);
	access_expect_unmapped("old range", r.addr);
	uffd_expect_one(u, "after the move",
			(struct uffd_event){ UFFD_REMAP, uffd_addr(r.addr), uffd_addr(to),
					     r.len });
	moved_with_event(u, &r, to, bits);
}

/* Without the feature the new range is ordinary memory. */
MM_SCENARIO(without_the_event_nothing_follows)
{
	struct uffd *u = region_uffd(variant->region, 0);
	struct region r = region_make(variant->region);
	unsigned char *to;

	u->fill = FILL;
	region_register(u, &r);
	free(region_protect(u, &r));
	to = region_move(&r, r.addr, r.len, r.len);
	access_expect_unmapped("old range", r.addr);
	uffd_expect_none(u, "after the move");
	wp_expect("after the move", to, r.len, NULL);
	pattern_check("moved pages", to, r.touched, REGION_SEED);
	uffd_expect_write(u, "write to a moved page", to, false);
	uffd_expect_read(u, "untouched page of the new range", to + r.len - r.page, 0, false);

	/* Registered again, it starts without protection. */
	uffd_register(u, to, r.len, UFFDIO_REGISTER_MODE_WP);
	uffd_expect_write(u, "write after registering again", to + r.touched - r.page, false);
	wp_expect("after registering again", to, r.len, NULL);
}

MM_MAIN
