// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: whoever still holds a page that was common once (a pipe, a
 * descriptor that was passed on, a device) reads what its owner writes later.
 *
 * Mechanism: what holds a page outside of page tables is a reference (vmsplice,
 * tee) or a pin (process_vm_readv, io_uring, gup_test). A page with a reference
 * too many must be copied at the next write; a pin must be taken on a page that
 * its process has alone, or fork() must copy that page.
 *
 * Introduced by: unknown. Fixed by: 09854ba94c6a ("mm: do_wp_page()
 * simplification"), CVE-2020-29374; a7f226604170 ("mm/gup: trigger
 * FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page").
 *
 * Proves: for every way to hold a page that this machine has, taken before and
 * after the fork, by each of up to three generations, given up by either side,
 * the holder has the bytes of the fork and never what another one wrote since.
 * Does not prove: HugeTLB pages with plain references, which leak by design
 * (vmsplice).
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "held.h"
#include "memory.h"
#include "view.h"

#define OLD    1 /* seeds: at the fork, */
#define SECRET 2 /* and written since */

MM_PROGRAM(cow_leak, holders,
	   "who holds a page of the fork does not see what is written later");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
	const struct pin_provider *by;
};
#define KINDS_HELD_BY(holder, provider)                        \
	MM_KIND(base_##holder)                                 \
	{ .memory = MEMORY_BASE, .by = &provider };            \
	MM_KIND(thp_##holder)                                  \
	{ .memory = MEMORY_THP, .by = &provider };             \
	MM_KIND(thp_pte_##holder)                              \
	{ .memory = MEMORY_THP_PTE, .by = &provider };         \
	MM_KIND(thp_one_pte_##holder)                          \
	{ .memory = MEMORY_THP_ONE_PTE, .by = &provider };     \
	MM_KIND(thp_shared_part_##holder)                      \
	{ .memory = MEMORY_THP_SHARED_PART, .by = &provider }; \
	MM_KIND(memfd_##holder)                                \
	{                                                      \
		.memory = MEMORY_MEMFD, .by = &provider        \
	}
KINDS_HELD_BY(vmsplice, pin_vmsplice);
KINDS_HELD_BY(gift, pin_gift);
KINDS_HELD_BY(tee, pin_tee);
KINDS_HELD_BY(readv, pin_readv);
KINDS_HELD_BY(uring, pin_io_uring);
KINDS_HELD_BY(gup_test, pin_gup_test_read);
KINDS_HELD_BY(gup_test_fast, pin_gup_test_fast);

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

MM_SCENARIO(child_unmaps)
{
	struct memory *m = &self->memory;
	struct held *held;

	self->child = child_fork();
	held = held_take_in(&self->child, variant->by, m, HELD_UNMAP);
	view_write("parent after it wrote", m, SECRET);
	held_check_in(&self->child, held, OLD);
	view_check("parent in the end", m, SECRET);
}

MM_SCENARIO(child_keeps_mapping)
{
	struct memory *m = &self->memory;
	struct held *held;

	self->child = child_fork();
	held = held_take_in(&self->child, variant->by, m, HELD_KEEP);
	view_write("parent after it wrote", m, SECRET);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	held_check_in(&self->child, held, OLD);
	view_check("parent in the end", m, SECRET);
}

MM_SCENARIO(parent_unmaps)
{
	struct memory *m = &self->memory;
	struct held *held;

	self->child = child_fork();
	held = held_take(variant->by, m, HELD_UNMAP);
	view_write_in(&self->child, "child after it wrote", m, SECRET);
	held_check(held, OLD);
	view_check_in(&self->child, "child in the end", m, SECRET);
}

MM_SCENARIO(held_before_fork)
{
	struct memory *m = &self->memory;
	struct held *held = held_take(variant->by, m, HELD_KEEP);

	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", m, OLD);
	if (munmap(m->addr, m->len))
		mm_broken("munmap of %s: %m", memory_name(m->kind));
	view_write_in(&self->child, "child after it wrote", m, SECRET);
	held_check(held, OLD);
	view_check_in(&self->child, "child in the end", m, SECRET);
}

/* The writer has never had anything to do with the holder. */
MM_SCENARIO(sibling_writes)
{
	struct memory *m = &self->memory;
	struct child sibling;
	struct held *held;

	self->child = child_fork();
	sibling = child_fork();
	held = held_take_in(&self->child, variant->by, m, HELD_UNMAP);
	if (munmap(m->addr, m->len))
		mm_broken("munmap of %s: %m", memory_name(m->kind));
	view_write_in(&sibling, "sibling after it wrote", m, SECRET);
	held_check_in(&self->child, held, OLD);
	view_check_in(&sibling, "sibling in the end", m, SECRET);
}

struct relay {
	struct child *grandchild; /* a handle of the child, as is held of the grandchild */
	struct held *held;
	const struct pin_provider *by;
	struct memory memory;
};

static long grandchild_takes(void *arg)
{
	struct relay *r = arg, *kept;

	r->grandchild = malloc(sizeof(*r->grandchild));
	if (!r->grandchild)
		mm_broken("memory for a child: %m");
	*r->grandchild = child_fork();
	r->held = held_take_in(r->grandchild, r->by, &r->memory, HELD_UNMAP);
	if (munmap(r->memory.addr, r->memory.len))
		mm_broken("munmap in the child: %m");
	/* The order is a copy that does not last. */
	kept = malloc(sizeof(*kept));
	if (!kept)
		mm_broken("memory for a handle: %m");
	*kept = *r;
	return (long)kept;
}

static long grandchild_checks(void *arg)
{
	struct relay *const *r = arg;

	return held_check_in((*r)->grandchild, (*r)->held, OLD);
}

/* Two unmap what they inherited, the third one holds it. */
MM_SCENARIO(grandchild_unmaps)
{
	struct memory *m = &self->memory;
	struct relay order = { .by = variant->by, .memory = *m };
	long pair;

	self->child = child_fork();
	pair = child_call_copy(&self->child, grandchild_takes, &order, sizeof(order));
	if (pair == CHILD_DIED)
		return; /* it has said why */
	view_write("parent after it wrote", m, SECRET);
	mm_expect(child_call_copy(&self->child, grandchild_checks, &pair, sizeof(pair)) == 1,
		  "grandchild: what it holds is not what it was at the fork");
	view_check("parent in the end", m, SECRET);
}

MM_MAIN
