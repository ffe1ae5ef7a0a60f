// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: mremap() of a shared HugeTLB mapping that covers a whole
 * page table, to an address aligned like one, never returns: the task is in D
 * state for ever and holds mmap_lock and the lock of the file.
 *
 * Mechanism: the move takes i_mmap for writing. Allocating the page table of
 * the destination looks for one to share with another mapping of the file, and
 * for that takes i_mmap for reading: the task waits for itself.
 *
 * Introduced by: 550a7d60bd5e ("mm, hugepages: add mremap() support for hugepage
 * backed vma"). Fixed by: unknown.
 *
 * Proves: shared mappings move, whether their page tables could be shared, are
 * shared, or not, with their data. Does not prove: hot page table sharing races.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"

MM_PROGRAM(hugetlb_mremap, shared_move,
	   "a shared mapping moves, with its page tables shared or not");
MM_NEEDS("root: yes\nhugepages: 2\nseconds: 60\nharm: crashes\n");

MM_NO_KINDS

/* A mapping of @tables/2 page tables' worth, its first and last page touched. */
struct large {
	size_t table, len;
	struct hugepage_pool base;
	struct hugemap m;
	char *to;
};

static struct large make(int halves, size_t to_pages)
{
	size_t size = hugepage_default_size();
	struct large l = { .table = size * (page_size() / 8) };
	char *window;

	hugemap_needs_mremap();
	l.len = l.table / 2 * halves;
	l.base = hugepage_pool_read(size, -1);
	window = aligned_hole(4 * l.table, l.table);
	l.m = hugemap_make(HUGEMAP_SHARED_NORESERVE, l.len / size, window);
	l.to = window + 2 * l.table + to_pages * size;
	hugemap_fill(l.m.addr, size, 0);
	hugemap_fill(l.m.addr, size, l.len / size - 1);
	return l;
}

static void check(const struct large *l, const char *what, const char *at)
{
	size_t last = l->len / l->m.size - 1;

	hugemap_check(what, at, l->m.size, 0);
	hugemap_check(what, at, l->m.size, last);
	hugepage_pool_expect(what, l->m.size, l->base, (struct hugepage_pool){ .free = -2 });
}

static void end(struct large *l)
{
	munmap(l->to, l->len);
	close(l->m.fd);
	hugepage_pool_expect("after munmap and close", l->m.size, l->base,
			     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(half_a_table)
{
	struct large l = make(1, 0);

	if (!hugemap_move(l.m.addr, l.len, l.to))
		return;
	check(&l, "moved half of a table", l.to);
	end(&l);
}

MM_SCENARIO(table_to_unaligned)
{
	struct large l = make(2, 1);

	if (!hugemap_move(l.m.addr, l.len, l.to))
		return;
	check(&l, "moved table", l.to);
	end(&l);
}

static long check_first(void *arg)
{
	struct large *l = arg;

	check(l, "child, whose page table was shared", l->m.addr);
	return 0;
}

/* A child with the same mapping shares the table; it keeps its view when the parent moves. */
MM_SCENARIO(shared_table_to_unaligned)
{
	struct large l = make(2, 1);
	struct child child = child_fork();

	child_call(&child, check_first, &l);
	if (hugemap_move(l.m.addr, l.len, l.to)) {
		check(&l, "moved out of a shared table", l.to);
		child_call(&child, check_first, &l);
		child_end(&child);
		end(&l);
	}
	child_end(&child);
}

/* Waits for itself where the kernel has the bug: the last one, with a deadline of its own. */
MM_SCENARIO_SECONDS(table_to_aligned, 1)
{
	struct large l = make(2, 0);

	if (!hugemap_move(l.m.addr, l.len, l.to))
		return;
	check(&l, "moved table", l.to);
	end(&l);
}

MM_MAIN
