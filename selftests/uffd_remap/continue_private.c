// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a write to a private mapping changes the file, and with it
 * what every other process sees; or a read-only mapping can be written.
 *
 * Mechanism: UFFDIO_CONTINUE maps a page that is in the page cache already, not by
 * way of a fault. It has to decide by itself whether the entry may be writable:
 * never in a private mapping, and in a shared one only if the mapping is.
 *
 * Introduced by: unknown. Fixed by: unknown; of the class of 29ec90660d68
 * (CVE-2018-18397).
 *
 * Proves: minor faults come with the right address, and after every write the
 * file, a second mapping and the written mapping hold what they should. Does not
 * prove: files on other file systems.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugepage.h"
#include "region.h"

#define PAGES 2

MM_PROGRAM(uffd_remap, continue_private,
	   "UFFDIO_CONTINUE gives no more rights than the mapping");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct uffd *u;
	size_t page, len;
	int fd;
	unsigned char *file; /* a shared mapping: what is in the file */
};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
	int flags;
};
MM_KIND(memfd_private)
{ .region = REGION_MEMFD, .flags = MAP_PRIVATE };
MM_KIND(memfd_shared)
{ .region = REGION_MEMFD, .flags = MAP_SHARED };
MM_KIND(hugetlb_private)
{ .region = REGION_HUGETLB_SHARED, .flags = MAP_PRIVATE };
MM_KIND(hugetlb_shared)
{ .region = REGION_HUGETLB_SHARED, .flags = MAP_SHARED };

FIXTURE_SETUP(test)
{
	bool huge = region_is_hugetlb(variant->region);
	unsigned int flags = MFD_CLOEXEC;

	self->page = region_page(variant->region);
	self->len = PAGES * self->page;
	if (huge) {
		hugepage_pool_add(GUARD_CASE, self->page, -1, 2 * PAGES);
		flags |= hugepage_memfd_flags(self->page);
	}
	self->fd = memfd_create("mmguard", flags);
	if (self->fd < 0 || ftruncate(self->fd, self->len))
		mm_broken("memfd of %zu bytes: %m", self->len);
	self->file = mmap(NULL, self->len, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	if (self->file == MAP_FAILED)
		mm_broken("mmap of the file: %m");
	pattern_fill(self->file, self->len, REGION_SEED);
	self->u = uffd_open(huge ? UFFD_FEATURE_MINOR_HUGETLBFS : UFFD_FEATURE_MINOR_SHMEM,
			    self->page);
}
FIXTURE_TEARDOWN(test)
{
}

/* A mapping whose first access to each page is a minor fault. */
static unsigned char *map_watched(struct uffd *u, size_t len, int fd, int prot, int flags)
{
	unsigned char *addr = mmap(NULL, len, prot, flags, fd, 0);

	if (addr == MAP_FAILED)
		mm_broken("mmap of the file: %m");
	uffd_register(u, addr, len, UFFDIO_REGISTER_MODE_MINOR);
	return addr;
}

static struct uffd_event minor(const void *addr)
{
	return (struct uffd_event){ .kind = UFFD_MINOR, .from = uffd_addr(addr) };
}

/* The pages have been written with seed 2: in the file only when the mapping is shared. */
static void written_expect(unsigned char *addr, unsigned char *file, size_t len, bool shared)
{
	pattern_check("the mapping after the write", addr, len, 2);
	pattern_check("the file after the write", file, len, shared ? 2 : REGION_SEED);
}

MM_SCENARIO(write_after_read_stays_private)
{
	bool shared = variant->flags & MAP_SHARED;
	unsigned char *addr = map_watched(self->u, self->len, self->fd, PROT_READ | PROT_WRITE,
					  variant->flags);

	for (size_t off = 0; off < self->len; off += self->page) {
		unsigned char byte;

		mm_expect(!access_read(addr + off, &byte), "the first read raised a signal");
		uffd_expect_one(self->u, "first read", minor(addr + off));
	}
	pattern_check("the mapping before the write", addr, self->len, REGION_SEED);
	pattern_fill(addr, self->len, 2);
	uffd_expect_none(self->u, "after the first reads");
	written_expect(addr, self->file, self->len, shared);
}

MM_SCENARIO(write_first_stays_private)
{
	bool shared = variant->flags & MAP_SHARED;
	unsigned char *addr = map_watched(self->u, self->len, self->fd, PROT_READ | PROT_WRITE,
					  variant->flags);

	pattern_fill(addr, self->len, 2);
	uffd_expect(self->u, "first writes",
		    (struct uffd_event[]){ minor(addr), minor(addr + self->page) }, PAGES);
	written_expect(addr, self->file, self->len, shared);
}

/* The pages are mapped while the mapping may not be written, then it may. */
MM_SCENARIO(mapped_read_only_stays_read_only)
{
	bool shared = variant->flags & MAP_SHARED;
	unsigned char *addr =
		map_watched(self->u, self->len, self->fd, PROT_READ, variant->flags);
	int ret = uffd_continue(self->u, addr, self->len);

	if (ret)
		mm_broken("UFFDIO_CONTINUE of %d pages: %s", PAGES, strerror(-ret));
	pattern_check("the mapping", addr, self->len, REGION_SEED);
	uffd_expect_none(self->u, "reading pages that are mapped");
	mm_expect(access_write(addr, 3) == SIGSEGV, "write to a read-only mapping: no SIGSEGV");
	pattern_check("the file after a write that failed", self->file, self->len, REGION_SEED);
	if (mprotect(addr, self->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect: %m");
	pattern_fill(addr, self->len, 2);
	written_expect(addr, self->file, self->len, shared);
}

MM_MAIN
