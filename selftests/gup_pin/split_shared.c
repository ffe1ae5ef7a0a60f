// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: parent and child share a huge page since fork; the kernel
 * splits or migrates it, and from then on each sees what the other writes.
 *
 * Mechanism: to split or migrate a page its entries become migration entries,
 * which remember whether the page belonged to one process. An entry that comes
 * back as "exclusive" although the page is shared lets its owner write to the
 * page without a copy.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after the split (by debugfs, and of a partly unmapped page by the
 * shrinker) and after migration, both processes have the bytes of before, and
 * neither sees what the other writes. Does not prove: more than two processes.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "file.h"
#include "memory.h"
#include "nodes.h"
#include "pagemap.h"
#include "tasks.h"
#include "thp.h"

MM_PROGRAM(gup_pin, split_shared,
	   "split and migration of a page shared by fork keep it private");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MM_KIND(thp)
{ .memory = MEMORY_THP };
MM_KIND(thp_pte)
{ .memory = MEMORY_THP_PTE };
MM_KIND(thp_moved)
{ .memory = MEMORY_THP_MOVED };

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
	self->child = child_fork();
	if (pagemap_pfn(self->m.addr) != pagemap_pfn_of(self->child.pid, self->m.addr))
		mm_broken("%s: not shared after fork", memory_name(self->m.kind));
}
FIXTURE_TEARDOWN(test)
{
}

static long child_reads(void *arg)
{
	struct memory *m = arg;

	return pattern_check("child, memory of before the fork", m->addr, m->len, 1);
}

static long child_writes(void *arg)
{
	struct memory *m = arg;

	pattern_fill(m->addr, m->len, 9);
	return pattern_check("child, what it wrote", m->addr, m->len, 9);
}

static long child_unmaps_last(void *arg)
{
	struct memory *m = arg;
	size_t page = page_size();

	m->len -= page; /* the child's own copy */
	return munmap(m->addr + m->len, page) ? -errno : 0;
}

static void tell(struct child *c, child_fn *fn, void *arg)
{
	if (child_call(c, fn, arg) == CHILD_DIED)
		mm_fail("child: ended by signal %d", c->signal);
}

/*
 * parent				child
 *  write
 *					read: bytes of before the fork
 *					write
 *  read: its own
 */
static void still_private(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->m;

	pattern_check("parent, memory of before the fork", m->addr, m->len, 1);
	pattern_fill(m->addr, m->len, 2);
	tell(&self->child, child_reads, m);
	tell(&self->child, child_writes, m);
	pattern_check("parent, what it wrote", m->addr, m->len, 2);
	child_end(&self->child);
	pattern_check("parent, after the child ended", m->addr, m->len, 2);
}

MM_SCENARIO(split)
{
	if (!thp_split_page(self->m.addr))
		mm_skip("needs a way to split a shared THP, found none; mount debugfs");
	still_private(self);
}

/* A THP of which a page is mapped by nobody waits to be split until memory is short. */
MM_SCENARIO(split_by_shrinker)
{
	size_t page = page_size();
	double end = seconds_now() + 1 * mm_slow();

	if (child_call(&self->child, child_unmaps_last, &self->m) ||
	    munmap(self->m.addr + self->m.len - page, page))
		mm_broken("munmap of the last page: %m");
	self->m.len -= page;
	/* 2 runs the shrinkers; dentries and inodes that go with it come back by themselves. */
	do {
		if (file_write("/proc/sys/vm/drop_caches", "2"))
			mm_skip("needs /proc/sys/vm/drop_caches, it cannot be written");
	} while (thp_backed(self->m.addr) && seconds_now() < end);
	if (thp_backed(self->m.addr))
		mm_skip("needs a kernel that splits partly unmapped THPs, it stayed whole");
	tell(&self->child, child_reads, &self->m);
	still_private(self);
}

MM_SCENARIO(migration)
{
	int target = node_other_than(node_of(self->m.addr));

	if (!nodes_move_all(self->m.addr, self->m.len, page_size(), target))
		mm_skip("needs shared memory that migrates, %s stayed",
			memory_name(self->m.kind));
	tell(&self->child, child_reads, &self->m);
	still_private(self);
}

MM_MAIN
