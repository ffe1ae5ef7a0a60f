// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the kernel moves memory that is common after fork (NUMA
 * balancing, compaction, hot-unplug, a split), or that is just being copied by
 * fork, and from then on each side sees what the other writes.
 *
 * Mechanism: while a page moves, its entries are migration entries, which remember
 * whether the page was writable or belonged to one process. fork() copies them and
 * must take that from both; what comes back must be what went.
 *
 * Introduced by: unknown. Fixed by: unknown. The marks are those of 6c287605fd56
 * ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive").
 *
 * Proves: after migration between fork and write, in either order of writers, and
 * for forks at any moment of a migration or a split, each side has its own bytes.
 * Does not prove: migration to memory of devices.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "memory.h"
#include "nodes.h"
#include "pagemap.h"
#include "race.h"
#include "thp.h"
#include "view.h"

#define OLD  1 /* seeds: at the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

#define MANY_PAGES 1024

MM_PROGRAM(cow_leak, migrate_cow, "memory that moves while fork shares it stays private");
MM_NEEDS("root: yes\ncpus: 2\nnodes: 2\nseconds: 120\nbudget: 0.1\nharm: crashes\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
	int nodes[2], turn; /* migration goes to and fro */
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;
MEMORY_KINDS_KSM;
MEMORY_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
	self->nodes[0] = node_of(self->memory.addr);
	self->nodes[1] = node_other_than(self->nodes[0]);
}
FIXTURE_TEARDOWN(test)
{
}

/* The copies of HugeTLB pages come from the pool of the node: there may be none. */
static void migrate(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->memory;

	if (!nodes_move_all(m->addr, m->len, m->page, self->nodes[++self->turn % 2]))
		mm_skip("needs memory that migrates, %s stayed", memory_name(m->kind));
}

MM_SCENARIO(parent_writes_to_what_moved)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	migrate(self);
	view_check_in(&self->child, "child after migration", m, OLD);
	view_write("parent after migration and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_SCENARIO(child_writes_to_what_moved)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	migrate(self);
	view_touch_in(&self->child, "child after migration and touch", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
}

/* Moved before: what belongs to one process still does, and the fork takes it. */
MM_SCENARIO(fork_of_what_moved)
{
	struct memory *m = &self->memory;

	migrate(self);
	view_check("parent after migration", m, OLD);
	self->child = child_fork();
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("parent after mprotect and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

static void do_fork(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	self->child = child_fork();
}

static void do_migrate(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;

	nodes_move(m->addr, m->len, m->page, self->nodes[++self->turn % 2]);
}

/* Both write; nobody sees the other. The parent is alone with OLD again afterwards. */
static bool judge_fork(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	bool good;

	good = view_check_in(&self->child, "child after the fork", m, OLD) &&
	       view_write("parent after it wrote", m, NEW) &&
	       view_check_in(&self->child, "child after the parent wrote", m, OLD) &&
	       view_write_in(&self->child, "child after it wrote", m, LAST) &&
	       view_check("parent in the end", m, NEW);
	child_end(&self->child);
	pattern_fill(m->addr, m->len, OLD);
	return good;
}

static void run_race(struct race race)
{
	struct race_power power = race_run(&race);

	race_print(&power);
	race_need_overlap(&power);
}

/* So many base pages that the fork meets one that is just moving. */
static void more_base_pages(struct memory *m)
{
	m->len = MANY_PAGES * m->page;
	m->addr =
		mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->addr == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", m->len);
	madvise(m->addr, m->len, MADV_NOHUGEPAGE);
	pattern_fill(m->addr, m->len, OLD);
}

MM_SCENARIO(fork_during_migration)
{
	if (self->memory.kind == MEMORY_BASE)
		more_base_pages(&self->memory);
	migrate(self);
	run_race((struct race){
		.a = do_fork, .b = do_migrate, .judge = judge_fork, .arg = self });
}

static void new_thp(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;

	munmap(m->addr, m->len);
	m->addr = thp_alloc(1);
	pattern_fill(m->addr, m->len, OLD);
	if (m->kind == MEMORY_THP_PTE)
		thp_split_mapping(m->addr);
}

static void do_split(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	thp_split_page(self->memory.addr);
}

MM_SCENARIO(fork_during_split)
{
	if (self->memory.kind != MEMORY_THP && self->memory.kind != MEMORY_THP_PTE)
		mm_skip("needs a whole THP to split, %s is none",
			memory_name(self->memory.kind));
	run_race((struct race){ .prepare = new_thp,
				.a = do_fork,
				.b = do_split,
				.judge = judge_fork,
				.arg = self });
}

MM_MAIN
