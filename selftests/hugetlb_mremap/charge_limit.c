// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the limit of a hugetlb cgroup no longer holds after a move or a
 * refusal, since the group was charged too much or too little; or a task that changes
 * its group takes charges along.
 *
 * Mechanism: reservations are charged when they are made, pages when they are used,
 * each to the group of the task at that time. Whatever refuses later (the limit, the
 * pool, a mount) has to take the charge back, with its reference to the group.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: limits hold to the page, also for moved mappings; after each refusal the
 * counters of group and pool are as before, and the removed group is freed.
 * Does not prove: charges of whole and partial mappings (moved_charge, shared_charge).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "cgroup.h"
#include "hugemap.h"
#include "thp.h"

MM_PROGRAM(hugetlb_mremap, charge_limit,
	   "limits of the hugetlb cgroup hold, refusals cost nothing");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base;
	struct cgroup cg; /* of this process */
};
FIXTURE_VARIANT(test)
{
	int flags;
};
MM_KIND(private)
{ .flags = MAP_PRIVATE };
MM_KIND(shared)
{ .flags = MAP_SHARED };

FIXTURE_SETUP(test)
{
	int ret;

	self->size = hugepage_default_size();
	self->cg = cgroup_make();
	if (cgroup_pages(&self->cg, self->size, true) < 0)
		mm_skip("needs the rsvd counters of the hugetlb cgroup, which came with Linux "
			"5.7");
	self->base = hugepage_pool_read(self->size, -1);
	ret = cgroup_join(&self->cg);
	if (ret)
		mm_broken("joining the cgroup: %s", strerror(-ret));
}
FIXTURE_TEARDOWN(test)
{
}

/* @extra: pages that are reserved and not in use */
static void expect(const FIXTURE_DATA(test) * self, const char *step, long used, long extra)
{
	cgroup_expect(step, &self->cg, self->size, used, used + extra);
	hugepage_pool_expect(step, self->size, self->base,
			     (struct hugepage_pool){ .free = -used, .reserved = extra });
}

static char *map(const FIXTURE_DATA(test) * self, size_t pages, int flags)
{
	return mmap(NULL, pages * self->size, PROT_READ | PROT_WRITE,
		    flags | MAP_ANONYMOUS | hugepage_map_flags(self->size), -1, 0);
}

static char *must_map(const FIXTURE_DATA(test) * self, size_t pages, int flags)
{
	char *p = map(self, pages, flags);

	if (p == MAP_FAILED)
		mm_fail("mmap of %zu pages within the limit: %m", pages);
	return p == MAP_FAILED ? NULL : p;
}

static void refused(const FIXTURE_DATA(test) * self, const char *what, char *p)
{
	mm_expect(p == MAP_FAILED && errno == ENOMEM,
		  "%s: expected ENOMEM, found another result", what);
	if (p != MAP_FAILED)
		munmap(p, self->size);
}

static void hits(const FIXTURE_DATA(test) * self, const char *what, bool reserved, long want)
{
	long found = cgroup_refusals(&self->cg, self->size, reserved);

	if (found >= 0)
		mm_expect(found == want, "hugetlb cgroup %s: expected %ld refusals, found %ld",
			  what, want, found);
}

static void nothing_is_left(const FIXTURE_DATA(test) * self)
{
	expect(self, "at the end", 0, 0);
	cgroup_leave(&self->cg);
	cgroup_remove(&self->cg);
}

MM_SCENARIO(reservation_limit_holds_after_a_move)
{
	size_t len = 2 * self->size;
	char *p, *to;

	hugemap_needs_mremap();
	cgroup_limit(&self->cg, self->size, true, 2);
	refused(self, "mmap beyond the limit", map(self, 3, variant->flags));
	expect(self, "after a refused mmap", 0, 0);
	hits(self, "after a refused mmap", true, 1);
	p = must_map(self, 2, variant->flags);
	to = aligned_hole(len, self->size);
	if (!p || !hugemap_move(p, len, to))
		return;
	expect(self, "after mremap", 0, 2);
	refused(self, "mmap after the move", map(self, 1, variant->flags));
	expect(self, "after a refused mmap behind the move", 0, 2);
	hits(self, "after two refused mmaps", true, 2);
	mm_expect(!access_write(to, 1), "moved page: reserved, but writing raised a signal");
	refused(self, "mmap after a page was touched", map(self, 1, variant->flags));
	expect(self, "after a page was touched", 1, 1);
	munmap(to, len);
	expect(self, "after munmap", 0, 0);
	p = must_map(self, 2, variant->flags);
	if (p)
		munmap(p, len);
	nothing_is_left(self);
}

