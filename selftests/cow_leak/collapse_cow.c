// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: base pages are put together into a huge one, and a process
 * loses its bytes to another, or sees what that one writes.
 *
 * Mechanism: collapse copies base pages into a new THP and maps it in their place
 * in one process, which has it alone from then on. Pages that are common with
 * others stay theirs. Of pages that are missing, zero pages and swapped pages the
 * right content must be made.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: collapse before and after the fork, of memory that is common wholly, in
 * part, page by page, with holes, swapped out or held by a pipe, in either
 * process: each sees its own bytes. Does not prove: collapse of files.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "held.h"
#include "pagemap.h"
#include "swap.h"
#include "thp.h"
#include "view.h"

#define OLD  1 /* seeds: at the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

#define SWAP_BYTES (64UL << 20)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

MM_PROGRAM(cow_leak, collapse_cow,
	   "collapse of memory that is common after fork keeps it private");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

/* What the child has of the parent's base pages. */
enum common { ALL, LOWER, UPPER, MIXED };

FIXTURE(test)
{
	struct memory memory; /* as long as a THP and aligned like one, of base pages */
	struct memory common; /* what the child has of it */
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum common common;
};
MM_KIND(all_common)
{ .common = ALL };
MM_KIND(lower_half_common)
{ .common = LOWER };
MM_KIND(upper_half_common)
{ .common = UPPER };
MM_KIND(every_other_page_common)
{ .common = MIXED };

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;

	*m = (struct memory){ .kind = MEMORY_BASE, .page = page_size(), .len = thp_size() };
	m->addr = thp_room(1);
	pattern_fill(m->addr, m->len, OLD);
	if (thp_pmd_mapped(m->addr))
		mm_broken("memory to collapse: is a THP already");
	madvise(m->addr, m->len, MADV_HUGEPAGE);
	self->common = *m;
}
FIXTURE_TEARDOWN(test)
{
}

/* The half has a pattern of its own, since a view starts at the start of the memory. */
static void fork_with_half(FIXTURE_DATA(test) * self, int half)
{
	struct memory *m = &self->memory, *c = &self->common;
	size_t len = m->len / 2;
	unsigned char *other = m->addr + (1 - half) * len;

	c->len = len;
	c->addr = m->addr + half * len;
	pattern_fill(m->addr, len, OLD);
	pattern_fill(m->addr + len, len, OLD);
	if (madvise(other, len, MADV_DONTFORK))
		mm_broken("MADV_DONTFORK: %m");
	self->child = child_fork();
	if (madvise(other, len, MADV_DOFORK))
		mm_broken("MADV_DOFORK: %m");
}

/* The parent writes the bytes that are there to every other page: copies. */
static void fork_mixed(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	for (size_t off = 0; off < m->len; off += 2 * m->page)
		m->addr[off] = pattern_byte(off, OLD);
}

static void fork_as(FIXTURE_DATA(test) * self, enum common common)
{
	switch (common) {
	case ALL:
		self->child = child_fork();
		break;
	case LOWER:
	case UPPER:
		fork_with_half(self, common == UPPER);
		break;
	case MIXED:
		fork_mixed(self);
		break;
	}
}

/* Of a half the pattern starts at the half: both halves have it. */
static void parent_has(FIXTURE_DATA(test) * self, const char *who, unsigned char seed)
{
	struct memory part = self->memory;

	part.len = self->common.len;
	for (; part.addr < self->memory.addr + self->memory.len; part.addr += part.len)
		view_check(who, &part, seed);
}

static void parent_writes(FIXTURE_DATA(test) * self, const char *who, unsigned char seed)
{
	struct memory part = self->memory;

	part.len = self->common.len;
	for (; part.addr < self->memory.addr + self->memory.len; part.addr += part.len)
		view_write(who, &part, seed);
}

/* SKIPs where it cannot be; whatever the answer, the mapping has to be a THP now. */
static void collapse(struct memory *m)
{
	int ret = thp_collapse(m->addr);

	if (ret)
		mm_skip("needs memory that collapses, found %s", strerror(-ret));
}

static long collapse_asked(void *arg)
{
	return thp_collapse(((struct memory *)arg)->addr);
}

/* A child that has a half of the range cannot, and must not lose anything by trying. */
static long try_to_collapse(void *arg)
{
	const struct memory *m = arg;

	madvise(m->addr, m->len, MADV_COLLAPSE);
	return 0;
}

MM_SCENARIO(parent_collapses_and_writes)
{
	fork_as(self, variant->common);
	collapse(&self->memory);
	parent_has(self, "parent after collapse", OLD);
	view_check_in(&self->child, "child after the parent's collapse", &self->common, OLD);
	parent_writes(self, "parent after it wrote", NEW);
	view_check_in(&self->child, "child after the parent wrote", &self->common, OLD);
	view_touch_in(&self->child, "child after it touched", &self->common, OLD);
	view_write_in(&self->child, "child after it wrote", &self->common, LAST);
	parent_has(self, "parent in the end", NEW);
}

