// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: several mappings of parts of one HugeTLB file reserve pages
 * twice or not at all; somebody else's reservation is used up, or HugePages_Rsvd
 * wraps below zero at the end of the file.
 *
 * Mechanism: a file has one list of reserved ranges. Overlapping mappings add what
 * is missing, and a page that comes without a reservation enters the list too.
 * Whoever takes a page asks the list whether it was reserved, also a mapping that
 * has reserved nothing itself.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after each mapping, fault, fallocate and truncation the pool and the blocks
 * of the file are exact, and read() sees the mapped data.
 * Does not prove: cgroup (file_charge), holes (file_holes).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "access.h"
#include "hugefile.h"
#include "pagemap.h"

#define PAGES 6

MM_PROGRAM(hugetlb_mremap, file_ranges,
	   "each page of a file is reserved once, whoever maps it");
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

MM_SCENARIO(overlapping_mappings_reserve_once)
{
	const struct hugefile *f = &self->file;
	char *one = hugefile_map(f, 1, 2, MAP_SHARED), *two, *three, *all;

	expect(f, "with page 1 mapped", 0, 1);
	two = hugefile_map(f, 3, 5, MAP_SHARED);
	expect(f, "with the pages 3 and 4 too", 0, 3);
	three = hugefile_map(f, 2, 4, MAP_SHARED);
	expect(f, "with the pages 2 and 3 too", 0, 4);
	all = hugefile_map(f, 0, PAGES, MAP_SHARED);
	expect(f, "with all pages mapped", 0, PAGES);
	hugefile_touch(f, three, 2, 3);
	hugefile_check(f, "another mapping", two, 3, 3);
	hugefile_check(f, "the whole mapping", all, 0, 3);
	expect(f, "after page 3 was touched", 1, PAGES - 1);
	munmap(two, 2 * f->size);
	munmap(all, PAGES * f->size);
	munmap(one, 1 * f->size);
	expect(f, "after munmap of all but one", 1, PAGES - 1);
	hugefile_check(f, "the last mapping", three, 2, 3);
	munmap(three, 2 * f->size);
	expect(f, "after munmap of all", 1, PAGES - 1);
	hugefile_truncate(f, 3);
	expect(f, "after truncation to three pages", 0, 3);
	hugefile_end(f);
}

MM_SCENARIO(unreserving_mapping_uses_what_is_reserved)
{
	const struct hugefile *f = &self->file;
	char *reserved = hugefile_map(f, 0, 3, MAP_SHARED), *rest;
	char *all = hugefile_map(f, 0, PAGES, MAP_SHARED | MAP_NORESERVE);

	expect(f, "with three pages reserved", 0, 3);
	hugefile_touch(f, all, 0, 1);
	expect(f, "after a reserved page was touched", 1, 2);
	hugefile_touch(f, all, 0, 4);
	expect(f, "after one that is not reserved", 2, 2);
	rest = hugefile_map(f, 3, PAGES, MAP_SHARED);
	expect(f, "with the others reserved", 2, 4);
	for (size_t i = 0; i < PAGES; i += 2)
		hugefile_touch(f, all, 0, i);
	hugefile_touch(f, rest, 3, 3);
	hugefile_touch(f, rest, 3, 5);
	expect(f, "after all pages were touched", PAGES, 0);
	hugefile_check(f, "the reserved mapping", reserved, 0, 1);
	munmap(reserved, 3 * f->size);
	munmap(rest, 3 * f->size);
	munmap(all, PAGES * f->size);
	hugefile_end(f);
}

