// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: every move of a private HugeTLB mapping pins its hugetlb
 * cgroup for ever, so that removed groups pile up; or the charge of a moved
 * mapping is given back twice and the limit of the group no longer holds.
 *
 * Mechanism: a reservation map holds a reference to the group it was charged
 * to, one for each VMA that uses the map. mremap() gives the map to the new VMA
 * and has to drop the reference of the old one, but not the charge.
 *
 * Introduced by: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage
 * backed vma"). Fixed by: afe041c2d0fe ("hugetlb: fix hugetlb cgroup refcounting
 * during mremap").
 *
 * Proves: pages and reservations stay charged to the group over a move, are
 * given back once, and the removed group is freed. Does not prove: limits.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "cgroup.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, moved_charge, "a moved mapping keeps its hugetlb cgroup charge");
MM_NEEDS("root: yes\nhugepages: 3\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	size_t len;
	struct cgroup cg;
	struct child user; /* of the memory, in the group */
	struct hugemap m;  /* in the child only */
	char *to;	   /* in the child only */
	enum hugemap_kind memory;
	bool reserving;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
	bool reserving;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE, .reserving = true };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE, .reserving = true };
MM_KIND(private_noreserve)
{ .memory = HUGEMAP_NORESERVE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED, .reserving = true };

FIXTURE_SETUP(test)
{
	size_t size = hugepage_default_size();

	hugemap_needs_mremap();
	self->cg = cgroup_make();
	if (cgroup_pages(&self->cg, size, true) < 0)
		mm_skip("needs the rsvd counters of the hugetlb cgroup, which came with Linux "
			"5.7");
	self->base = hugepage_pool_read(size, -1);
	self->len = PAGES * size;
	self->memory = variant->memory;
	self->reserving = variant->reserving;
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
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugemap_fill(self->m.addr, self->m.size, 0);
	return 0;
}

static long move_away(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	self->to = aligned_hole(self->len, self->m.size);
	return hugemap_move(self->m.addr, self->len, self->to) &&
	       hugemap_check("moved mapping", self->to, self->m.size, 0);
}

static long touch_all(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (size_t i = 0; i < PAGES; i++) {
		int sig = access_write(self->to + i * self->m.size, 1);

		mm_expect(!sig, "moved page %zu: writing to it raised signal %d", i, sig);
	}
	return 0;
}

static long unmap(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return munmap(self->to, self->len);
}

static void charged(const FIXTURE_DATA(test) * self, const char *step, long used, long reserved)
{
	cgroup_expect(step, &self->cg, hugepage_default_size(), used, reserved);
}

/* A child that mapped memory, touched its first page and moved it; false when it could not. */
static bool start_user(FIXTURE_DATA(test) * self)
{
	long rsvd = self->reserving ? PAGES : 1;

	self->user = child_fork();
	if (child_call(&self->user, map_in_group, self))
		mm_broken("child: joining the cgroup or mapping huge pages did not work");
	charged(self, "after the first page was touched", 1, rsvd);
	if (child_call(&self->user, move_away, self) != 1)
		return false;
	charged(self, "after mremap", 1, rsvd);
	return true;
}

static void nothing_is_left(FIXTURE_DATA(test) * self)
{
	charged(self, "after the end of the process", 0, 0);
	cgroup_remove(&self->cg);
	hugepage_pool_expect("after the end of the process", hugepage_default_size(),
			     self->base, (struct hugepage_pool){ 0 });
}

MM_SCENARIO(charge_follows_and_is_given_back)
{
	if (start_user(self)) {
		child_call(&self->user, touch_all, self);
		charged(self, "after all pages were touched", PAGES, PAGES);
		child_call(&self->user, unmap, self);
		charged(self, "after munmap", 0, 0);
	}
	child_end(&self->user);
	nothing_is_left(self);
}

MM_SCENARIO(killed_user_leaves_no_group)
{
	start_user(self);
	child_kill(&self->user);
	nothing_is_left(self);
}

MM_MAIN
