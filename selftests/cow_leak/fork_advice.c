// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a child has memory that was meant to stay with the parent
 * (keys, random number state, DMA buffers), or lacks memory that it should have.
 *
 * Mechanism: MADV_DONTFORK leaves a mapping out of the child, MADV_WIPEONFORK
 * gives the child zeroes in its place; both can be taken back, and both can be
 * asked for a part of a huge page. Locked memory is not locked in the child.
 * CLONE_VM and vfork() share the page tables: nothing may be copied.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: what the child has, in every byte, for each advice on each kind of
 * memory, also in a child of the child, and that the parent loses nothing. Does
 * not prove: advice given while another thread forks.
 */
#include "mmtest.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "access.h"
#include "file.h"
#include "memory.h"
#include "pagemap.h"
#include "view.h"

#define OLD  1 /* seeds: before the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

MM_PROGRAM(cow_leak, fork_advice, "a child has exactly the memory that was meant for it");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
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
MM_KIND(thp_moved)
{ .memory = MEMORY_THP_MOVED };
MEMORY_KINDS_SWAPPED;
MEMORY_KINDS_FILE;
MEMORY_KINDS_HUGETLB_MANY;
MM_KIND(mthp_64k)
{ .memory = MEMORY_MTHP_64K };

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

static void advise(const struct memory *m, int advice, const char *name)
{
	if (madvise(m->addr, m->len, advice)) {
		if (errno == EINVAL)
			mm_skip("needs %s of %s, the kernel refuses it", name,
				memory_name(m->kind));
		mm_broken("%s of %s: %m", name, memory_name(m->kind));
	}
}
#define ADVISE(m, advice) advise(m, advice, #advice)

/* Size of the address space in base pages. */
static long total_pages(void *arg)
{
	(void)arg;
	return file_read_long("/proc/self/statm");
}

/* How many base pages of the object can be read. */
static long readable_pages(void *arg)
{
	const struct memory *m = arg;
	unsigned char byte;
	long n = 0;

	for (size_t off = 0; off < m->len; off += page_size())
		n += !access_read(m->addr + off, &byte);
	return n;
}

static long nonzero_bytes(void *arg)
{
	const struct memory *m = arg;
	long n = 0;

	for (size_t i = 0; i < m->len; i++)
		n += m->addr[i] != 0;
	return n;
}

static void child_expect(struct child *c, const char *what, child_fn *fn,
			 const struct memory *m, long want)
{
	long found = child_call_copy(c, fn, m, sizeof(*m));

	mm_expect(found == want, "%s: %s: expected %ld, found %ld", memory_name(m->kind), what,
		  want, found);
}

MM_SCENARIO(dontfork_leaves_it_out)
{
	struct memory *m = &self->memory;
	long total;

	ADVISE(m, MADV_DONTFORK);
	total = total_pages(NULL);
	self->child = child_fork();
	child_expect(&self->child, "readable pages in the child", readable_pages, m, 0);
	child_expect(&self->child, "pages of the child's address space", total_pages, m,
		     total - m->len / page_size());
	view_touch("parent after it touched", m, OLD);
	child_end(&self->child);
	view_check("parent after the child's end", m, OLD);

	ADVISE(m, MADV_DOFORK);
	self->child = child_fork();
	view_check_in(&self->child, "child after MADV_DOFORK", m, OLD);
	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child in the end", m, OLD);
}

/* Writes and forks again: the grandchild starts from zeroes as well. */
static long write_and_fork(void *arg)
{
	const struct memory *m = arg;
	struct child grandchild;
	long left;

	view_write("child after it wrote", m, NEW);
	grandchild = child_fork();
	left = child_call_copy(&grandchild, nonzero_bytes, m, sizeof(*m));
	view_write_in(&grandchild, "grandchild after it wrote", m, LAST);
	child_end(&grandchild);
	view_check("child in the end", m, NEW);
	return left;
}

MM_SCENARIO(wipeonfork_gives_zeroes)
{
	struct memory *m = &self->memory;

	ADVISE(m, MADV_WIPEONFORK);
	self->child = child_fork();
	child_expect(&self->child, "bytes in the child that are not 0", nonzero_bytes, m, 0);
	view_check("parent after the child read", m, OLD);
	child_expect(&self->child, "bytes in the grandchild that are not 0", write_and_fork, m,
		     0);
	view_touch("parent after the children wrote", m, OLD);
	child_end(&self->child);

	ADVISE(m, MADV_KEEPONFORK);
	self->child = child_fork();
	view_check_in(&self->child, "child after MADV_KEEPONFORK", m, OLD);
	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child in the end", m, OLD);
}

