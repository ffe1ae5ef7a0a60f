// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the hugetlb cgroup stays charged with reservations of a
 * file that are gone, because a hole was punched or the file was truncated; the
 * group reaches its limit with nothing in use, and lives on after its removal.
 *
 * Mechanism: the reservations of a file are regions, each charged to a group.
 * Cutting a piece out of a region, at its head, tail or middle, must uncharge
 * exactly the piece.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: both counters of the group are exact after each hole, truncation and
 * the end of the file, and the removed group is freed.
 * Does not prove: moves (moved_charge), limits.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "cgroup.h"
#include "child.h"
#include "hugemap.h"

#define PAGES 5

MM_PROGRAM(hugetlb_mremap, file_charge, "holes and truncation uncharge the hugetlb cgroup");
MM_NEEDS("root: yes\nhugepages: 5\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base;
	struct cgroup cg;
	struct child user;
	struct hugemap m; /* in the child only */
	enum hugemap_kind memory;
	size_t page; /* that the child touches next */
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
	self->size = hugepage_default_size();
	self->cg = cgroup_make();
	if (cgroup_pages(&self->cg, self->size, true) < 0)
		mm_skip("needs the rsvd counters of the hugetlb cgroup, which came with Linux "
			"5.7");
	self->base = hugepage_pool_read(self->size, -1);
	self->memory = variant->memory;
	self->user = child_fork();
}
FIXTURE_TEARDOWN(test)
{
}

static long map_in_group(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	if (cgroup_join(&self->cg))
		return -1;
	self->m = hugemap_make(self->memory, PAGES, NULL);
	return 0;
}

static long touch(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	long page = (long)self->page;

	self->page++;
	return access_write(self->m.addr + page * self->m.size, 1);
}

static long punch(FIXTURE_DATA(test) * self, size_t page)
{
	return fallocate(self->m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 page * self->m.size, self->m.size);
}

static long punch_head(void *arg)
{
	return punch(arg, 0);
}

static long punch_middle(void *arg)
{
	return punch(arg, 2);
}

static long punch_tail(void *arg)
{
	return punch(arg, PAGES - 1);
}

static long truncate_to_two(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return ftruncate(self->m.fd, 2 * self->m.size);
}

/* Lets the child do one thing, and compares the counters of group and pool. */
static void step(FIXTURE_DATA(test) * self, const char *what, child_fn *fn, long used,
		 long reserved)
{
	long ret = child_call(&self->user, fn, self);

	mm_expect(!ret, "%s: the call failed in the child (%ld)", what, ret);
	cgroup_expect(what, &self->cg, self->size, used, reserved);
	hugepage_pool_expect(what, self->size, self->base,
			     (struct hugepage_pool){ .free = -used,
						     .reserved = reserved - used });
}

static void start(FIXTURE_DATA(test) * self)
{
	if (child_call(&self->user, map_in_group, self))
		mm_broken("child: joining the cgroup or mapping huge pages did not work");
	cgroup_expect("after mmap", &self->cg, self->size, 0, PAGES);
}

static void nothing_is_left(FIXTURE_DATA(test) * self)
{
	child_end(&self->user);
	cgroup_expect("after the end of the file", &self->cg, self->size, 0, 0);
	cgroup_remove(&self->cg);
	hugepage_pool_expect("after the end of the file", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(holes_uncharge_what_they_free)
{
	start(self);
	for (size_t i = 0; i < PAGES; i++)
		step(self, "after a page was touched", touch, i + 1, PAGES);
	step(self, "after a hole in the middle", punch_middle, PAGES - 1, PAGES - 1);
	step(self, "after a hole at the head", punch_head, PAGES - 2, PAGES - 2);
	step(self, "after a hole at the tail", punch_tail, PAGES - 3, PAGES - 3);
	nothing_is_left(self);
}

MM_SCENARIO(hole_in_reserved_pages)
{
	start(self);
	for (size_t i = 0; i < 3; i++)
		step(self, "after a page was touched", touch, i + 1, PAGES);
	step(self, "after a hole before reserved pages", punch_middle, 2, PAGES - 1);
	nothing_is_left(self);
}

MM_SCENARIO(truncation_uncharges_the_tail)
{
	start(self);
	for (size_t i = 0; i < 3; i++)
		step(self, "after a page was touched", touch, i + 1, PAGES);
	step(self, "after truncation to two pages", truncate_to_two, 2, 2);
	nothing_is_left(self);
}

MM_MAIN
