// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: HugePages_Rsvd wraps below zero, or stays too high, after
 * a HugeTLB file was punched, truncated or closed, or after UFFDIO_COPY failed
 * on a page of it.
 *
 * Mechanism: a file records which of its pages are reserved, and the pool counts
 * those that are not yet in use. An allocation takes the record over; when it
 * fails later, the record must be put back as it was, or the end of the file
 * returns a reservation that it does not have.
 *
 * Introduced by: unknown. Fixed by: 846be08578ed ("mm/hugetlb: expand
 * restore_reserve_on_error functionality").
 *
 * Proves: exact counters after holes, truncation, preallocation, each way in which
 * UFFDIO_COPY fails, and the end of the file. Does not prove: cgroup (file_charge).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "uffd.h"

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, reservation_file, "a file returns each reservation once");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	struct hugemap m;
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
	self->base = hugepage_pool_read(hugepage_default_size(), -1);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
}
FIXTURE_TEARDOWN(test)
{
}

static bool expect(const FIXTURE_DATA(test) * self, const char *step, long used, long reserved)
{
	return hugepage_pool_expect(step, self->m.size, self->base,
				    (struct hugepage_pool){ .free = -used,
							    .reserved = reserved });
}

static void touch(const FIXTURE_DATA(test) * self, size_t i)
{
	int sig = access_write(self->m.addr + i * self->m.size, 1);

	if (mm_expect(!sig, "page %zu: writing to it raised signal %d", i, sig))
		hugemap_fill(self->m.addr, self->m.size, i);
}

static void punch(const FIXTURE_DATA(test) * self, size_t first, size_t n)
{
	if (fallocate(self->m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      first * self->m.size, n * self->m.size))
		mm_fail("fallocate, a hole of %zu pages from page %zu: %m", n, first);
}

static void truncate_to(const FIXTURE_DATA(test) * self, size_t pages)
{
	if (ftruncate(self->m.fd, pages * self->m.size))
		mm_fail("ftruncate to %zu pages: %m", pages);
}

static void end(FIXTURE_DATA(test) * self, long used, long reserved)
{
	munmap(self->m.addr, PAGES * self->m.size);
	expect(self, "after munmap", used, reserved);
	close(self->m.fd);
	expect(self, "after the end of the file", 0, 0);
}

MM_SCENARIO(punched_hole)
{
	for (size_t i = 0; i < PAGES; i++) {
		touch(self, i);
		expect(self, "after a page was touched", 1, PAGES - 1 - i);
		punch(self, i, 1);
		/* The page comes back; what it had reserved is used up. */
		expect(self, "after it was punched", 0, PAGES - 1 - i);
	}
	touch(self, 1);
	hugemap_check("punched and touched again", self->m.addr, self->m.size, 1);
	expect(self, "after a punched page was touched", 1, 0);
	punch(self, 0, PAGES);
	expect(self, "after all was punched", 0, 0);
	end(self, 0, 0);
}

MM_SCENARIO(truncated)
{
	touch(self, 0);
	touch(self, 2);
	if (!expect(self, "after two pages were touched", 2, 1))
		return;
	truncate_to(self, 1);
	expect(self, "after truncation to a page", 1, 0);
	hugemap_check("kept page", self->m.addr, self->m.size, 0);
	mm_expect(access_write(self->m.addr + self->m.size, 1) == SIGBUS,
		  "page 1: beyond the end of the file, but writing to it did not raise SIGBUS");
	expect(self, "after an access beyond the end", 1, 0);
	truncate_to(self, PAGES);
	expect(self, "after the file grew again", 1, 0);
	touch(self, 1);
	expect(self, "after a page was touched", 2, 0);
	end(self, 2, 0);
}

MM_SCENARIO(preallocated)
{
	if (fallocate(self->m.fd, 0, 0, 2 * self->m.size))
		mm_fail("fallocate of two pages: %m");
	expect(self, "after fallocate of two pages", 2, 1);
	touch(self, 0);
	touch(self, 2);
	expect(self, "after pages were touched", PAGES, 0);
	end(self, PAGES, 0);
}

MM_SCENARIO(mapped_twice)
{
	char *again = hugemap_again(&self->m, PAGES);

	expect(self, "after a second mmap", 0, PAGES);
	touch(self, 0);
	hugemap_check("second mapping", again, self->m.size, 0);
	expect(self, "after a page was touched", 1, PAGES - 1);
	munmap(again, PAGES * self->m.size);
	expect(self, "after munmap of the second", 1, PAGES - 1);
	end(self, 1, PAGES - 1);
}

static int copy_from(struct uffd *u, const void *src, void *dst)
{
	struct uffdio_copy copy = { .dst = (uintptr_t)dst,
				    .src = (uintptr_t)src,
				    .len = u->page };

	return ioctl(u->fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

static struct uffd *watch(FIXTURE_DATA(test) * self)
{
	struct uffd *u = uffd_open(UFFD_FEATURE_MISSING_HUGETLBFS, self->m.size);

	uffd_register(u, self->m.addr, PAGES * self->m.size, UFFDIO_REGISTER_MODE_MISSING);
	return u;
}

static void refused(const FIXTURE_DATA(test) * self, const char *what, int err, int want,
		    long used, long reserved)
{
	mm_expect(err == -want, "%s: expected %s, found %s", what, strerror(want),
		  err ? strerror(-err) : "success");
	expect(self, what, used, reserved);
}

MM_SCENARIO(uffd_copy_beyond_the_end)
{
	struct uffd *u = watch(self);
	int err;

	truncate_to(self, 1);
	if (!expect(self, "after truncation to a page", 0, 1))
		return;
	for (size_t i = 1; i < PAGES; i++) {
		err = uffd_copy(u, self->m.addr + i * self->m.size, 1);
		refused(self, "UFFDIO_COPY beyond the end", err, EFAULT, 0, 1);
	}
	touch(self, 0);
	expect(self, "after page 0 was touched", 1, 0);
	uffd_close(u);
	end(self, 1, 0);
}

MM_SCENARIO(uffd_copy_twice)
{
	struct uffd *u = watch(self);
	int err = uffd_copy(u, self->m.addr + self->m.size, 1);

	mm_expect(!err, "UFFDIO_COPY to page 1: %s", strerror(-err));
	expect(self, "after UFFDIO_COPY", 1, PAGES - 1);
	err = uffd_copy(u, self->m.addr + self->m.size, 2);
	refused(self, "UFFDIO_COPY to a page that is there", err, EEXIST, 1, PAGES - 1);
	touch(self, 0);
	touch(self, 2);
	expect(self, "after the others were touched", PAGES, 0);
	uffd_close(u);
	end(self, PAGES, 0);
}

/* The source cannot be read: found out when a page has been allocated. */
MM_SCENARIO(uffd_copy_from_nowhere)
{
	struct uffd *u = watch(self);
	void *src = mmap(NULL, self->m.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = copy_from(u, src, self->m.addr);

	refused(self, "UFFDIO_COPY from nowhere", err, EFAULT, 0, PAGES);
	for (size_t i = 0; i < PAGES; i++)
		touch(self, i);
	expect(self, "after all pages were touched", PAGES, 0);
	uffd_close(u);
	end(self, PAGES, 0);
}

MM_MAIN
