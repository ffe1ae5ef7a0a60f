// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the owner of huge pages dies of SIGBUS on a write after fork and
 * mremap(), although it was promised its pages; or its child reads zeroes where the
 * owner's data was.
 *
 * Mechanism: when no page is free for a copy, the owner of the reservation takes the page
 * from its children. It finds them by the offset in the file that the mapping has, which
 * a move keeps, but takes their address for its own, which a move changes; then it finds
 * nothing to take, and tries again without end. A child that has lost a page is
 * marked, so that it is killed and not shown zeroes; a move must keep the mark, too.
 *
 * Introduced by: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage backed
 * vma"). Fixed by: unknown.
 *
 * Proves: whoever has moved, the owner writes every page, loses no other, and the child
 * sees the data of before or SIGBUS. Does not prove: pools with free pages (fork_move).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, moved_owner, "an owner that moved takes its page back from a child");
MM_NEEDS("root: yes\nhugepages: 3\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	size_t size, len;
	char *at, *to; /* of this process */
	struct child child;
};
FIXTURE_VARIANT(test)
{
	bool parent, child; /* who moves */
	bool part;	    /* the last two pages only */
};
MM_KIND(nobody_moves)
{ .parent = false };
MM_KIND(parent_moves)
{ .parent = true };
MM_KIND(child_moves)
{ .child = true };
MM_KIND(both_move)
{ .parent = true, .child = true };
MM_KIND(parent_moves_a_part)
{ .parent = true, .part = true };
MM_KIND(child_moves_a_part)
{ .child = true, .part = true };

FIXTURE_SETUP(test)
{
	size_t held;

	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	hugepage_pool_leave(self->size, PAGES, &held);
	self->base = hugepage_pool_read(self->size, -1);
	self->at = hugemap_make(HUGEMAP_PRIVATE, PAGES, NULL).addr;
	self->to = aligned_hole(self->len, self->size);
	hugemap_fill_pages(self->at, self->size, 0, PAGES);
	self->child = child_fork();
}
FIXTURE_TEARDOWN(test)
{
}

/* Where a process that has moved finds page @i. */
static char *page_at(const FIXTURE_DATA(test) * self, bool moved, bool part, size_t i)
{
	bool there = moved && (!part || i > 0);

	return (there ? self->to : self->at) + i * self->size;
}

struct order {
	FIXTURE_DATA(test) * self;
	char *page;
	size_t i;
	bool part;
};

static long move(void *arg)
{
	struct order *o = arg;
	size_t off = o->part ? o->self->size : 0;

	return hugemap_move(o->self->at + off, o->self->len - off, o->self->to + off);
}

/* 0 when the page has the data of before the fork, else minus the signal; 1 otherwise. */
static long look(void *arg)
{
	struct order *o = arg;
	unsigned char byte;
	int sig = access_read(o->page, &byte);

	if (sig)
		return -sig;
	return byte != pattern_byte(0, o->i + 1);
}

static long in_child(FIXTURE_DATA(test) * self, child_fn *fn, struct order o)
{
	return child_call_copy(&self->child, fn, &o, sizeof(o));
}

static bool everybody_moves(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant)
{
	struct order o = { .self = self, .part = variant->part };

	if (variant->parent && !move(&o))
		return false;
	return !variant->child || in_child(self, move, o) == 1;
}

static long child_sees(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant,
		       size_t i)
{
	struct order o = { .self = self, .i = i };

	o.page = page_at(self, variant->child, variant->part, i);
	return in_child(self, look, o);
}

static long set_alarm(void *arg)
{
	unsigned int *seconds = arg;

	alarm(*seconds);
	return 0;
}

/* Ends the child in  from now on: what waits for the child's page goes on then. */
static bool child_lives_for(FIXTURE_DATA(test) * self, unsigned int seconds)
{
	return child_call_copy(&self->child, set_alarm, &seconds, sizeof(seconds)) !=
	       CHILD_DIED;
}

/*
 * Writes page @i, which takes it from the child: there is no other. False when the case
 * is over: where the owner does not find the child's page it tries for ever, and nothing
 * but the end of the child helps.
 */
static bool write_page(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant,
		       size_t i)
{
	char *page = page_at(self, variant->parent, variant->part, i);
	unsigned int patience = mm_slow() < 5 ? 1 : 2;
	int sig;

	child_lives_for(self, patience);
	sig = access_write(page, pattern_byte(0, i + 1));
	if (!mm_expect(child_lives_for(self, 0),
		       "owner's page %zu: writing to it did not end before the child did", i) ||
	    !mm_expect(!sig, "owner's page %zu: writing to it raised signal %d", i, sig))
		return false;
	pattern_check("owner's page that it took back", page, self->size, i + 1);
	pattern_fill(page, self->size, 50 + i);
	return hugepage_pool_expect("after a page was taken back", self->size, self->base,
				    (struct hugepage_pool){ .free = -PAGES });
}

static void unmap(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant)
{
	for (size_t i = 0; i < PAGES; i++)
		munmap(page_at(self, variant->parent, variant->part, i), self->size);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

/* One page is taken; the others are still common, and only that one is missed. */
MM_SCENARIO(one_page_is_taken_back)
{
	if (!everybody_moves(self, variant))
		return;
	for (size_t i = 0; i < PAGES; i++)
		mm_expect(!child_sees(self, variant, i), "child's page %zu: other data", i);
	if (!write_page(self, variant, 2))
		return;
	for (size_t i = 0; i < 2; i++) {
		mm_expect(!child_sees(self, variant, i),
			  "child's page %zu: lost, or other data, but another was taken", i);
		pattern_check("owner's page that is still common",
			      page_at(self, variant->parent, variant->part, i), self->size,
			      i + 1);
	}
	mm_expect(child_sees(self, variant, 2) == -SIGBUS,
		  "child's page 2: taken, but reading it did not raise SIGBUS");
	child_end(&self->child);
	unmap(self, variant);
}

MM_SCENARIO(all_pages_are_taken_back)
{
	if (!everybody_moves(self, variant))
		return;
	for (size_t i = PAGES; i-- > 0;) {
		if (!write_page(self, variant, i))
			return;
		mm_expect(child_sees(self, variant, i) == -SIGBUS,
			  "child's page %zu: taken, but reading it did not raise SIGBUS", i);
	}
	child_end(&self->child);
	for (size_t i = 0; i < PAGES; i++)
		pattern_check("owner's page", page_at(self, variant->parent, variant->part, i),
			      self->size, 50 + i);
	unmap(self, variant);
}

/* The child moves what it has lost: it must still not see zeroes, nor get a page. */
MM_SCENARIO(child_moves_what_it_has_lost)
{
	struct order o = { .self = self, .part = variant->part };

	if (variant->child)
		mm_skip("needs a child that has not moved yet, this kind's has");
	if (!everybody_moves(self, variant))
		return;
	if (!write_page(self, variant, 1))
		return;
	if (in_child(self, move, o) != 1)
		return;
	o.i = 1;
	o.page = self->to + self->size;
	mm_expect(in_child(self, look, o) == -SIGBUS,
		  "child's page: taken and moved, but reading it did not raise SIGBUS");
	child_end(&self->child);
	unmap(self, variant);
}

MM_MAIN
