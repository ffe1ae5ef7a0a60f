// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: HugePages_Rsvd wraps below zero, to nearly 2^64, while a
 * child still maps a page that its parent has unmapped; until the child ends,
 * nobody can rely on the pool.
 *
 * Mechanism: unmapping an anonymous HugeTLB page marks the page as one that
 * restores its reservation when it is freed, and lets the closing mapping give
 * the reservation back at once. A page that somebody else still holds is freed
 * later, so that in between the reservation is missing.
 *
 * Introduced by: unknown. Fixed by: unknown; kernels that are free of it restore a
 * reservation only when the page has lost its last mapping.
 *
 * Proves: the counters are exact at each step when parent and child unmap pages
 * that a fork made common, moved before or not. Does not prove: pages held by pins.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 2

MM_PROGRAM(hugetlb_mremap, fork_unmap, "a page that the child keeps is no reservation lost");
MM_NEEDS("root: yes\nhugepages: 2\nseconds: 60\nharm: none\n");

MM_NO_KINDS

struct family {
	struct hugepage_pool base;
	struct hugemap m;
	char *at;
};

static void expect(const struct family *f, const char *step, long used)
{
	hugepage_pool_expect(step, f->m.size, f->base, (struct hugepage_pool){ .free = -used });
}

static long check(void *arg)
{
	struct family *f = arg;

	for (size_t i = 0; i < PAGES; i++)
		hugemap_check("child", f->m.addr, f->m.size, i);
	return 0;
}

static void touch_and_fork(struct family *f, struct child *child)
{
	f->base = hugepage_pool_read(hugepage_default_size(), -1);
	f->m = hugemap_make(HUGEMAP_PRIVATE, PAGES, NULL);
	f->at = f->m.addr;
	hugemap_fill_pages(f->at, f->m.size, 0, PAGES);
	*child = child_fork();
	expect(f, "after fork", PAGES);
}

static void unmap_before_child(struct family *f, struct child *child)
{
	munmap(f->at, PAGES * f->m.size);
	expect(f, "after the parent's munmap", PAGES);
	child_call(child, check, f);
	child_end(child);
	expect(f, "after the child's end", 0);
}

MM_SCENARIO(parent_unmaps_first)
{
	struct child child;
	struct family f;

	touch_and_fork(&f, &child);
	unmap_before_child(&f, &child);
}

MM_SCENARIO(parent_moves_and_unmaps_first)
{
	struct child child;
	struct family f;

	hugemap_needs_mremap();
	touch_and_fork(&f, &child);
	f.at = aligned_hole(PAGES * f.m.size, f.m.size);
	if (!hugemap_move(f.m.addr, PAGES * f.m.size, f.at))
		return;
	expect(&f, "after the parent's move", PAGES);
	unmap_before_child(&f, &child);
}

MM_SCENARIO(child_ends_first)
{
	struct child child;
	struct family f;

	touch_and_fork(&f, &child);
	child_call(&child, check, &f);
	child_end(&child);
	expect(&f, "after the child's end", PAGES);
	munmap(f.at, PAGES * f.m.size);
	expect(&f, "after the parent's munmap", 0);
}

MM_MAIN
