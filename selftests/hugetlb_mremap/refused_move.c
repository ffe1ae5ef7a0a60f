// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: mremap() of a HugeTLB mapping fails as documented, but
 * the mapping at the target is gone or the source has changed; or a call that
 * must be refused succeeds and leaves a mapping without its reservation.
 *
 * Mechanism: MREMAP_FIXED unmaps the target before the move. What can be known
 * to fail (alignment, growth, MREMAP_DONTUNMAP) must be refused before that.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: each refusal has its errno and no side effect on mappings, data and
 * counters; a target that is replaced returns what it had. Does not prove:
 * refusals for want of memory.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "file.h"
#include "hugemap.h"
#include "maplines.h"
#include "pagemap.h"
#include "thp.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define PAGES 2

MM_PROGRAM(hugetlb_mremap, refused_move, "a refused move has no side effect");
MM_NEEDS("root: yes\nhugepages: 6\nseconds: 60\nharm: reserves\n");

/*
 * One window of address space, in huge pages:
 *
 *	0 1	the mapping, its first page touched
 *	2 3	nothing
 *	4 5	a HugeTLB mapping, its first page touched
 *	6 7	base pages, the first of each huge page's range touched
 */
#define WINDOW 8

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base;
	char *addr, *hole, *victim, *small;
	struct maplines maps; /* as they must stay */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };

FIXTURE_SETUP(test)
{
	size_t size = hugepage_default_size();

	hugemap_needs_mremap();
	self->size = size;
	self->base = hugepage_pool_read(size, -1);
	self->addr = aligned_hole(WINDOW * size, size);
	self->hole = self->addr + 2 * size;
	self->victim = self->addr + 4 * size;
	self->small = self->addr + 6 * size;
	hugemap_make(variant->memory, PAGES, self->addr);
	hugemap_make(HUGEMAP_PRIVATE, PAGES, self->victim);
	hugemap_fill(self->addr, size, 0);
	hugemap_fill(self->victim, size, 0);
	if (mmap(self->small, PAGES * size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != self->small)
		mm_broken("mmap of base pages: %m");
	madvise(self->small, PAGES * size, MADV_NOHUGEPAGE);
	for (size_t off = 0; off < PAGES * size; off += size / 2)
		pattern_fill(self->small + off, page_size(), 9);
	self->maps = maplines_read(self->addr, WINDOW * size);
}
FIXTURE_TEARDOWN(test)
{
}

static void nothing_changed(const FIXTURE_DATA(test) * self, const char *what)
{
	char name[100];

	maplines_expect(what, &self->maps);
	hugepage_pool_expect(what, self->size, self->base,
			     (struct hugepage_pool){ .free = -2, .reserved = 2 });
	snprintf(name, sizeof(name), "source after %s", what);
	hugemap_check(name, self->addr, self->size, 0);
	snprintf(name, sizeof(name), "HugeTLB neighbour after %s", what);
	hugemap_check(name, self->victim, self->size, 0);
	for (size_t off = 0; off < PAGES * self->size; off += self->size / 2) {
		snprintf(name, sizeof(name), "base pages after %s", what);
		pattern_check(name, self->small + off, page_size(), 9);
	}
}

struct call {
	const char *what;
	char *from;
	size_t old_len, new_len;
	int flags;
	char *to;
	int want; /* errno */
};

/* Makes the calls and expects each to fail and to change nothing. */
static void refuse(const FIXTURE_DATA(test) * self, const struct call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct call *c = &calls[i];
		void *got = mremap(c->from, c->old_len, c->new_len, c->flags, c->to);
		int err = got == MAP_FAILED ? errno : 0;

		mm_expect(err == c->want, "%s: expected %s, found %s", c->what,
			  strerror(c->want), err ? strerror(err) : "success");
		nothing_changed(self, c->what);
		if (!err)
			return;
	}
}

#define FIXED	 (MREMAP_MAYMOVE | MREMAP_FIXED)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

MM_SCENARIO(wrong_length)
{
	size_t size = self->size, len = PAGES * size;
	const struct call calls[] = {
		{ "growing in place", self->addr, len, len + size, 0, NULL, EINVAL },
		{ "growing on the way", self->addr, len, len + size, MREMAP_MAYMOVE, NULL,
		  EINVAL },
		{ "growing onto a mapping", self->addr, size, len, FIXED, self->victim,
		  EINVAL },
		{ "growing by a base page", self->addr, len, len + page_size(), FIXED,
		  self->small, EINVAL },
		{ "no new length", self->addr, len, 0, FIXED, self->victim, EINVAL },
		{ "no old length", self->addr, 0, size, FIXED, self->victim, EINVAL },
	};

	refuse(self, calls, COUNT(calls));
}

