// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: one of several processes that share a page table of HugeTLB pages
 * moves its mapping, all of it or a part, and pages disappear there or in the others; or
 * a process ends and takes the others' table along.
 *
 * Mechanism: a shared table cannot be moved entry by entry, for it belongs to others too.
 * The mover leaves it, and faults its pages in again at the new place. Parts are cut off
 * first, which ends the sharing as well.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whoever moves to a place where it cannot share, everybody sees all pages and
 * each other's writes, in each order of ends, and the old address is dead.
 * Does not prove: moves to where a table can be shared again (shared_move).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "sharedtable.h"

MM_PROGRAM(hugetlb_mremap, shared_move_family,
	   "a move out of a shared page table is one's own");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

#define EVERYBODY 7U

FIXTURE(test)
{
	struct sharedtable t;
	char *to; /* off by a page: no whole table lies in it */
};
FIXTURE_VARIANT(test)
{
	int mover;    /* 0 is this process */
	int order[3]; /* of the ends */
};
MM_KIND(parent_ends_first)
{ .mover = 0, .order = { 0, 1, 2 } };
MM_KIND(parent_ends_last)
{ .mover = 0, .order = { 2, 1, 0 } };
MM_KIND(child_ends_first)
{ .mover = 1, .order = { 1, 2, 0 } };
MM_KIND(child_ends_last)
{ .mover = 2, .order = { 0, 1, 2 } };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	sharedtable_make(&self->t);
	self->to = self->t.window + self->t.size;
}
FIXTURE_TEARDOWN(test)
{
}

struct move {
	char *from, *to, *hot;
	size_t len;
};

/* Until now the mover's TLB has the entry; afterwards it must not. */
static long do_move(void *arg)
{
	struct move *m = arg;
	unsigned char byte;

	access_read(m->hot, &byte);
	access_write(m->hot, byte);
	if (!hugemap_move(m->from, m->len, m->to))
		return 0;
	mm_expect(access_write(m->hot, byte) == SIGSEGV,
		  "moved page: writing to its old address did not raise SIGSEGV");
	return 1;
}

static bool move(struct sharedtable *t, int who, char *from, size_t len, char *to)
{
	struct move m = { from, to, t->pages[1], len };

	if (!who)
		return do_move(&m);
	return child_call_copy(sharedtable_member(t, who), do_move, &m, sizeof(m)) == 1;
}

static void end_one(struct sharedtable *t, int who, char *at)
{
	if (who)
		child_end(sharedtable_member(t, who));
	else
		munmap(at, t->table);
}

/* @at: where the mover has the mapping */
static void end_in_order(struct sharedtable *t, const FIXTURE_VARIANT(test) * variant, char *at)
{
	unsigned int left = EVERYBODY & ~(1U << variant->mover), alive = EVERYBODY;

	for (int i = 0; i < 3; i++) {
		int who = variant->order[i];

		end_one(t, who, who == variant->mover ? at : t->addr);
		left &= ~(1U << who);
		alive &= ~(1U << who);
		for (int other = 0; other < 3; other++)
			if (alive >> other & 1)
				sharedtable_sees(t, "after an end", other,
						 other == variant->mover ? at : t->addr, left);
		sharedtable_expect(t, "after an end", SHAREDTABLE_PAGES);
	}
	close(t->fd);
	sharedtable_expect(t, "after the end of the file", 0);
}

MM_SCENARIO(all_moves)
{
	struct sharedtable *t = &self->t;
	unsigned int others = EVERYBODY & ~(1U << variant->mover);

	if (!move(t, variant->mover, t->addr, t->table, self->to))
		return;
	for (int i = 0; i < SHAREDTABLE_PAGES; i++)
		mm_expect(sharedtable_read(t, variant->mover, t->pages[i]) == -SIGSEGV,
			  "page %d: still at its old address after the move", i);
	sharedtable_sees(t, "after a move", variant->mover, self->to, others);
	sharedtable_expect(t, "after a move", SHAREDTABLE_PAGES);
	end_in_order(t, variant, self->to);
}

/* Back and forth: the old place may share the others' table again, or not. */
MM_SCENARIO(part_moves_away)
{
	struct sharedtable *t = &self->t;
	unsigned int others = EVERYBODY & ~(1U << variant->mover);
	int who = variant->mover;
	size_t half = t->table / 2;
	char *page = self->to + (t->pages[1] - t->addr) - half;

	if (!move(t, who, t->addr + half, half, self->to))
		return;
	mm_expect(sharedtable_read(t, who, t->pages[1]) == -SIGSEGV,
		  "moved page: still at its old address");
	mm_expect(sharedtable_read(t, who, t->pages[0]) == 1,
		  "page that stayed: other data after the other half was moved");
	mm_expect(sharedtable_read(t, who, page) == 2, "moved page: other data");
	mm_expect(!sharedtable_write(t, who, page, 77), "moved page: writing raised a signal");
	for (int other = 0; other < 3; other++)
		if (others >> other & 1)
			mm_expect(sharedtable_read(t, other, t->pages[1]) == 77 &&
					  sharedtable_read(t, other, t->pages[0]) == 1,
				  "process %d: does not see what the mover wrote", other);
	sharedtable_expect(t, "after half was moved", SHAREDTABLE_PAGES);
	for (int i = 0; i < SHAREDTABLE_CHILDREN; i++)
		child_end(&t->children[i]);
	munmap(t->addr, t->table);
	munmap(self->to, half);
	close(t->fd);
	sharedtable_expect(t, "after the end of the file", 0);
}

MM_MAIN
