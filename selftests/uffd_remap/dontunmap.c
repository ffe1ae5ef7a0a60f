// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a garbage collector moves live pages away with
 * MREMAP_DONTUNMAP and waits for faults in the range that stays behind, but none
 * come and the program reads zeroes; or a fault at the new address goes to a
 * monitor that does not know it.
 *
 * Mechanism: two VMAs exist after the call. The one that stays behind is
 * registered in any case. The new one is registered, and keeps the uffd-wp bits
 * of what has moved, only with UFFD_FEATURE_EVENT_REMAP. A hook that looks at
 * the wrong one of the two swaps them.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: registration, protection, data and events of both ranges. Does not
 * prove: accounting and merging (dontunmap_neighbour).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "pagemap.h"
#include "region.h"

#define FILL 0x5a

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

MM_PROGRAM(uffd_remap, dontunmap, "MREMAP_DONTUNMAP leaves the right range registered");
MM_NEEDS("seconds: 60\nharm: none\n");

FIXTURE(test){};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
REGION_KINDS_BASE;
REGION_KINDS_MOVED;

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

static unsigned char *move_away(const struct region *r)
{
	unsigned char *to = region_hole(r, r->len);
	void *got = mremap(r->addr, r->len, r->len,
			   MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to);

	if (got == MAP_FAILED && errno == EINVAL)
		mm_skip("needs MREMAP_DONTUNMAP for this kind of memory, the kernel refuses "
			"it");
	if (got != to)
		mm_broken("mremap with MREMAP_DONTUNMAP: %m");
	return to;
}

/* What stays behind is empty and registered: every page of it faults, the first and the last
 * too. */
static void source_expect(struct uffd *u, const struct region *r)
{
	size_t pages = r->len / page_size();
	uint64_t *entries = calloc(pages, sizeof(*entries));

	if (!entries)
		mm_broken("no memory for %zu entries of pagemap", pages);
	pagemap_read_of(0, r->addr, entries, pages);
	for (size_t i = 0; i < pages; i++)
		if (!mm_expect(!(entries[i] & (PM_PRESENT | PM_SWAP | PM_UFFD_WP)),
			       "page %zu of the source: expected empty, pagemap has %#llx", i,
			       (unsigned long long)entries[i]))
			break;
	free(entries);
	/* The pages of a file are still there, only anonymous memory is missing. */
	if (r->fd < 0)
		uffd_expect_read(u, "first page of the source", r->addr, FILL, true);
	uffd_expect_read(u, "last page of the source", r->addr + r->len - r->page, FILL, true);
}

MM_SCENARIO(both_stay_registered_with_the_event)
{
	struct uffd *u = region_uffd(variant->region, UFFD_FEATURE_EVENT_REMAP);
	struct region r = region_make(variant->region);
	size_t last = r.len - r.page;
	unsigned char *to;
	uint8_t *bits;

	u->fill = FILL;
	region_register(u, &r);
	bits = region_protect(u, &r);
	to = move_away(&r);
	uffd_expect_one(u, "after the move",
			(struct uffd_event){ UFFD_REMAP, uffd_addr(r.addr), uffd_addr(to),
					     r.len });
	wp_expect("after the move", to, r.len, bits);
	source_expect(u, &r);
	/* The file's last page has just been filled; it is another range's fault no more. */
	uffd_expect_read(u, "untouched page of the new range", to + last - r.page, FILL, true);
	pattern_check("moved pages", to, r.touched, REGION_SEED);
	uffd_expect_none(u, "reading the moved pages");
	uffd_expect_write(u, "write to a protected page", to, true);
}

MM_SCENARIO(source_stays_registered_without_the_event)
{
	struct uffd *u = region_uffd(variant->region, 0);
	struct region r = region_make(variant->region);
	unsigned char *to;

	u->fill = FILL;
	region_register(u, &r);
	free(region_protect(u, &r));
	to = move_away(&r);
	uffd_expect_none(u, "after the move");
	wp_expect("after the move", to, r.len, NULL);
	source_expect(u, &r);
	uffd_expect_read(u, "untouched page of the new range", to + r.len - 2 * r.page, 0,
			 false);
	pattern_check("moved pages", to, r.touched, REGION_SEED);
	uffd_expect_write(u, "write to a moved page", to, false);
}

MM_MAIN
