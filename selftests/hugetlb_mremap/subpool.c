// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a hugetlbfs mount with a maximum or minimum size gives more
 * pages than it may, refuses what it has, or leaves its minimum reserved for ever.
 *
 * Mechanism: such a mount has a subpool that counts the pages its files use and
 * reserve. What a reservation or a fault takes must be given back on each way: unmap,
 * hole, truncation, a fault or an mmap that fails later, and the end of the mount.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: statfs and the pool are exact after each step, both limits hold to the
 * page, also for mappings that are moved. Does not prove: freeing several pages at
 * once across the minimum, where kernels round in the mount's favour.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "hugefs.h"
#include "hugemap.h"
#include "thp.h"

#define MAX 3
#define MIN 2

MM_PROGRAM(hugetlb_mremap, subpool, "a mount's maximum and minimum hold to the page");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base;
	struct hugefs fs;
};
FIXTURE_VARIANT(test)
{
	long max, min;
};
MM_KIND(maximum)
{ .max = MAX, .min = HUGEFS_NO_LIMIT };
MM_KIND(minimum)
{ .max = HUGEFS_NO_LIMIT, .min = MIN };
MM_KIND(both)
{ .max = MAX, .min = MIN };

FIXTURE_SETUP(test)
{
	self->size = hugepage_default_size();
	self->base = hugepage_pool_read(self->size, -1);
	self->fs = hugefs_mount(variant->max, variant->min);
}
FIXTURE_TEARDOWN(test)
{
}

struct mounted {
	const FIXTURE_DATA(test) * self;
	const FIXTURE_VARIANT(test) * variant;
};

/*
 * @used: pages in use; @reserved: pages that files have reserved and not yet used. What
 * the minimum holds beyond that is reserved as well.
 */
static void expect(const struct mounted *m, const char *step, long used, long reserved)
{
	long kept = m->variant->min - used - reserved;

	hugepage_pool_expect(step, m->self->size, m->self->base,
			     (struct hugepage_pool){ .free = -used,
						     .reserved = reserved +
								 (kept > 0 ? kept : 0) });
	if (m->variant->max != HUGEFS_NO_LIMIT)
		hugefs_expect(step, &m->self->fs, m->variant->max - used - reserved);
}

static void need_maximum(const FIXTURE_VARIANT(test) * variant)
{
	if (variant->max == HUGEFS_NO_LIMIT)
		mm_skip("needs a mount with a maximum, this kind has none");
}

static char *map(const struct mounted *m, int fd, size_t pages, int flags)
{
	return mmap(NULL, pages * m->self->size, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static char *must_map(const struct mounted *m, int fd, size_t pages, int flags)
{
	char *p = map(m, fd, pages, flags);

	if (p == MAP_FAILED)
		mm_fail("mmap of %zu pages that the mount has: %m", pages);
	return p == MAP_FAILED ? NULL : p;
}

static void touch(const struct mounted *m, char *at, size_t i)
{
	int sig = access_write(at + i * m->self->size, 1);

	mm_expect(!sig, "page %zu: the mount has it, but writing to it raised signal %d", i,
		  sig);
}

static void unmount(const struct mounted *m, bool lazily)
{
	int ret = hugefs_umount(&m->self->fs, lazily);

	mm_expect(!ret, "umount: %s", strerror(-ret));
}

static void nothing_is_left(const struct mounted *m)
{
	hugepage_pool_expect("after the end of the mount", m->self->size, m->self->base,
			     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(shared_file)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX);
	char *p;

	expect(&m, "with an empty file", 0, 0);
	p = must_map(&m, fd, MAX, MAP_SHARED);
	if (!p)
		return;
	expect(&m, "with all pages reserved", 0, MAX);
	for (size_t i = 0; i < MAX; i++) {
		touch(&m, p, i);
		expect(&m, "after a page was touched", i + 1, MAX - i - 1);
	}
	munmap(p, MAX * self->size);
	expect(&m, "after munmap", MAX, 0);
	close(fd);
	expect(&m, "after the end of the file", 0, 0);
	unmount(&m, false);
	nothing_is_left(&m);
}

/* What is in use counts for the minimum: only what is missing is kept reserved. */
MM_SCENARIO(punched_pages_fill_up_the_minimum)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX);
	char *p = must_map(&m, fd, MAX, MAP_SHARED);

	if (!p)
		return;
	for (size_t i = 0; i < MAX; i++)
		touch(&m, p, i);
	expect(&m, "with all pages in use", MAX, 0);
	for (size_t i = MAX; i > 0; i--) {
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (i - 1) * self->size, self->size))
			mm_fail("fallocate, a hole of a page: %m");
		expect(&m, "after a page was punched", i - 1, 0);
	}
	munmap(p, MAX * self->size);
	close(fd);
	expect(&m, "after the end of the file", 0, 0);
}

MM_SCENARIO(moved_private_mapping)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX);
	size_t len = MAX * self->size;
	char *p, *to;

	hugemap_needs_mremap();
	p = must_map(&m, fd, MAX, MAP_PRIVATE);
	if (!p)
		return;
	close(fd);
	to = aligned_hole(len, self->size);
	expect(&m, "with a private mapping", 0, MAX);
	touch(&m, p, 1);
	expect(&m, "after a page was touched", 1, MAX - 1);
	if (!hugemap_move(p, len, to))
		return;
	expect(&m, "after mremap", 1, MAX - 1);
	touch(&m, to, 0);
	touch(&m, to, 2);
	expect(&m, "after all pages were touched", MAX, 0);
	munmap(to, len);
	expect(&m, "after munmap", 0, 0);
	unmount(&m, false);
	nothing_is_left(&m);
}

