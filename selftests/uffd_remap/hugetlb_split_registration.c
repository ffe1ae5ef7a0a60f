// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process watches a part of shared HugeTLB memory, but the
 * events do not come, since another process fills its page table; or the other
 * process is protected against writes with it.
 *
 * Mechanism: processes that map the same aligned range of a HugeTLB file, as much
 * as a PUD covers, share the page table below it. Registering all of the range
 * ends the sharing. Registering a part splits the VMA first, after which no VMA
 * covers the range and nobody looks for the sharing any more: the split has to
 * end it.
 *
 * Introduced by: unknown. Fixed by: b30c14cd6102 ("hugetlb: unshare some PMDs when
 * splitting VMAs").
 *
 * Proves: the table was shared before, every access to a page that only the other
 * process has touched is an event afterwards, wherever the part lies, and the
 * other process keeps its pages unprotected. Does not prove: races with gup-fast.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugepage.h"
#include "pagemap.h"
#include "region.h"
#include "thp.h"

MM_PROGRAM(uffd_remap, hugetlb_split_registration,
	   "a part that is registered does not share page tables");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct child child;
	size_t page;
	unsigned char *addr; /* of memory that a whole page table maps */
	unsigned char *part; /* of it that will be registered */
	size_t len;
	unsigned char *first, *second; /* pages in the part */
	unsigned char *outside;	       /* a page that is not, in the part if it is all */
};
FIXTURE_VARIANT(test)
{
	unsigned int from, to; /* quarters of the range */
};
MM_KIND(first_half)
{ .from = 0, .to = 2 };
MM_KIND(second_half)
{ .from = 2, .to = 4 };
MM_KIND(middle)
{ .from = 1, .to = 3 };
MM_KIND(whole)
{ .from = 0, .to = 4 };

static long fill_page(void *addr)
{
	return access_write(addr, 1);
}

/* The child fills two pages; this process sees the one that it has not touched. */
static void share_table(struct child *child, unsigned char *touched, unsigned char *other)
{
	unsigned char byte;

	if (child_call(child, fill_page, touched) || child_call(child, fill_page, other))
		mm_broken("child: writing a page raised a signal");
	if (access_read(touched, &byte) || byte != 1)
		mm_broken("shared page: not what the child has written");
	if (!(pagemap_entry(other) & PM_PRESENT))
		mm_skip("needs page tables that are shared for HugeTLB, this kernel or CPU "
			"does "
			"not share them");
}

FIXTURE_SETUP(test)
{
	size_t page = hugepage_default_size(), range = page * (page_size() / 8);
	unsigned char *at;
	int fd;

	hugepage_pool_add(GUARD_CASE, page, -1, 4);
	fd = memfd_create("mmguard", MFD_CLOEXEC | hugepage_memfd_flags(page));
	if (fd < 0 || ftruncate(fd, range))
		mm_broken("memfd of %zu bytes: %m", range);
	at = aligned_hole(range, range);
	if (mmap(at, range, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd,
		 0) != at)
		mm_broken("mmap of %zu bytes: %m", range);
	self->page = page;
	self->addr = at;
	self->part = at + range / 4 * variant->from;
	self->len = range / 4 * (variant->to - variant->from);
	self->first = self->part;
	self->second = self->part + self->len - page;
	self->outside = at + (variant->from ? 0 : range / 4 * 3);
	self->child = child_fork();
	share_table(&self->child, self->outside, self->first);
}
FIXTURE_TEARDOWN(test)
{
}

static void child_expect(struct child *child, unsigned char *addr)
{
	uint64_t entry = pagemap_entry_of(child->pid, addr);

	mm_expect(entry & PM_PRESENT && !(entry & PM_UFFD_WP),
		  "page of the child: expected present and not protected, pagemap has %#llx",
		  (unsigned long long)entry);
}

MM_SCENARIO(minor_events_come)
{
	struct uffd *u = uffd_open(UFFD_FEATURE_MINOR_HUGETLBFS, self->page);
	bool whole = variant->to - variant->from == 4;
	unsigned char byte;

	uffd_register(u, self->part, self->len, UFFDIO_REGISTER_MODE_MINOR);
	mm_expect(!access_read(self->first, &byte) && byte == 1,
		  "page of the child: wrong data");
	uffd_expect_one(u, "page that the child filled before",
			(struct uffd_event){ UFFD_MINOR, uffd_addr(self->first), 0, 0 });
	if (child_call(&self->child, fill_page, self->second))
		mm_broken("child: writing a page raised a signal");
	mm_expect(!access_read(self->second, &byte) && byte == 1,
		  "page of the child: wrong data");
	uffd_expect_one(u, "page that the child filled afterwards",
			(struct uffd_event){ UFFD_MINOR, uffd_addr(self->second), 0, 0 });
	mm_expect(!access_read(self->outside, &byte) && byte == 1, "other page: wrong data");
	uffd_expect(u, "page outside",
		    &(struct uffd_event){ UFFD_MINOR, uffd_addr(self->outside), 0, 0 }, whole);
	child_expect(&self->child, self->first);
	child_end(&self->child);
}

MM_SCENARIO(write_protection_is_not_shared)
{
	struct uffd *u = uffd_open(UFFD_FEATURE_WP_HUGETLBFS_SHMEM, self->page);
	bool whole = variant->to - variant->from == 4;

	uffd_register(u, self->part, self->len, UFFDIO_REGISTER_MODE_WP);
	uffd_protect(u, self->part, self->len, true);
	child_expect(&self->child, self->first);
	child_expect(&self->child, self->outside);
	if (child_call(&self->child, fill_page, self->first) ||
	    child_call(&self->child, fill_page, self->second))
		mm_fail("child: writing a page failed");
	uffd_expect_none(u, "writes of the child");
	child_expect(&self->child, self->second);
	uffd_expect_write(u, "page that the child filled before", self->first, true);
	uffd_expect_write(u, "page that the child filled afterwards", self->second, true);
	uffd_expect_write(u, "page outside", self->outside, whole);
	child_end(&self->child);
}

MM_MAIN
