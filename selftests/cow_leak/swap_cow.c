// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: memory that was swapped out at the fork is written by one
 * process and read by the other, or the kernel BUGs at the second swap-in.
 *
 * Mechanism: a swap entry carries the mark that its page is exclusive to one
 * process. fork() copies the entry and takes the mark from both. Who swaps in
 * first must not get the page for himself alone, unless he really is the last
 * one; nor may swapoff give it away.
 *
 * Introduced by: unknown. Fixed by: unknown. The mark is that of 1493a1913e34
 * ("mm/swap: remember PG_anon_exclusive via a swp pte bit").
 *
 * Proves: after a fork while everything was swapped out, each process sees what
 * it had at the fork and wrote since, for every order of first accesses, after
 * swapoff, and through a pipe that one of them kept; and that no entry stays in use when
 * all have unmapped theirs. The same for pages that were swapped out when they were common.
 * Does not prove: what happens when swap is full.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "held.h"
#include "memgroup.h"
#include "memory.h"
#include "pagemap.h"
#include "swap.h"
#include "tasks.h"
#include "view.h"

#define OLD  1 /* seeds: before the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

#define SWAP_BYTES (64UL << 20)

MM_PROGRAM(cow_leak, swap_cow, "swap entries that a fork shares are exclusive to nobody");
MM_NEEDS("root: yes\nswap: yes\nseconds: 60\nharm: crashes\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
	bool common; /* swapped out after the fork, by the kernel's own choice */
};
MEMORY_KINDS_SWAPPED;
MM_KIND(swapped_when_common)
{ .memory = MEMORY_BASE, .common = true };
MM_KIND(thp_swapped_when_common)
{ .memory = MEMORY_THP, .common = true };

static long upgrade(void *arg)
{
	const struct memory *m = arg;

	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	return 0;
}

static long count_swapped(void *arg)
{
	const struct memory *m = arg;
	long n = 0;

	for (size_t off = 0; off < m->len; off += page_size())
		n += !!(pagemap_entry(m->addr + off) & PM_SWAP);
	return n;
}

/* MADV_PAGEOUT leaves pages of two processes alone: only reclaim takes them. */
static void swap_out_common(FIXTURE_DATA(test) * self, enum memory_kind kind)
{
	struct memgroup group = memgroup_make("swap");
	double end = seconds_now() + 3 + mm_slow();
	struct memory *m = &self->memory;
	int ret = memgroup_join(&group);

	if (ret)
		mm_skip("needs a task that may join a control group, found %s", strerror(-ret));
	*m = memory_make(kind, OLD);
	m->swap = swap_on(SWAP_BYTES);
	self->child = child_fork();
	while (count_swapped(m) < (long)(m->len / page_size())) {
		ret = memgroup_reclaim(&group, SWAP_BYTES);
		if (ret)
			mm_skip("needs reclaim of a control group on demand, found %s",
				strerror(-ret));
		if (seconds_now() > end)
			mm_skip("needs reclaim that takes common pages, it left some");
	}
}

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;
	long pages, parent, child;

	if (variant->common) {
		swap_out_common(self, variant->memory);
	} else {
		*m = memory_make(variant->memory, OLD);
		self->child = child_fork();
	}
	pages = m->len / page_size();
	parent = count_swapped(m);
	child = child_call_copy(&self->child, count_swapped, m, sizeof(*m));
	if (parent != pages || child != pages)
		mm_broken("%s: %ld pages are swapped out in the parent and %ld in the child "
			  "after the fork, not %ld",
			  memory_name(m->kind), parent, child, pages);
}
FIXTURE_TEARDOWN(test)
{
}

static void swap_in_all(const struct memory *m)
{
	if (swap_off_expect("with the entries of both", &m->swap) && count_swapped((void *)m))
		mm_fail("%s: swap entries in the parent after swapoff", memory_name(m->kind));
}

/* Both give up what they have: no swap entry may be left in use. */
static void nothing_is_left(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->memory;

	child_end(&self->child);
	munmap(m->addr, m->len);
	swap_off_expect("when both have unmapped everything", &m->swap);
}

MM_SCENARIO(parent_writes_first)
{
	struct memory *m = &self->memory;

	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
	nothing_is_left(self);
}

MM_SCENARIO(child_writes_first)
{
	struct memory *m = &self->memory;

	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	view_touch("parent after it touched", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	nothing_is_left(self);
}

/* Both map the page out of the swap cache, nobody may think that he is alone. */
MM_SCENARIO(both_read_first)
{
	struct memory *m = &self->memory;

	view_check("parent after the fork", m, OLD);
	view_check_in(&self->child, "child after the fork", m, OLD);
	upgrade(m);
	view_write("parent after mprotect and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
	nothing_is_left(self);
}

/* The page is in the swap cache and mapped once, the other side still has the entry. */
MM_SCENARIO(child_reads_and_writes)
{
	struct memory *m = &self->memory;

	view_check_in(&self->child, "child after the fork", m, OLD);
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	nothing_is_left(self);
}

MM_SCENARIO(parent_writes_after_swapoff)
{
	struct memory *m = &self->memory;

	swap_in_all(m);
	view_write("parent after swapoff and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_SCENARIO(nobody_looks)
{
	nothing_is_left(self);
}

/* The entries go through a fork once more, when one side has its page again. */
MM_SCENARIO(sibling_has_entries_too)
{
	struct memory *m = &self->memory;
	struct child sibling;

	view_write_in(&self->child, "child after it wrote", m, NEW);
	sibling = child_fork();
	view_write("parent after it wrote", m, LAST);
	view_check_in(&sibling, "sibling after the parent wrote", m, OLD);
	view_touch_in(&sibling, "sibling after it touched", m, OLD);
	view_check_in(&self->child, "child in the end", m, NEW);
	view_check("parent in the end", m, LAST);
	child_end(&sibling);
	nothing_is_left(self);
}

/* Permissions change while everything is swapped out, and again when it is back. */
MM_SCENARIO(child_writes_after_mprotect)
{
	struct memory *m = &self->memory;

	child_call_copy(&self->child, upgrade, m, sizeof(*m));
	view_check_in(&self->child, "child after mprotect", m, OLD);
	child_call_copy(&self->child, upgrade, m, sizeof(*m));
	view_write_in(&self->child, "child after mprotect and write", m, NEW);
	upgrade(m);
	view_check("parent after the child wrote", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	nothing_is_left(self);
}

/* One side has swapped in and written before, the entries of the other are left. */
MM_SCENARIO(swapoff_after_child_wrote)
{
	struct memory *m = &self->memory;

	view_write_in(&self->child, "child after it wrote", m, NEW);
	swap_in_all(m);
	view_check("parent after swapoff", m, OLD);
	view_touch("parent after it touched", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
}

MM_SCENARIO(child_keeps_pipe)
{
	struct memory *m = &self->memory;
	struct held *kept = held_take_in(&self->child, &pin_vmsplice, m, HELD_UNMAP);

	view_write("parent after it wrote", m, NEW);
	held_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, NEW);
}

MM_MAIN
