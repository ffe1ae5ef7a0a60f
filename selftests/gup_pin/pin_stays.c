// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the kernel swaps out, merges, collapses or migrates
 * memory that a device uses. The process gets another page, the device stays
 * with the old one; data are lost without any error.
 *
 * Mechanism: all of them replace a page: they unmap it, look whether anybody but
 * the page tables holds it, and put something else there. A page with a pin must
 * be recognized before or by that look.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: none of the four replaces a pinned page although it replaces one that
 * is not pinned at the same time (the control), and the pin stays coherent both
 * ways. Does not prove: pins that come while a page is being replaced.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "ksm.h"
#include "memory.h"
#include "nodes.h"
#include "pagemap.h"
#include "pinned.h"
#include "swap.h"
#include "thp.h"

#define SWAP_BYTES (64UL << 20)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

MM_PROGRAM(gup_pin, pin_stays, "swap, KSM, collapse and migration leave pinned pages alone");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	struct memory control; /* the same kind, not pinned */
	struct pinned pinned;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MM_KIND(base)
{ .memory = MEMORY_BASE };
MM_KIND(thp)
{ .memory = MEMORY_THP };
MM_KIND(thp_pte)
{ .memory = MEMORY_THP_PTE };

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
	self->control = memory_make(variant->memory, 1);
	self->pinned = pinned_take(&pin_io_uring, self->m.addr, self->m.len);
	pinned_check(&self->pinned, "after pinning", self->m.addr, 0, self->m.len, 2);
}
FIXTURE_TEARDOWN(test)
{
}

static void stays(FIXTURE_DATA(test) * self, const char *step)
{
	pinned_frames_check(&self->pinned, step, self->m.addr, 0, self->m.len);
	pattern_check("pinned memory", self->m.addr, self->m.len, 2);
	pinned_check(&self->pinned, step, self->m.addr, 0, self->m.len, 2);
}

MM_SCENARIO(pageout)
{
	swap_on(SWAP_BYTES);
	if (!swap_out(self->control.addr, self->control.len))
		mm_skip("needs memory that can be paged out, a control that is not pinned "
			"stayed in");
	for (int i = 0; i < 10; i++)
		if (madvise(self->m.addr, self->m.len, MADV_PAGEOUT))
			mm_broken("MADV_PAGEOUT of pinned memory: %m");
	stays(self, "after MADV_PAGEOUT");
	pattern_check("control, after it was swapped in", self->control.addr, self->control.len,
		      1);
	pinned_release(&self->pinned);
}

/*
 * The pages of the pinned memory have twins in @twin, which would merge with
 * them; the control has pages that are all alike.
 */
MM_SCENARIO(ksm)
{
	size_t page = page_size(), len = self->m.len;
	struct memory twin = memory_make(MEMORY_BASE, 1);
	unsigned char *last = self->m.addr + len - page;

	memcpy(twin.addr, self->m.addr, page);
	memcpy(twin.addr + page, last, page);
	memset(twin.addr + 2 * page, 0x33, 2 * page);
	if (madvise(self->m.addr, len, MADV_MERGEABLE) ||
	    madvise(twin.addr, twin.len, MADV_MERGEABLE))
		mm_skip("needs KSM, MADV_MERGEABLE: %m");
	ksm_run();
	if (!ksm_merges(twin.addr + 2 * page, twin.addr + 3 * page))
		mm_skip("needs a KSM that merges, a control of two pages that are alike was "
			"not merged");
	mm_expect(!ksm_same_frame(self->m.addr, twin.addr) &&
			  !ksm_same_frame(last, twin.addr + page),
		  "pinned page: merged by KSM");
	stays(self, "after KSM");
	mm_expect(!memcmp(twin.addr + 2 * page, twin.addr + 3 * page, page),
		  "merged control: its two pages differ");
	pinned_release(&self->pinned);
}

/* As long as a THP and aligned like one, of base pages. */
static unsigned char *map_to_collapse(size_t len)
{
	unsigned char *p = mmap(aligned_hole(len, len), len, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", len);
	madvise(p, len, MADV_NOHUGEPAGE);
	pattern_fill(p, len, 1);
	madvise(p, len, MADV_HUGEPAGE);
	return p;
}

MM_SCENARIO(collapse)
{
	size_t len = thp_size();
	unsigned char *control = map_to_collapse(len);

	if (madvise(control, len, MADV_COLLAPSE)) {
		if (errno == EINVAL)
			mm_skip("needs MADV_COLLAPSE, the kernel does not have it");
		mm_skip("needs a control that collapses, found %m");
	}
	if (!thp_pmd_mapped(control))
		mm_skip("needs a control that collapses, it is not mapped by a PMD");
	/* A few pinned base pages inside a range that could collapse. */
	if (variant->memory == MEMORY_BASE) {
		pinned_release(&self->pinned);
		self->m.addr = map_to_collapse(len);
		self->m.len = len;
		self->pinned = pinned_take(&pin_io_uring, self->m.addr, len);
		pinned_check(&self->pinned, "after pinning", self->m.addr, 0, len, 2);
	}
	for (int i = 0; i < 3; i++)
		madvise(self->m.addr, self->m.len, MADV_COLLAPSE);
	stays(self, "after MADV_COLLAPSE");
	pinned_release(&self->pinned);
}

MM_SCENARIO(migration)
{
	size_t page = page_size();
	int target = node_other_than(node_of(self->m.addr));
	int control_target = node_other_than(node_of(self->control.addr));
	size_t moved = 0;

	if (!nodes_move_all(self->control.addr, self->control.len, page, control_target))
		mm_skip("needs memory that migrates, a control that is not pinned stayed");
	for (int i = 0; i < 3; i++)
		moved += nodes_move(self->m.addr, self->m.len, page, target);
	mm_expect(!moved, "pinned memory: expected 0 pages on the other node, found %zu",
		  moved);
	stays(self, "after move_pages()");
	pattern_check("control, after it migrated", self->control.addr, self->control.len, 1);
	pinned_release(&self->pinned);
}

MM_MAIN
