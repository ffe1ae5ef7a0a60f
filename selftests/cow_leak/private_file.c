// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: what a process writes to its private mapping of a file
 * turns up in the file or in another process, or is lost when the file changes.
 *
 * Mechanism: a private mapping shows the page cache until the first write, which
 * makes an anonymous copy: at once where nothing was mapped, or of the mapped
 * page. A write fault that takes the page for its own, or for one of a shared
 * mapping, writes to the file. Holes punched into the file take its pages from
 * all mappings, but not the copies.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: for a file in memory, on a disk, and of HugeTLB pages, the file and all
 * other mappings keep their bytes whatever a process and its children write, and
 * each sees its own writes, after changes of permission and of the file too. Does
 * not prove: forced writes (force_write).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "file.h"
#include "hugepage.h"
#include "pagemap.h"
#include "view.h"

#define PAGES 16
#define OLD   1 /* seeds: of the file, */
#define NEW   2 /* written by the first, */
#define LAST  3 /* by the last */

MM_PROGRAM(cow_leak, private_file, "writes to a private mapping of a file stay private");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;  /* the private mapping, untouched */
	unsigned char *file;   /* the same pages, shared */
	struct memory witness; /* another private mapping, untouched */
	int fd;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_FILE;
MEMORY_KINDS_DISK;
MM_KIND(hugetlb_file)
{ .memory = MEMORY_HUGETLB_FILE };

static unsigned char *map_file(FIXTURE_DATA(test) * self, int prot, int flags)
{
	void *p = mmap(NULL, self->memory.len, prot, flags, self->fd, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes of a file: %m", self->memory.len);
	return p;
}

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;
	bool huge = variant->memory == MEMORY_HUGETLB_FILE;

	*m = (struct memory){ .kind = variant->memory, .page = page_size() };
	m->len = PAGES * m->page;
	if (huge) {
		m->page = hugepage_default_size();
		m->len = 2 * m->page;
		hugepage_pool_add(GUARD_CASE, m->page, -1, 8);
	}
	self->fd = m->kind == MEMORY_FILE
			   ? file_on_disk()
			   : memfd_create("mmguard", huge ? hugepage_memfd_flags(m->page) : 0);
	if (self->fd < 0 || ftruncate(self->fd, m->len))
		mm_broken("file of %zu bytes: %m", m->len);
	self->file = map_file(self, PROT_READ | PROT_WRITE, MAP_SHARED);
	pattern_fill(self->file, m->len, OLD);
	m->addr = map_file(self, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	self->witness = *m;
	self->witness.addr = map_file(self, PROT_READ, MAP_PRIVATE);
}
FIXTURE_TEARDOWN(test)
{
}

static void others_are_old(FIXTURE_DATA(test) * self, const char *step)
{
	char what[96];

	snprintf(what, sizeof(what), "the file %s", step);
	pattern_check(what, self->file, self->memory.len, OLD);
	snprintf(what, sizeof(what), "another private mapping %s", step);
	view_check(what, &self->witness, OLD);
}

/* Nothing is mapped: the first write makes the copy out of the page cache. */
MM_SCENARIO(write_first)
{
	struct memory *m = &self->memory;

	view_touch("mapping after one byte of each page was written", m, OLD);
	others_are_old(self, "after the first write");
	view_write("mapping after it was written", m, NEW);
	others_are_old(self, "after the second write");
}

MM_SCENARIO(read_then_write)
{
	struct memory *m = &self->memory;

	view_check("mapping before it was written", m, OLD);
	view_touch("mapping after one byte of each page was written", m, OLD);
	view_write("mapping after it was written", m, NEW);
	others_are_old(self, "after the write");
}

/* The kernel may not grant writing to pages of the file only because the VMA allows it. */
MM_SCENARIO(write_after_mprotect)
{
	struct memory *m = &self->memory;

	view_check("mapping before it was written", m, OLD);
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("mapping after mprotect and write", m, NEW);
	others_are_old(self, "after mprotect and write");
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("mapping after mprotect and another write", m, LAST);
	others_are_old(self, "after mprotect and another write");
}

/* Some pages are copies, some pages of the file when the child is forked. */
static void write_half(FIXTURE_DATA(test) * self, unsigned char seed)
{
	size_t half = self->memory.len / 2;

	pattern_fill(self->memory.addr, half, seed);
	others_are_old(self, "after half of the mapping was written");
}

MM_SCENARIO(parent_writes_after_fork)
{
	struct memory *m = &self->memory;

	view_check("mapping before the fork", m, OLD);
	write_half(self, OLD);
	self->child = child_fork();
	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
	others_are_old(self, "in the end");
}

MM_SCENARIO(child_writes_after_fork)
{
	struct memory *m = &self->memory;

	view_check("mapping before the fork", m, OLD);
	write_half(self, OLD);
	self->child = child_fork();
	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	others_are_old(self, "after the child wrote");
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	others_are_old(self, "in the end");
}

/* Copies are no longer part of the file: who changes it does not change them. */
MM_SCENARIO(copies_stay_when_the_file_changes)
{
	struct memory *m = &self->memory;

	view_write("mapping after it was written", m, NEW);
	self->child = child_fork();
	pattern_fill(self->file, m->len, LAST);
	view_check("mapping after the file was written", m, NEW);
	view_check_in(&self->child, "child after the file was written", m, NEW);
	if (m->kind == MEMORY_HUGETLB_FILE)
		return; /* a hole takes copies of HugeTLB pages as well */
	if (fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, m->len))
		mm_skip("needs holes in files, found %m");
	view_check("mapping after a hole was punched into the file", m, NEW);
	view_check_in(&self->child, "child after a hole was punched into the file", m, NEW);
}

/* And when a copy is thrown away the file is there again. */
MM_SCENARIO(file_is_back_after_discard)
{
	struct memory *m = &self->memory;

	view_write("mapping after it was written", m, NEW);
	self->child = child_fork();
	if (madvise(m->addr, m->len, MADV_DONTNEED))
		mm_skip("needs MADV_DONTNEED of such a mapping, found %m");
	view_check("mapping after MADV_DONTNEED", m, OLD);
	view_check_in(&self->child, "child after the parent's MADV_DONTNEED", m, NEW);
	view_write("mapping after it was written again", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	others_are_old(self, "in the end");
}

MM_MAIN
