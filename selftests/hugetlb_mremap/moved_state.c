// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after mremap() a HugeTLB mapping has other pages, other rights or
 * other counters than before: memory that was read-only can be written, monitoring shows
 * huge pages that nobody has, or data are lost when a part of a page is discarded.
 *
 * Mechanism: a move takes page table entries along as they are, and the rights, policies
 * and counters of the mapping with them. mlock() brings HugeTLB pages in, but does not
 * count them. MADV_DONTNEED drops whole pages only.
 *
 * Introduced by: unknown. Fixed by: unknown; rounding by MADV_DONTNEED:
 * 8ebe0a5eaaeb ("mm,madvise,hugetlb: fix unexpected data loss with MADV_DONTNEED on
 * hugetlbfs").
 *
 * Proves: frames, rights, HugetlbPages, VmSize and VmLck over moves, in a child too, and
 * what mprotect, mlock and MADV_DONTNEED do before and after. Does not prove: pins
 * (pinned_move).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"
#include "usage.h"

#define PAGES	4
#define TOUCHED 3

MM_PROGRAM(hugetlb_mremap, moved_state, "frames, rights and counters move along");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size, len;
	struct hugepage_pool base;
	struct usage usage; /* before the mapping */
	struct hugemap m;
	char *to;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	self->base = hugepage_pool_read(self->size, -1);
	self->usage = usage_read();
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	if (self->m.fd >= 0)
		close(self->m.fd);
	self->to = aligned_hole(self->len, self->size);
	hugemap_fill_pages(self->m.addr, self->size, 0, TOUCHED);
}
FIXTURE_TEARDOWN(test)
{
}

static void expect_usage(const FIXTURE_DATA(test) * self, const char *step, size_t mapped,
			 size_t present)
{
	long kb = self->size / 1024;

	usage_expect(step, self->usage,
		     (struct usage){ .hugetlb = kb * present, .size = kb * mapped });
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, size_t touched)
{
	hugemap_expect(step, &self->m, self->base, PAGES, touched);
	expect_usage(self, step, PAGES, touched);
}

static void check(const FIXTURE_DATA(test) * self, const char *what, const char *at)
{
	for (size_t i = 0; i < TOUCHED; i++)
		hugemap_check(what, at, self->size, i);
}

static void unmap(const FIXTURE_DATA(test) * self, char *at)
{
	munmap(at, self->len);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
	expect_usage(self, "after munmap", 0, 0);
}

MM_SCENARIO(frames_and_counters)
{
	uint64_t frames[PAGES];

	for (size_t i = 0; i < PAGES; i++)
		frames[i] = pagemap_pfn(self->m.addr + i * self->size);
	expect(self, "before mremap", TOUCHED);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	expect(self, "after mremap", TOUCHED);
	for (size_t i = 0; i < PAGES; i++) {
		uint64_t frame = pagemap_pfn(self->to + i * self->size);

		mm_expect(frame == frames[i],
			  "moved page %zu: expected frame %#llx, found %#llx", i,
			  (unsigned long long)frames[i], (unsigned long long)frame);
		access_expect_unmapped("old address", self->m.addr + i * self->size);
	}
	check(self, "moved page", self->to);
	unmap(self, self->to);
}

