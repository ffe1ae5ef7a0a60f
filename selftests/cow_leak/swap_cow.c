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
 * swapoff, and through a pipe that one of them kept. Does not prove: pages
 * swapped out while they are shared (MADV_PAGEOUT leaves those alone).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "memory.h"
#include "pagemap.h"
#include "spliced.h"
#include "view.h"

#define OLD  1 /* seeds: before the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

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
};
MEMORY_KINDS_SWAPPED;

static long count_swapped(void *arg)
{
	const struct memory *m = arg;
	long n = 0;

	for (size_t off = 0; off < m->len; off += page_size())
		n += !!(pagemap_entry(m->addr + off) & PM_SWAP);
	return n;
}

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;
	long pages, parent, child;

	*m = memory_make(variant->memory, OLD);
	pages = m->len / page_size();
	self->child = child_fork();
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

MM_SCENARIO(parent_writes_first)
{
	struct memory *m = &self->memory;

	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_SCENARIO(child_writes_first)
{
	struct memory *m = &self->memory;

	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	view_touch("parent after it touched", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
}

/* Both map the page out of the swap cache, nobody may think that he is alone. */
MM_SCENARIO(both_read_first)
{
	struct memory *m = &self->memory;

	view_check("parent after the fork", m, OLD);
	view_check_in(&self->child, "child after the fork", m, OLD);
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("parent after mprotect and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
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
}

static void swap_in_all(const struct memory *m)
{
	int ret = swap_off(&m->swap);

	if (ret)
		mm_broken("swapoff %s: %s", m->swap.path, strerror(-ret));
	if (count_swapped((void *)m))
		mm_fail("%s: swap entries in the parent after swapoff", memory_name(m->kind));
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
	struct spliced *kept = spliced_take_in(&self->child, m);

	view_write("parent after it wrote", m, NEW);
	spliced_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, NEW);
}

MM_MAIN