/* Unmapped before its pages were touched: only reservations come back. */
MM_SCENARIO(untouched_private_mapping)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX);
	char *p = must_map(&m, fd, MAX, MAP_PRIVATE);

	if (!p)
		return;
	expect(&m, "with a private mapping", 0, MAX);
	munmap(p, MAX * self->size);
	expect(&m, "after munmap", 0, 0);
	close(fd);
	unmount(&m, false);
	nothing_is_left(&m);
}

MM_SCENARIO(maximum_refuses_reservations)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX), other = hugefs_file(&self->fs, MAX + 1);
	char *p;

	need_maximum(variant);
	mm_expect(map(&m, other, MAX + 1, MAP_SHARED) == MAP_FAILED && errno == ENOMEM,
		  "mmap of more than the maximum: expected ENOMEM, found another result");
	expect(&m, "after a refused mmap", 0, 0);
	p = must_map(&m, fd, MAX, MAP_SHARED);
	if (!p)
		return;
	for (int flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
		mm_expect(map(&m, other, 1, flags) == MAP_FAILED && errno == ENOMEM,
			  "mmap of one page more than the maximum: expected ENOMEM, found "
			  "another result");
		expect(&m, "after a page more was refused", 0, MAX);
	}
	munmap(p, MAX * self->size);
	close(fd);
	expect(&m, "after the end of the file", 0, 0);
	p = must_map(&m, other, MAX, MAP_SHARED);
	if (!p)
		return;
	expect(&m, "with another file", 0, MAX);
	munmap(p, MAX * self->size);
	close(other);
	expect(&m, "after the end of the other file", 0, 0);
}

MM_SCENARIO(maximum_refuses_faults)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX + 1);
	char *p;

	need_maximum(variant);
	p = must_map(&m, fd, MAX + 1, MAP_SHARED | MAP_NORESERVE);
	if (!p)
		return;
	for (size_t i = 0; i < MAX; i++)
		touch(&m, p, i);
	expect(&m, "with the maximum in use", MAX, 0);
	mm_expect(access_write(p + MAX * self->size, 1) == SIGBUS,
		  "page beyond the maximum: writing to it did not raise SIGBUS");
	mm_expect(fallocate(fd, 0, MAX * self->size, self->size) && errno == ENOSPC,
		  "fallocate beyond the maximum: expected ENOSPC, found another result");
	expect(&m, "after both were refused", MAX, 0);
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, self->size))
		mm_fail("fallocate, a hole of a page: %m");
	expect(&m, "after a page was punched", MAX - 1, 0);
	touch(&m, p, MAX);
	expect(&m, "with another page in its place", MAX, 0);
	munmap(p, (MAX + 1) * self->size);
	close(fd);
	expect(&m, "after the end of the file", 0, 0);
}

/* The mount has the pages, but the machine's pool does not. */
MM_SCENARIO(empty_pool_takes_nothing_from_the_mount)
{
	struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX + 1);
	size_t held;
	char *p;

	need_maximum(variant);
	if (variant->min != HUGEFS_NO_LIMIT)
		mm_skip("needs a mount without a minimum, which is reserved already");
	hugepage_pool_leave(self->size, 1, &held);
	self->base = hugepage_pool_read(self->size, -1);
	mm_expect(map(&m, fd, 2, MAP_SHARED) == MAP_FAILED && errno == ENOMEM,
		  "mmap of more than the pool has: expected ENOMEM, found another result");
	expect(&m, "after a refused mmap", 0, 0);
	mm_expect(map(&m, fd, 2, MAP_PRIVATE) == MAP_FAILED && errno == ENOMEM,
		  "private mmap of more than the pool has: expected ENOMEM, found another "
		  "result");
	expect(&m, "after a refused private mmap", 0, 0);
	p = must_map(&m, fd, 2, MAP_SHARED | MAP_NORESERVE);
	if (!p)
		return;
	touch(&m, p, 0);
	expect(&m, "after the last free page was touched", 1, 0);
	mm_expect(access_write(p + self->size, 1) == SIGBUS,
		  "second page: none is free, but writing to it did not raise SIGBUS");
	expect(&m, "after a fault was refused", 1, 0);
	munmap(p, 2 * self->size);
	close(fd);
	expect(&m, "after the end of the file", 0, 0);
}

MM_SCENARIO(mount_ends_with_its_last_user)
{
	const struct mounted m = { self, variant };
	int fd = hugefs_file(&self->fs, MAX);
	char *p = must_map(&m, fd, MAX, MAP_SHARED);

	if (!p)
		return;
	touch(&m, p, 0);
	mm_expect(hugefs_umount(&self->fs, false) == -EBUSY,
		  "umount in use: expected EBUSY, found another result");
	expect(&m, "after a refused umount", 1, MAX - 1);
	unmount(&m, true);
	close(fd);
	hugepage_pool_expect("after umount, with a mapping", self->size, self->base,
			     (struct hugepage_pool){ .free = -1, .reserved = MAX - 1 });
	touch(&m, p, 1);
	munmap(p, MAX * self->size);
	nothing_is_left(&m);
}

MM_MAIN