MM_SCENARIO(wrong_address)
{
	size_t size = self->size, len = PAGES * size, page = page_size();
	const struct call calls[] = {
		{ "unaligned target in base pages", self->addr, size, size, FIXED,
		  self->small + size / 2, EINVAL },
		{ "target one base page off", self->addr, len, len, FIXED, self->small + page,
		  EINVAL },
		{ "unaligned target in HugeTLB", self->addr, size, size, FIXED,
		  self->victim + page, EINVAL },
		{ "target off by less than a base page", self->addr, size, size, FIXED,
		  self->small + 1, EINVAL },
		{ "unaligned source", self->addr + page, size, size, FIXED, self->small,
		  EINVAL },
		{ "source off by half a huge page", self->addr + size / 2, size, size, FIXED,
		  self->victim, EINVAL },
		{ "target overlaps the end", self->addr, len, len, FIXED, self->addr + size,
		  EINVAL },
		{ "target is the source", self->addr, len, len, FIXED, self->addr, EINVAL },
		{ "nothing mapped at the source", self->hole, size, size, FIXED, self->small,
		  EFAULT },
	};

	refuse(self, calls, COUNT(calls));
}

MM_SCENARIO(wrong_flags)
{
	size_t size = self->size, len = PAGES * size;
	const struct call calls[] = {
		{ "MREMAP_FIXED alone", self->addr, len, len, MREMAP_FIXED, self->victim,
		  EINVAL },
		{ "unknown flag", self->addr, len, len, FIXED | 8, self->victim, EINVAL },
		{ "MREMAP_DONTUNMAP alone", self->addr, len, len, MREMAP_DONTUNMAP, NULL,
		  EINVAL },
		{ "MREMAP_DONTUNMAP of all", self->addr, len, len,
		  MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL, EINVAL },
		{ "MREMAP_DONTUNMAP of a page", self->addr, size, size,
		  MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL, EINVAL },
		{ "MREMAP_DONTUNMAP to nowhere mapped", self->addr, len, len,
		  FIXED | MREMAP_DONTUNMAP, self->hole, EINVAL },
	};

	refuse(self, calls, COUNT(calls));
}

/* Refused only when the target has been unmapped already. */
MM_SCENARIO(dontunmap_spares_target)
{
	size_t len = PAGES * self->size;
	const struct call calls[] = {
		{ "MREMAP_DONTUNMAP onto HugeTLB", self->addr, len, len,
		  FIXED | MREMAP_DONTUNMAP, self->victim, EINVAL },
		{ "MREMAP_DONTUNMAP onto base pages", self->addr, len, len,
		  FIXED | MREMAP_DONTUNMAP, self->small, EINVAL },
	};

	refuse(self, calls, COUNT(calls));
}

/* Does a move of two mappings of base pages side by side succeed? */
static bool moves_several_mappings(void)
{
	size_t page = page_size();
	char *p = aligned_hole(4 * page, page);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (mmap(p, page, PROT_READ, flags, -1, 0) != p ||
	    mmap(p + page, page, PROT_READ | PROT_WRITE, flags, -1, 0) != p + page)
		mm_broken("mmap of base pages: %m");
	return mremap(p, 2 * page, 2 * page, FIXED, p + 2 * page) != MAP_FAILED;
}

/* A range of two mappings and what is between them: younger kernels move it piece by piece. */
MM_SCENARIO(range_across_mappings)
{
	size_t size = self->size;
	const struct call calls[] = {
		{ "range across mappings", self->victim + size, 2 * size, 2 * size, FIXED,
		  self->hole, EFAULT },
		{ "range across mappings, onto a mapping", self->victim + size, 2 * size,
		  2 * size, FIXED, self->addr, EFAULT },
	};

	if (moves_several_mappings())
		mm_skip("needs a kernel that refuses a range across mappings, this one moves "
			"them");
	refuse(self, calls, COUNT(calls));
}

/* Every kernel that moves such a mapping rounds a length up to whole huge pages. */
MM_SCENARIO(odd_length_moves_whole_pages)
{
	size_t size = self->size, page = page_size();
	char *got =
		mremap(self->addr, PAGES * size - page, PAGES * size - page, FIXED, self->hole);

	if (got == MAP_FAILED) {
		mm_fail("mremap of an odd length: %m");
		nothing_changed(self, "odd length");
		return;
	}
	hugepage_pool_expect("after a move of an odd length", self->size, self->base,
			     (struct hugepage_pool){ .free = -2, .reserved = 2 });
	hugemap_check("moved by an odd length", self->hole, size, 0);
	mm_expect(!access_write(self->hole + size, 1),
		  "second page: reserved, but writing to it raised a signal");
	munmap(self->hole, PAGES * size);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ .free = -1, .reserved = 1 });
}

/* The target is a mapping that goes: its pages and reservations come back, and no more. */
MM_SCENARIO(replaced_target_returns_all)
{
	size_t size = self->size, len = PAGES * size;

	if (!hugemap_move(self->addr, len, self->victim))
		return;
	hugepage_pool_expect("after a move onto a HugeTLB mapping", size, self->base,
			     (struct hugepage_pool){ .free = -1, .reserved = 1 });
	hugemap_check("moved onto a HugeTLB mapping", self->victim, size, 0);
	if (!hugemap_move(self->victim, len, self->small))
		return;
	hugemap_check("moved onto base pages", self->small, size, 0);
	mm_expect(!access_write(self->small + size, 1),
		  "second page: reserved, but writing to it raised a signal");
	hugepage_pool_expect("after both pages were touched", size, self->base,
			     (struct hugepage_pool){ .free = -PAGES });
	munmap(self->small, len);
	hugepage_pool_expect("after munmap", size, self->base, (struct hugepage_pool){ 0 });
}

MM_MAIN
