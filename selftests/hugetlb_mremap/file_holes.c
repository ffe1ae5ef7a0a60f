// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a hole in a HugeTLB file unmaps the wrong page of a mapping
 * that does not start at the head of the file, and the right one still shows freed
 * memory; a private copy of a page of the file leaves a reservation behind.
 *
 * Mechanism: a hole or a truncation finds a page in each mapping by the mapping's
 * offset in the file, which changes when a part of the mapping is moved. A private
 * mapping has reservations of its own and uses them for copies.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after a hole or a truncation each mapping has the pages that it must have,
 * and no others, with their data, and pool and blocks of the file are exact.
 * Does not prove: races of holes with moves (move_race).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugefile.h"
#include "pagemap.h"
#include "thp.h"

#define PAGES 6

MM_PROGRAM(hugetlb_mremap, file_holes, "a hole takes its page from each mapping, moved or not");
MM_NEEDS("root: yes\nhugepages: 6\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugefile file;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(memfd)
{ .memory = HUGEMAP_SHARED_FILE };
MM_KIND(mount)
{ .memory = HUGEMAP_SHARED_MOUNT };

FIXTURE_SETUP(test)
{
	self->file = hugefile_make(variant->memory, PAGES);
}
FIXTURE_TEARDOWN(test)
{
}

/* While all pages in use are the file's. */
static void expect(const struct hugefile *f, const char *step, long used, long reserved)
{
	hugefile_expect(f, step, used, used, reserved);
}

MM_SCENARIO(hole_finds_mappings_at_an_offset)
{
	const struct hugefile *f = &self->file;
	char *all = hugefile_map(f, 0, PAGES, MAP_SHARED),
	     *part = hugefile_map(f, 2, 5, MAP_SHARED);

	for (size_t i = 2; i < 5; i++)
		hugefile_touch(f, part, 2, i);
	for (size_t i = 2; i < 5; i++)
		hugefile_check(f, "the whole mapping", all, 0, i);
	expect(f, "after three pages were touched", 3, 3);
	hugefile_punch(f, 3 * f->size, f->size);
	expect(f, "after page 3 was punched", 2, 3);
	hugefile_expect_mapped(f, "in the part", part, 3, 5);
	hugefile_expect_mapped(f, "in the whole", all, PAGES, 0x14);
	hugefile_check(f, "beside the hole", part, 2, 2);
	hugefile_check(f, "beside the hole", part, 2, 4);
	mm_expect(part[f->size] == 0, "page 3: punched, but it does not read zero");
	expect(f, "after the hole was read", 3, 3);
	hugefile_truncate(f, 3);
	expect(f, "after truncation to three pages", 1, 2);
	hugefile_expect_mapped(f, "in the part after truncation", part, 3, 1);
	mm_expect(access_write(part + f->size, 1) == SIGBUS,
		  "page 3: beyond the end of the file, but writing to it is no SIGBUS");
	hugefile_check(f, "before the end", all, 0, 2);
	munmap(part, 3 * f->size);
	munmap(all, PAGES * f->size);
	hugefile_end(f);
}

/* Moved out of the middle: three mappings with offsets of their own. */
MM_SCENARIO(hole_finds_the_moved_part)
{
	const struct hugefile *f = &self->file;
	char *at = hugefile_map(f, 0, PAGES, MAP_SHARED),
	     *to = aligned_hole(2 * f->size, f->size);

	hugemap_needs_mremap();
	for (size_t i = 0; i < PAGES; i++)
		hugefile_touch(f, at, 0, i);
	if (!hugemap_move(at + 2 * f->size, 2 * f->size, to))
		return;
	hugefile_punch(f, 3 * f->size, f->size);
	expect(f, "after page 3 was punched", PAGES - 1, 0);
	hugefile_expect_mapped(f, "in the moved part after page 3 was punched", to, 2, 1);
	hugefile_expect_mapped(f, "in the rest after page 3 was punched", at, PAGES, 0x33);
	hugefile_punch(f, 4 * f->size, f->size);
	hugefile_expect_mapped(f, "in the rest after page 4 was punched", at, PAGES, 0x23);
	hugefile_check(f, "moved part", to, 2, 2);
	hugefile_check(f, "rest", at, 0, 1);
	hugefile_check(f, "rest", at, 0, 5);
	hugefile_truncate(f, 1);
	expect(f, "after truncation to a page", 1, 0);
	hugefile_expect_mapped(f, "in the moved part after truncation", to, 2, 0);
	hugefile_expect_mapped(f, "in the rest after truncation", at, PAGES, 1);
	munmap(at, PAGES * f->size);
	munmap(to, 2 * f->size);
	hugefile_end(f);
}

/* The hole starts and ends within a page: these are zeroed in part and stay. */
MM_SCENARIO(hole_in_parts_of_pages)
{
	const struct hugefile *f = &self->file;
	size_t half = f->size / 2;
	char *at = hugefile_map(f, 0, 3, MAP_SHARED);

	for (size_t i = 0; i < 3; i++)
		hugefile_touch(f, at, 0, i);
	hugefile_punch(f, half, 2 * f->size);
	expect(f, "after a hole from half of page 0 to half of page 2", 2, 0);
	hugefile_expect_mapped(f, "around the hole", at, 3, 5);
	pattern_check("first half of page 0", at, half, 1);
	for (size_t off = half; off < f->size; off += 8)
		if (!mm_expect(!*(long *)(at + off),
			       "page 0: in the hole, but offset %#zx is "
			       "not zero",
			       off))
			break;
	for (size_t off = 0; off < half; off += 8)
		if (!mm_expect(!*(long *)(at + 2 * f->size + off),
			       "page 2: in the hole, but offset %#zx is not zero", off))
			break;
	mm_expect((unsigned char)at[2 * f->size + half] == pattern_byte(half, 3),
		  "page 2: behind the hole, but its data are gone");
	hugefile_punch(f, f->size + page_size(), page_size());
	expect(f, "after a hole within a hole", 2, 0);
	munmap(at, 3 * f->size);
	hugefile_end(f);
}

/* A private copy uses the reservation of the mapping, and leaves the file alone. */
MM_SCENARIO(private_copy_of_a_page_of_the_file)
{
	const struct hugefile *f = &self->file;
	char *file = hugefile_map(f, 0, 2, MAP_SHARED), *at, *to;
	volatile char byte;

	hugemap_needs_mremap();
	hugefile_touch(f, file, 0, 0);
	hugefile_touch(f, file, 0, 1);
	at = hugefile_map(f, 0, 3, MAP_PRIVATE);
	hugefile_expect(f, "with a private mapping", 2, 2, 3);
	byte = at[0];
	(void)byte;
	hugefile_expect(f, "after it was read", 2, 2, 3);
	to = aligned_hole(3 * f->size, f->size);
	if (!hugemap_move(at, 3 * f->size, to))
		return;
	hugefile_expect(f, "after it was moved", 2, 2, 3);
	for (size_t i = 0; i < 2; i++) {
		hugefile_check(f, "private mapping", to, 0, i);
		access_write(to + i * f->size, pattern_byte(0, i + 1));
		hugefile_check(f, "private copy", to, 0, i);
		pattern_fill(to + i * f->size, f->size, 9);
		hugefile_check(f, "page of the file", file, 0, i);
		hugefile_expect(f, "after a page was copied", 3 + i, 2, 2 - i);
	}
	hugefile_touch(f, to, 0, 2);
	hugefile_expect(f, "after a page that the file does not have", 5, 2, 0);
	munmap(to, 3 * f->size);
	hugefile_expect(f, "after munmap of the private mapping", 2, 2, 0);
	hugefile_check(f, "page of the file at the end", file, 0, 0);
	munmap(file, 2 * f->size);
	hugefile_end(f);
}

/* Kernels differ in whether the reservation comes back with the page. */
MM_SCENARIO(hole_under_a_private_mapping)
{
	const struct hugefile *f = &self->file;
	char *at = hugefile_map(f, 0, 3, MAP_PRIVATE);
	struct hugepage_pool now;

	hugefile_touch(f, at, 0, 0);
	hugefile_touch(f, at, 0, 1);
	hugefile_expect(f, "after two pages were touched", 2, 0, 1);
	hugefile_punch(f, 0, f->size);
	now = hugepage_pool_read(f->size, -1);
	mm_expect(now.free == f->base.free - 1 && (now.reserved == f->base.reserved + 1 ||
						   now.reserved == f->base.reserved + 2),
		  "pool after a hole: expected free %ld and one or two reserved more than %ld, "
		  "found %ld and %ld",
		  f->base.free - 1, f->base.reserved, now.free, now.reserved);
	hugefile_expect_mapped(f, "after a hole", at, 3, 2);
	mm_expect(!access_write(at, 0) && !at[8], "punched page: not zero, or a signal");
	hugefile_expect(f, "after it was touched again", 2, 0, 1);
	hugefile_check(f, "beside the hole", at, 0, 1);
	hugefile_truncate(f, 1);
	hugefile_expect_mapped(f, "after truncation", at, 3, 1);
	mm_expect(access_write(at + f->size, 1) == SIGBUS,
		  "page 1: beyond the end of the file, but writing to it is no SIGBUS");
	munmap(at, 3 * f->size);
	hugefile_expect(f, "after munmap", 0, 0, 0);
	hugefile_end(f);
}

MM_MAIN
