// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: mprotect() or MADV_DONTNEED of a range lets writes through
 * that userfaultfd should trap, so a snapshot misses them; or memory stays
 * protected after its registration has ended, and stops a program for no reason.
 *
 * Mechanism: mprotect() may make an entry writable at once, but not one with the
 * uffd-wp bit. What is dropped from the mapping of a file leaves a marker that
 * keeps the bit. UFFDIO_UNREGISTER clears the bits of its range.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: the bit of every page after each call, and which writes are trapped.
 * Does not prove: calls that race with faults.
 */
#include "mmtest.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "pagemap.h"
#include "region.h"

MM_PROGRAM(uffd_remap, wp_calls,
	   "write protection survives calls on the range and ends with its registration");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct uffd *u;
	struct region r;
	uint8_t *bits;
};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
MM_KIND(base)
{ .region = REGION_BASE };
MM_KIND(thp)
{ .region = REGION_THP };
MM_KIND(memfd)
{ .region = REGION_MEMFD };
MM_KIND(hugetlb_shared)
{ .region = REGION_HUGETLB_SHARED };

FIXTURE_SETUP(test)
{
	self->u = region_uffd(variant->region, 0);
	self->r = region_make(variant->region);
	uffd_register(self->u, self->r.addr, self->r.len, UFFDIO_REGISTER_MODE_WP);
	self->bits = region_protect(self->u, &self->r);
}
FIXTURE_TEARDOWN(test)
{
}

MM_SCENARIO(mprotect_keeps_it)
{
	struct region *r = &self->r;

	if (mprotect(r->addr, r->len, PROT_READ))
		mm_broken("mprotect to read-only: %m");
	wp_expect("while read-only", r->addr, r->len, self->bits);
	if (mprotect(r->addr, r->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect to writable: %m");
	wp_expect("when writable again", r->addr, r->len, self->bits);
	pattern_check("pages", r->addr, r->touched, REGION_SEED);
	uffd_expect_write(self->u, "write to the first page", r->addr, true);
	uffd_expect_write(self->u, "write to the last page", r->addr + r->touched - r->page,
			  true);
}

/* The page of a file that comes back is protected; anonymous memory that is new is not. */
MM_SCENARIO(dropped_file_pages_keep_it)
{
	struct region *r = &self->r;
	bool file = r->fd >= 0;

	if (madvise(r->addr, r->touched, MADV_DONTNEED)) {
		if (errno == EINVAL && region_is_hugetlb(r->kind))
			mm_skip("needs MADV_DONTNEED of HugeTLB memory, the kernel refuses it");
		mm_broken("MADV_DONTNEED: %m");
	}
	if (file)
		pattern_check("pages that came back", r->addr, r->touched, REGION_SEED);
	wp_expect("after MADV_DONTNEED", r->addr, r->touched, file ? self->bits : NULL);
	uffd_expect_write(self->u, "write to the first page", r->addr, file);
	uffd_expect_write(self->u, "write to the last page", r->addr + r->touched - r->page,
			  file);
}

MM_SCENARIO(unregister_ends_it)
{
	struct region *r = &self->r;
	size_t half = r->len / 2;
	struct uffdio_range range = { .start = uffd_addr(r->addr), .len = half };

	if (ioctl(self->u->fd, UFFDIO_UNREGISTER, &range))
		mm_broken("UFFDIO_UNREGISTER of one half: %m");
	wp_expect("of the half that was unregistered", r->addr, half, NULL);
	wp_expect("of the other half", r->addr + half, half, self->bits + half / page_size());
	uffd_expect_write(self->u, "write after UFFDIO_UNREGISTER", r->addr, false);
	uffd_register(self->u, r->addr, half, UFFDIO_REGISTER_MODE_WP);
	uffd_expect_write(self->u, "write after registering again",
			  r->addr + r->touched - r->page, false);
}

MM_MAIN