MM_SCENARIO(child_writes_to_what_the_parent_collapsed)
{
	fork_as(self, variant->common);
	collapse(&self->memory);
	view_write_in(&self->child, "child after it wrote", &self->common, NEW);
	parent_has(self, "parent after the child wrote", OLD);
	parent_writes(self, "parent after it wrote", LAST);
	view_check_in(&self->child, "child in the end", &self->common, NEW);
}

MM_SCENARIO(child_collapses)
{
	bool whole;
	long ret;

	fork_as(self, variant->common);
	whole = self->common.len == self->memory.len;
	ret = child_call_copy(&self->child, whole ? collapse_asked : try_to_collapse,
			      &self->memory, sizeof(self->memory));
	if (ret)
		mm_skip("needs memory that collapses in the child, found %s", strerror(-ret));
	view_check_in(&self->child, "child after its collapse", &self->common, OLD);
	parent_has(self, "parent after the child's collapse", OLD);
	view_write_in(&self->child, "child after it wrote", &self->common, NEW);
	parent_has(self, "parent after the child wrote", OLD);
	parent_writes(self, "parent after it wrote", LAST);
	view_check_in(&self->child, "child in the end", &self->common, NEW);
}

MM_SCENARIO(collapsed_before_fork)
{
	collapse(&self->memory);
	view_check("parent after collapse", &self->memory, OLD);
	fork_as(self, variant->common);
	view_check_in(&self->child, "child after the fork", &self->common, OLD);
	parent_writes(self, "parent after it wrote", NEW);
	view_check_in(&self->child, "child after the parent wrote", &self->common, OLD);
	view_write_in(&self->child, "child after it wrote", &self->common, LAST);
	parent_has(self, "parent in the end", NEW);
}

/* Pages that the pipe holds may stay as they are: then there is nothing to collapse. */
MM_SCENARIO(pipe_keeps_what_is_collapsed)
{
	struct held *held;

	fork_as(self, variant->common);
	held = held_take_in(&self->child, &pin_vmsplice, &self->common, HELD_UNMAP);
	if (thp_collapse(self->memory.addr))
		mm_note("not collapsed");
	parent_writes(self, "parent after it wrote", NEW);
	held_check_in(&self->child, held, OLD);
	parent_has(self, "parent in the end", NEW);
}

MM_SCENARIO(swapped_pages_come_back_right)
{
	struct swap swap = swap_on(SWAP_BYTES);

	if (!swap_out(self->memory.addr, self->memory.len / 4))
		mm_skip("needs memory that can be paged out, it stayed in");
	fork_as(self, variant->common);
	collapse(&self->memory);
	parent_has(self, "parent after collapse", OLD);
	parent_writes(self, "parent after it wrote", NEW);
	view_check_in(&self->child, "child after the parent wrote", &self->common, OLD);
	view_write_in(&self->child, "child after it wrote", &self->common, LAST);
	parent_has(self, "parent in the end", NEW);
	child_end(&self->child);
	munmap(self->memory.addr, self->memory.len);
	swap_off_expect("when both have unmapped everything", &swap);
}

/* Every eighth page is missing, the one behind it is a zero page where the kernel has them. */
static void make_holes(const struct memory *m)
{
	volatile unsigned char *p = m->addr;

	for (size_t at = 0; at < m->len; at += 8 * m->page) {
		if (madvise(m->addr + at, 2 * m->page, MADV_DONTNEED))
			mm_broken("MADV_DONTNEED: %m");
		(void)p[at + m->page];
	}
}

static void holes_are_zero(FIXTURE_DATA(test) * self, const char *who)
{
	struct memory *m = &self->memory;

	for (size_t off = 0; off < m->len; off++) {
		unsigned char want = pattern_byte(off % self->common.len, OLD);

		if (off / m->page % 8 < 2)
			want = 0;
		if (!mm_expect(m->addr[off] == want, "%s: offset %#zx: expected %#x, found %#x",
			       who, off, want, m->addr[off]))
			return;
	}
}

MM_SCENARIO(holes_become_zeroes)
{
	fork_as(self, variant->common);
	make_holes(&self->memory);
	collapse(&self->memory);
	holes_are_zero(self, "parent after collapse");
	view_check_in(&self->child, "child after the parent's collapse", &self->common, OLD);
	parent_writes(self, "parent after it wrote", NEW);
	view_check_in(&self->child, "child after the parent wrote", &self->common, OLD);
	view_write_in(&self->child, "child after it wrote", &self->common, LAST);
	parent_has(self, "parent in the end", NEW);
}

MM_MAIN
