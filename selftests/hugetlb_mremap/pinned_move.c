// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a HugeTLB buffer that a device uses is moved, discarded, punched
 * or unmapped; the device then writes to a page of somebody else, or the page never
 * comes back to the pool.
 *
 * Mechanism: a pin holds the page, not the mapping. The page stays out of the pool until
 * it is unpinned, wherever its mapping went, and comes back then, once.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: frames and data stay coherent over moves there and back; a page that is
 * discarded, punched or unmapped while it is pinned is free exactly when it is unpinned.
 * Does not prove: fork and splits of pinned memory (gup_pin).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "pagemap.h"
#include "pinned.h"
#include "thp.h"

#define PAGES 2

MM_PROGRAM(hugetlb_mremap, pinned_move, "a pinned huge page moves, and is free when unpinned");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size, len;
	struct hugepage_pool base;
	struct hugemap m;
	struct pinned pinned; /* the first page */
	char *to;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	self->base = hugepage_pool_read(self->size, -1);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
}
FIXTURE_TEARDOWN(test)
{
}

/* After a case has found its kind fit: a pin that ends with its process ends a little later. */
static void pin_first_page(FIXTURE_DATA(test) * self)
{
	hugemap_fill(self->m.addr, self->size, 0);
	self->pinned = pinned_take(NULL, self->m.addr, self->size);
	pinned_check(&self->pinned, "after pinning", self->m.addr, 0, self->size, 2);
	/* A pin may have brought threads, whose stacks lie somewhere. */
	self->to = aligned_hole(self->len, self->size);
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long used, long reserved)
{
	hugepage_pool_expect(step, self->size, self->base,
			     (struct hugepage_pool){ .free = -used, .reserved = reserved });
}

static void end(FIXTURE_DATA(test) * self, char *at)
{
	munmap(at, self->len);
	if (self->m.fd >= 0)
		close(self->m.fd);
	expect(self, "at the end", 0, 0);
}

MM_SCENARIO(moves_there_and_back)
{
	char *at = self->m.addr, *other;
	size_t size = self->size;

	pin_first_page(self);
	other = self->to;
	for (int i = 0; i < 4; i++) {
		char *from = at;

		if (!hugemap_move(from, self->len, other))
			return;
		at = other;
		other = from;
		pinned_check(&self->pinned, "after a move", at, 0, size, 3 + i);
		expect(self, "after a move", 1, 1);
	}
	pinned_release(&self->pinned);
	expect(self, "after unpinning", 1, 1);
	pattern_check("page after unpinning", at, size, 6);
	mm_expect(!access_write(at + size, 1), "reserved page: writing to it raised a signal");
	expect(self, "after the other page was touched", 2, 0);
	end(self, at);
}

/* Free only when the last of mapping, file and pin is gone. */
MM_SCENARIO(page_of_a_file_is_punched)
{
	if (!self->m.shared)
		mm_skip("needs pages that belong to a file, those of this kind do not");
	pin_first_page(self);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	if (fallocate(self->m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, self->size))
		mm_fail("fallocate, a hole of a page: %m");
	expect(self, "after the pinned page was punched", 1, 1);
	mm_expect(!access_write(self->to, 0) && !self->to[8], "punched page: not zero");
	expect(self, "after another was put in its place", 2, 1);
	pinned_release(&self->pinned);
	expect(self, "after unpinning", 1, 1);
	end(self, self->to);
}

MM_SCENARIO(page_of_a_file_is_unmapped)
{
	if (!self->m.shared)
		mm_skip("needs pages that belong to a file, those of this kind do not");
	pin_first_page(self);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	munmap(self->to, self->len);
	expect(self, "after munmap", 1, 1);
	close(self->m.fd);
	expect(self, "after the end of the file", 1, 0);
	pinned_release(&self->pinned);
	expect(self, "after unpinning", 0, 0);
}

/* Kernels differ in what happens to the reservation until it is unpinned. */
MM_SCENARIO(private_page_is_discarded)
{
	struct hugepage_pool now;

	if (self->m.shared)
		mm_skip("needs private pages, those of this kind belong to a file");
	pin_first_page(self);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	if (madvise(self->to, self->size, MADV_DONTNEED))
		mm_skip("needs MADV_DONTNEED of HugeTLB pages, found %m");
	now = hugepage_pool_read(self->size, -1);
	mm_expect(now.free == self->base.free - 1,
		  "pinned page that was discarded: expected %ld free, found %ld",
		  self->base.free - 1, now.free);
	pinned_release(&self->pinned);
	now = hugepage_pool_read(self->size, -1);
	mm_expect(now.free == self->base.free,
		  "discarded page after unpinning: expected %ld free, found %ld",
		  self->base.free, now.free);
	mm_expect(!access_write(self->to, 0) && !self->to[8], "discarded page: not zero");
	expect(self, "after it was touched again", 1, 1);
	end(self, self->to);
}

MM_MAIN
