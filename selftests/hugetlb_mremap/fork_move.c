// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a parent that was promised huge pages dies of SIGBUS
 * because its child, which owns no reservation, moved the mapping; or the child
 * reads something else than what the parent had written before the fork.
 *
 * Mechanism: fork() gives the child a private HugeTLB mapping without the
 * reservation map. A move has to cope with a VMA without a map, and with pages
 * that two processes map, in either process and whoever ends first.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whoever moves, data stay as of the fork, the reservations remain the
 * parent's, and every page comes back. Does not prove: what pins do (gup_pin).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES	4
#define TOUCHED 2 /* before the fork */

MM_PROGRAM(hugetlb_mremap, fork_move,
	   "a move after fork touches neither data nor reservations");
MM_NEEDS("root: yes\nhugepages: 7\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	size_t len;
	struct hugemap m;
	char *at;	    /* where this process has the mapping now */
	char *to;	    /* where it moves to */
	struct child child; /* with a copy of all this */
};
FIXTURE_VARIANT(test)
{
	bool parent, child; /* who moves */
	bool child_first;   /* it ends before the parent unmaps */
};
MM_KIND(child_moves_ends_first)
{ .child = true, .child_first = true };
MM_KIND(child_moves_ends_last)
{ .child = true };
MM_KIND(parent_moves_ends_last)
{ .parent = true, .child_first = true };
MM_KIND(parent_moves_ends_first)
{ .parent = true };
MM_KIND(both_move_child_ends_first)
{ .parent = true, .child = true, .child_first = true };
MM_KIND(both_move_child_ends_last)
{ .parent = true, .child = true };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->base = hugepage_pool_read(hugepage_default_size(), -1);
	self->len = PAGES * hugepage_default_size();
}
FIXTURE_TEARDOWN(test)
{
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long used, long reserved)
{
	hugepage_pool_expect(step, self->m.size, self->base,
			     (struct hugepage_pool){ .free = -used, .reserved = reserved });
}

static long check(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (size_t i = 0; i < TOUCHED; i++)
		hugemap_check("as of the fork", self->at, self->m.size, i);
	return 0;
}

static long move(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	if (!hugemap_move(self->at, self->len, self->to))
		return 1;
	self->at = self->to;
	return check(self);
}

static long write_touched(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (size_t i = 0; i < TOUCHED; i++) {
		int sig = access_write(self->at + i * self->m.size, 1);

		if (mm_expect(!sig, "child's page %zu: writing to it raised signal %d", i, sig))
			pattern_fill(self->at + i * self->m.size, self->m.size, 77);
	}
	return 0;
}

static long unmap(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return munmap(self->at, self->len);
}

static void touch_rest(FIXTURE_DATA(test) * self)
{
	for (size_t i = TOUCHED; i < PAGES; i++) {
		int sig = access_write(self->at + i * self->m.size, 1);

		mm_expect(!sig, "parent's page %zu: reserved, but writing raised signal %d", i,
			  sig);
	}
}

/* Maps, touches some pages, forks; then whoever is to move does. */
static bool fork_and_move(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant,
			  enum hugemap_kind kind)
{
	self->m = hugemap_make(kind, PAGES, NULL);
	self->at = self->m.addr;
	self->to = aligned_hole(self->len, self->m.size);
	hugemap_fill_pages(self->at, self->m.size, 0, TOUCHED);
	self->child = child_fork();
	expect(self, "after fork", TOUCHED, PAGES - TOUCHED);
	if (variant->child && child_call(&self->child, move, self))
		return false;
	expect(self, "after the child's turn to move", TOUCHED, PAGES - TOUCHED);
	if (variant->parent && move(self))
		return false;
	expect(self, "after the parent's turn to move", TOUCHED, PAGES - TOUCHED);
	check(self);
	child_call(&self->child, check, self);
	return true;
}

/* The child's writes copy pages; what the parent touches is its own. */
MM_SCENARIO(private_mapping)
{
	if (!fork_and_move(self, variant, HUGEMAP_PRIVATE))
		return;
	child_call(&self->child, write_touched, self);
	check(self);
	expect(self, "after the child wrote", 2 * TOUCHED, PAGES - TOUCHED);
	touch_rest(self);
	expect(self, "after the parent touched the rest", PAGES + TOUCHED, 0);
	if (variant->child_first) {
		child_end(&self->child);
		expect(self, "after the child's end", PAGES, 0);
		check(self);
		unmap(self);
	} else {
		unmap(self);
		expect(self, "after the parent's munmap", TOUCHED, 0);
		child_call(&self->child, unmap, self);
		expect(self, "after the child's munmap", 0, 0);
		child_end(&self->child);
	}
	expect(self, "at the end", 0, 0);
}

/* One copy of the data for both; the reservations are the file's. */
MM_SCENARIO(shared_mapping)
{
	if (!fork_and_move(self, variant, HUGEMAP_SHARED))
		return;
	child_call(&self->child, write_touched, self);
	pattern_check("parent after the child wrote", self->at, self->m.size, 77);
	touch_rest(self);
	expect(self, "after all pages were touched", PAGES, 0);
	if (variant->child_first) {
		child_end(&self->child);
		expect(self, "after the child's end", PAGES, 0);
		unmap(self);
	} else {
		unmap(self);
		expect(self, "after the parent's munmap", PAGES, 0);
		child_end(&self->child);
	}
	expect(self, "at the end", 0, 0);
}

MM_MAIN