MM_SCENARIO(preallocation_adds_what_is_missing)
{
	const struct hugefile *f = &self->file;
	size_t size = f->size;
	char *at = hugefile_map(f, 0, 3, MAP_SHARED);
	struct stat st;

	if (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 2 * size + 1, size))
		mm_fail("fallocate of the pages 2 and 3: %m");
	expect(f, "after fallocate of the pages 2 and 3", 2, 2);
	hugefile_touch(f, at, 0, 2);
	expect(f, "after one of them was touched", 2, 2);
	hugefile_truncate(f, 3);
	expect(f, "after truncation to three pages", 1, 2);
	if (fallocate(f->fd, 0, 0, 5 * size))
		mm_fail("fallocate of five pages: %m");
	expect(f, "after fallocate of five pages", 5, 0);
	if (!fstat(f->fd, &st))
		mm_expect(st.st_size == (long)(5 * size),
			  "file: expected a size of 5 pages, found %lld bytes",
			  (long long)st.st_size);
	hugefile_check(f, "page that was there", at, 0, 2);
	hugefile_touch(f, at, 0, 0);
	expect(f, "after another was touched", 5, 0);
	munmap(at, 3 * f->size);
	hugefile_end(f);
}

MM_SCENARIO(read_sees_what_is_mapped)
{
	const struct hugefile *f = &self->file;
	size_t size = f->size, len = 4 * page_size();
	char *at = hugefile_map(f, 0, PAGES, MAP_SHARED);
	unsigned char *buf = malloc(len);
	ssize_t got;

	hugefile_touch(f, at, 0, 0);
	hugefile_touch(f, at, 0, 1);
	got = pread(f->fd, buf, len, size - len / 2);
	mm_expect(got == (ssize_t)len && buf[0] == pattern_byte(size - len / 2, 1) &&
			  buf[len / 2 - 1] == pattern_byte(size - 1, 1) &&
			  buf[len / 2] == pattern_byte(0, 2) &&
			  buf[len - 1] == pattern_byte(len / 2 - 1, 2),
		  "read across two pages: %zd bytes, or other data than is mapped", got);
	got = pread(f->fd, buf, len, 2 * size - len / 2);
	mm_expect(got == (ssize_t)len && buf[0] == pattern_byte(size - len / 2, 2) &&
			  !buf[len / 2] && !buf[len - 1],
		  "read into a hole: %zd bytes, or not zeroes", got);
	got = pread(f->fd, buf, len, PAGES * size - len / 2);
	mm_expect(got == (ssize_t)len / 2, "read across the end: expected %zu bytes, found %zd",
		  len / 2, got);
	got = pread(f->fd, buf, len, PAGES * size);
	mm_expect(got == 0, "read at the end: expected nothing, found %zd", got);
	expect(f, "after reading", 2, PAGES - 2);
	free(buf);
	munmap(at, PAGES * f->size);
	hugefile_end(f);
}

/* A writable mapping makes the file as long as it is; one for reading does not. */
MM_SCENARIO(writable_mapping_extends_the_file)
{
	const struct hugefile *f = &self->file;
	unsigned char byte;
	struct stat st;
	char *p;

	hugefile_truncate(f, 0);
	p = mmap(NULL, 2 * f->size, PROT_READ, MAP_SHARED | MAP_NORESERVE, f->fd, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap for reading: %m");
	mm_expect(!fstat(f->fd, &st) && st.st_size == 0,
		  "file with a mapping for reading: expected no bytes, found %lld",
		  (long long)st.st_size);
	mm_expect(access_read(p, &byte) == SIGBUS,
		  "page of an empty file: reading it did not raise SIGBUS");
	munmap(p, 2 * f->size);
	expect(f, "after it was unmapped", 0, 0);
	p = hugefile_map(f, 1, 3, MAP_SHARED);
	mm_expect(!fstat(f->fd, &st) && st.st_size == (long)(3 * f->size),
		  "file with a writable mapping: expected 3 pages, found %lld bytes",
		  (long long)st.st_size);
	hugefile_touch(f, p, 1, 2);
	expect(f, "after its last page was touched", 1, 1);
	munmap(p, 2 * f->size);
	hugefile_end(f);
}

MM_MAIN