MM_SCENARIO(reservation_limit_refuses_faults)
{
	char *p;

	cgroup_limit(&self->cg, self->size, true, 1);
	p = must_map(self, 2, variant->flags | MAP_NORESERVE);
	if (!p)
		return;
	mm_expect(!access_write(p, 1), "page within the limit: writing raised a signal");
	expect(self, "with the limit in use", 1, 0);
	mm_expect(access_write(p + self->size, 1) == SIGBUS,
		  "page beyond the limit: writing to it did not raise SIGBUS");
	expect(self, "after a refused fault", 1, 0);
	hits(self, "after a refused fault", true, 1);
	munmap(p, 2 * self->size);
	nothing_is_left(self);
}

MM_SCENARIO(usage_limit_refuses_faults)
{
	char *p, *free;

	cgroup_limit(&self->cg, self->size, false, 1);
	p = must_map(self, 2, variant->flags);
	free = must_map(self, 1, variant->flags | MAP_NORESERVE);
	if (!p || !free)
		return;
	mm_expect(!access_write(p, 1), "page within the limit: writing raised a signal");
	mm_expect(access_write(p + self->size, 1) == SIGBUS,
		  "reserved page beyond the limit: writing to it did not raise SIGBUS");
	expect(self, "after a refused fault", 1, 1);
	mm_expect(access_write(free, 1) == SIGBUS,
		  "page beyond the limit: writing to it did not raise SIGBUS");
	expect(self, "after another refused fault", 1, 1);
	hits(self, "after two refused faults", false, 2);
	cgroup_limit(&self->cg, self->size, false, 3);
	mm_expect(!access_write(p + self->size, 1) && !access_write(free, 1),
		  "pages within the raised limit: writing raised a signal");
	expect(self, "after the limit was raised", 3, 0);
	munmap(p, 2 * self->size);
	munmap(free, self->size);
	nothing_is_left(self);
}

MM_SCENARIO(usage_limit_refuses_preallocation)
{
	int fd = hugemap_file(HUGEMAP_SHARED_FILE, self->size, 2);

	cgroup_limit(&self->cg, self->size, false, 1);
	mm_expect(fallocate(fd, 0, 0, 2 * self->size) && errno == ENOSPC,
		  "fallocate beyond the limit: expected ENOSPC, found another result");
	expect(self, "after a refused fallocate", 1, 0);
	close(fd);
	nothing_is_left(self);
}

/* The group may, the machine cannot. */
MM_SCENARIO(empty_pool_charges_nothing)
{
	size_t held;
	char *p;

	cgroup_leave(&self->cg);
	hugepage_pool_leave(self->size, 1, &held);
	self->base = hugepage_pool_read(self->size, -1);
	if (cgroup_join(&self->cg))
		mm_broken("joining the cgroup again failed");
	refused(self, "mmap of more than is free", map(self, 2, variant->flags));
	expect(self, "after a refused mmap", 0, 0);
	p = must_map(self, 2, variant->flags | MAP_NORESERVE);
	if (!p)
		return;
	mm_expect(!access_write(p, 1), "free page: writing to it raised a signal");
	mm_expect(access_write(p + self->size, 1) == SIGBUS,
		  "page when none is free: writing to it did not raise SIGBUS");
	expect(self, "after a refused fault", 1, 0);
	hits(self, "after a refusal by the pool", false, 0);
	munmap(p, 2 * self->size);
	nothing_is_left(self);
}

/* Charges stay where they were made; what comes later goes to the new group. */
MM_SCENARIO(task_that_changes_its_group)
{
	struct cgroup other = cgroup_sibling(&self->cg);
	size_t len = 2 * self->size;
	char *p = must_map(self, 2, variant->flags), *to;

	hugemap_needs_mremap();
	if (!p)
		return;
	mm_expect(!access_write(p, 1), "reserved page: writing to it raised a signal");
	expect(self, "after a page was touched", 1, 1);
	if (cgroup_join(&other))
		mm_broken("joining the other cgroup failed");
	to = aligned_hole(len, self->size);
	if (!hugemap_move(p, len, to))
		return;
	expect(self, "after the task left and moved the mapping", 1, 1);
	cgroup_expect("of the task, after mremap", &other, self->size, 0, 0);
	mm_expect(!access_write(to + self->size, 1), "reserved page: writing raised a signal");
	cgroup_expect("that reserved", &self->cg, self->size, 1, 2);
	cgroup_expect("that uses", &other, self->size, 1, 0);
	munmap(to, len);
	cgroup_expect("of the task, after munmap", &other, self->size, 0, 0);
	cgroup_leave(&other);
	expect(self, "after munmap", 0, 0);
	cgroup_rmdir(&other);
	cgroup_remove(&self->cg);
}

MM_MAIN