/* Each half has a pattern of its own, from its start. */
static void two_halves(FIXTURE_DATA(test) * self, struct memory *half)
{
	struct memory *m = &self->memory;

	half[0] = half[1] = *m;
	half[0].len = m->len / m->page / 2 * m->page;
	half[1].addr += half[0].len;
	half[1].len -= half[0].len;
	for (int i = 0; i < 2; i++)
		pattern_fill(half[i].addr, half[i].len, OLD + i);
}

MM_SCENARIO(dontfork_of_a_part)
{
	struct memory half[2];

	two_halves(self, half);
	ADVISE(&half[1], MADV_DONTFORK);
	self->child = child_fork();
	child_expect(&self->child, "readable pages of the second half in the child",
		     readable_pages, &half[1], 0);
	view_check_in(&self->child, "first half in the child", &half[0], OLD);
	view_write("first half after the parent wrote", &half[0], LAST);
	view_touch("second half after the parent touched", &half[1], OLD + 1);
	view_check_in(&self->child, "first half in the child after that", &half[0], OLD);
	view_write_in(&self->child, "first half after the child wrote", &half[0], LAST + 1);
	view_check("first half of the parent in the end", &half[0], LAST);
	view_check("second half of the parent in the end", &half[1], OLD + 1);
}

MM_SCENARIO(wipeonfork_of_a_part)
{
	struct memory half[2];

	two_halves(self, half);
	ADVISE(&half[0], MADV_WIPEONFORK);
	self->child = child_fork();
	child_expect(&self->child, "bytes of the first half in the child that are not 0",
		     nonzero_bytes, &half[0], 0);
	view_check_in(&self->child, "second half in the child", &half[1], OLD + 1);
	view_write_in(&self->child, "first half after the child wrote", &half[0], LAST);
	view_touch("first half after the parent touched", &half[0], OLD);
	view_write("second half after the parent wrote", &half[1], LAST);
	view_check_in(&self->child, "second half in the child in the end", &half[1], OLD + 1);
}

static long locked_kb(void *arg)
{
	(void)arg;
	return file_field("/proc/self/status", "VmLck:");
}

static long unmap(void *arg)
{
	const struct memory *m = arg;

	return munmap(m->addr, m->len) ? -1 : 0;
}

/* A lock is of one process: a child that inherited it would count what it never locked. */
MM_SCENARIO(locked_memory_is_not_locked_in_the_child)
{
	struct memory *m = &self->memory;
	long before = locked_kb(NULL), locked;

	if (mlock(m->addr, m->len))
		mm_skip("needs mlock of %zu bytes, found %m", m->len);
	locked = locked_kb(NULL);
	self->child = child_fork();
	child_expect(&self->child, "locked KiB of the child", locked_kb, m, 0);
	view_check_in(&self->child, "child after the fork", m, OLD);
	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	child_expect(&self->child, "munmap in the child", unmap, m, 0);
	child_expect(&self->child, "locked KiB of the child after munmap", locked_kb, m, 0);
	mm_expect(locked_kb(NULL) == locked,
		  "locked KiB of the parent: expected %ld, found %ld", locked, locked_kb(NULL));
	munlock(m->addr, m->len);
	mm_expect(locked_kb(NULL) == before, "locked KiB in the end: expected %ld, found %ld",
		  before, locked_kb(NULL));
}

static int write_new(void *arg)
{
	const struct memory *m = arg;

	pattern_fill(m->addr, m->len, NEW);
	return 0;
}

/* One address space for two: what either writes is there for both, and not for a third. */
MM_SCENARIO(clone_vm_shares_all)
{
	struct memory *m = &self->memory;
	static _Alignas(16) char stack[64 << 10];
	int status;
	pid_t pid;

	self->child = child_fork();
	pid = clone(write_new, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, m);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		mm_broken("clone with CLONE_VM: %m");
	view_check("parent after the other task wrote", m, NEW);
	view_check_in(&self->child, "child after the other task wrote", m, OLD);
	view_touch("parent after it touched", m, NEW);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_MAIN