MM_SCENARIO(part_and_counters)
{
	size_t half = self->len / 2;

	if (variant->memory == HUGEMAP_PRIVATE || variant->memory == HUGEMAP_PRIVATE_FILE)
		hugemap_fill_pages(self->m.addr, self->size, TOUCHED, PAGES);
	else
		mm_expect(!access_write(self->m.addr + TOUCHED * self->size, 1),
			  "reserved page: writing to it raised a signal");
	if (!hugemap_move(self->m.addr + half, half, self->to))
		return;
	expect(self, "after half was moved", PAGES);
	munmap(self->m.addr, half);
	expect_usage(self, "after munmap of the rest", PAGES / 2, PAGES / 2);
	munmap(self->to, half);
	expect_usage(self, "after munmap of all", 0, 0);
	hugepage_pool_expect("after munmap of all", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

/* What was forked counts as what was touched does. */
static long move_in_child(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	char *at = self->m.addr;

	check(self, "page of the child", at);
	expect_usage(self, "in the child", PAGES, TOUCHED);
	if (!hugemap_move(at, self->len, self->to))
		return 1;
	expect_usage(self, "after the child's move", PAGES, TOUCHED);
	munmap(self->to, self->len);
	expect_usage(self, "after the child's munmap", 0, 0);
	return 0;
}

MM_SCENARIO(child_counts_its_own)
{
	struct child child = child_fork();

	child_call(&child, move_in_child, self);
	child_end(&child);
	expect(self, "after the child's end", TOUCHED);
	check(self, "page of the parent", self->m.addr);
	unmap(self, self->m.addr);
}

MM_SCENARIO(read_only_stays_so)
{
	if (mprotect(self->m.addr, self->len, PROT_READ))
		mm_broken("mprotect: %m");
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	for (size_t i = 0; i < PAGES; i++)
		mm_expect(access_write(self->to + i * self->size, 1) == SIGSEGV,
			  "page %zu: read-only, but writing to it did not raise SIGSEGV", i);
	check(self, "moved read-only page", self->to);
	expect(self, "after writes were refused", TOUCHED);
	if (mprotect(self->to, self->len, PROT_READ | PROT_WRITE))
		mm_fail("mprotect of the moved mapping: %m");
	for (size_t i = 0; i < TOUCHED; i++) {
		int sig = access_write(self->to + i * self->size, pattern_byte(0, i + 1));

		mm_expect(!sig, "page %zu: writable again, but writing raised signal %d", i,
			  sig);
	}
	check(self, "page that is writable again", self->to);
	unmap(self, self->to);
}

MM_SCENARIO(inaccessible_stays_so)
{
	unsigned char byte;

	if (mprotect(self->m.addr, self->len, PROT_NONE))
		mm_broken("mprotect: %m");
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	for (size_t i = 0; i < PAGES; i++)
		mm_expect(access_read(self->to + i * self->size, &byte) == SIGSEGV,
			  "page %zu: inaccessible, but reading it did not raise SIGSEGV", i);
	if (mprotect(self->to, self->len, PROT_READ | PROT_WRITE))
		mm_fail("mprotect of the moved mapping: %m");
	check(self, "page that is accessible again", self->to);
	expect(self, "after it was made accessible", TOUCHED);
	unmap(self, self->to);
}

/* Brings in what is reserved, and counts nothing as locked, before and after alike. */
MM_SCENARIO(locked_mapping)
{
	if (mlock(self->m.addr, self->len))
		mm_broken("mlock of a HugeTLB mapping: %m");
	expect(self, "after mlock", PAGES);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	expect(self, "after mremap of a locked mapping", PAGES);
	check(self, "moved locked page", self->to);
	if (munlock(self->to, self->len))
		mm_fail("munlock of the moved mapping: %m");
	expect(self, "after munlock", PAGES);
	unmap(self, self->to);
}

MM_SCENARIO(locked_after_the_move)
{
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	if (mlock(self->to, self->len))
		mm_fail("mlock of the moved mapping: %m");
	expect(self, "after mlock", PAGES);
	check(self, "locked moved page", self->to);
	unmap(self, self->to);
}

/* Free pages and reservations that a discarded page leaves: kernels differ in the latter. */
struct left {
	long free, reserved;
};

static struct left discard(char *page, size_t size)
{
	struct hugepage_pool before = hugepage_pool_read(size, -1), after;

	if (madvise(page, size, MADV_DONTNEED))
		mm_skip("needs MADV_DONTNEED of HugeTLB pages, found %m");
	after = hugepage_pool_read(size, -1);
	return (struct left){ after.free - before.free, after.reserved - before.reserved };
}

MM_SCENARIO(discarded_pages)
{
	size_t size = self->size;
	struct left before = discard(self->m.addr, size), after;
	bool shared = self->m.shared;

	mm_expect(before.free == !shared, "discarded page: expected %d pages freed, found %ld",
		  !shared, before.free);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	after = discard(self->to + size, size);
	mm_expect(after.free == before.free && after.reserved == before.reserved,
		  "page discarded after the move: expected free %+ld reserved %+ld as before, "
		  "found %+ld and %+ld",
		  before.free, before.reserved, after.free, after.reserved);
	expect_usage(self, "after two pages were discarded", PAGES, TOUCHED - 2);
	for (size_t i = 0; i < 2; i++) {
		if (shared)
			hugemap_check("discarded page of a file", self->to, size, i);
		else
			mm_expect(!access_write(self->to + i * size, 0) &&
					  !self->to[i * size + 8],
				  "discarded page %zu: not zero, or a signal", i);
	}
	hugemap_check("page that was kept", self->to, size, 2);
	expect(self, "after all were touched again", TOUCHED);
	unmap(self, self->to);
}

/* Nothing is dropped that was not asked for, whatever the kernel makes of the length. */
MM_SCENARIO(discarding_part_of_a_page)
{
	size_t size = self->size, page = page_size();

	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	madvise(self->to, page, MADV_DONTNEED);
	madvise(self->to + page, size, MADV_DONTNEED);
	madvise(self->to + size, size - page, MADV_DONTNEED);
	check(self, "page of which a part was discarded", self->to);
	expect(self, "after parts of pages were discarded", TOUCHED);
	unmap(self, self->to);
}

MM_MAIN
