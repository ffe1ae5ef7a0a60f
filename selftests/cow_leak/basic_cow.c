// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process sees what another one writes after a fork, or
 * a child does not get the data that its parent had.
 *
 * Mechanism: fork() write-protects the pages of a private mapping in both
 * processes and takes "exclusive" from them; a write fault copies a page that
 * is not exclusive. Anything that makes such a page writable without a copy
 * joins the processes: a fork that leaves the parent's entry writable, or an
 * mprotect() that grants writing to a page only because the VMA allows it.
 *
 * Introduced by: unknown. Fixed by: unknown. The rule for mprotect() is that of
 * 64fe24a3e05e ("mm/mprotect: try avoiding write faults for exclusive anonymous
 * pages").
 *
 * Proves: for up to four processes and every order of first writes, each sees the
 * whole object as it was at its fork and as itself wrote it since. Does not
 * prove: that no reference from outside the page tables leaks (vmsplice).
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "memory.h"
#include "view.h"

#define OLD  1 /* seeds: before the fork, */
#define NEW  2 /* written by the first, */
#define LAST 3 /* by the last */

MM_PROGRAM(cow_leak, basic_cow, "after fork nobody sees what another process writes");
MM_NEEDS("seconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child, sibling;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_THP_PARTS;
MEMORY_KINDS_MTHP;
MEMORY_KINDS_SWAPPED;
MEMORY_KINDS_KSM;
MEMORY_KINDS_FILE;
MEMORY_KINDS_DISK;
MEMORY_KINDS_HUGETLB;
MEMORY_KINDS_HUGETLB_MANY;

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

/* Writing is forbidden and allowed again: no page may become writable by that alone. */
static long upgrade(void *arg)
{
	const struct memory *m = arg;

	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	return 0;
}

static void first_view(struct child *child, const struct memory *m)
{
	view_check_in(child, "child after the fork", m, OLD);
	view_check("parent after the fork", m, OLD);
}

MM_SCENARIO(parent_writes)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	first_view(&self->child, m);
	view_write("parent after it wrote", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);

	self->sibling = child_fork();
	view_check_in(&self->sibling, "sibling after its fork", m, NEW);
	view_touch("parent after it touched", m, NEW);
	view_write("parent after it wrote again", m, LAST);
	view_touch_in(&self->sibling, "sibling after it touched", m, NEW);
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_check("parent in the end", m, LAST);
}

MM_SCENARIO(child_writes)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	self->sibling = child_fork();
	first_view(&self->child, m);
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	view_check("parent after the child wrote", m, OLD);
	view_check_in(&self->sibling, "sibling after the child wrote", m, OLD);

	view_write_in(&self->sibling, "sibling after it wrote", m, LAST);
	view_check("parent after the sibling wrote", m, OLD);
	view_check_in(&self->child, "child after the sibling wrote", m, NEW);
	/* The parent is the last user of its pages: whatever is done, it is its own data. */
	view_touch("parent after it touched", m, OLD);
	view_check_in(&self->child, "child in the end", m, NEW);
	view_check_in(&self->sibling, "sibling in the end", m, LAST);
}

MM_SCENARIO(parent_writes_after_mprotect)
{
	struct memory *m = &self->memory;

	/* Dirty by itself: a clean entry would not be made writable by mprotect(). */
	view_touch("parent before the fork", m, OLD);
	self->child = child_fork();
	first_view(&self->child, m);
	upgrade(m);
	view_write("parent after mprotect and write", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	/* The child has the pages alone now, the parent has copies. */
	child_call_copy(&self->child, upgrade, m, sizeof(*m));
	view_touch_in(&self->child, "child after mprotect and touch", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_SCENARIO(child_writes_after_mprotect)
{
	struct memory *m = &self->memory;

	/* Dirty by itself: a clean entry would not be made writable by mprotect(). */
	view_touch("parent before the fork", m, OLD);
	self->child = child_fork();
	first_view(&self->child, m);
	child_call_copy(&self->child, upgrade, m, sizeof(*m));
	view_write_in(&self->child, "child after mprotect and write", m, NEW);
	view_check("parent after the child wrote", m, OLD);

	/* Shared once more, in what the child has copied and in what is still old. */
	self->sibling = child_fork();
	upgrade(m);
	view_write("parent after mprotect and write", m, LAST);
	view_check_in(&self->sibling, "sibling after the parent wrote", m, OLD);
	view_check_in(&self->child, "child in the end", m, NEW);
}

struct relay {
	struct child *grandchild; /* a handle of the child */
	struct memory m;
	unsigned char seed;
	bool write;
};

static long fork_grandchild(void *arg)
{
	struct child *c = malloc(sizeof(*c));

	(void)arg;
	if (!c)
		mm_broken("memory for a child: %m");
	*c = child_fork();
	return (long)c;
}

static long ask_grandchild(void *arg)
{
	struct relay *r = arg;

	return r->write ? view_write_in(r->grandchild, "grandchild after it wrote", &r->m,
					r->seed)
			: view_check_in(r->grandchild, "grandchild", &r->m, r->seed);
}

static void grandchild_has(FIXTURE_DATA(test) * self, struct relay r)
{
	if (child_call_copy(&self->child, ask_grandchild, &r, sizeof(r)) == CHILD_DIED)
		mm_fail("%s: child ended by signal %d", memory_name(r.m.kind),
			self->child.signal);
}

MM_SCENARIO(three_generations)
{
	struct memory *m = &self->memory;
	struct relay r = { .m = *m, .seed = OLD };

	self->child = child_fork();
	r.grandchild = (void *)child_call(&self->child, fork_grandchild, NULL);
	view_write("parent after it wrote", m, NEW);
	grandchild_has(self, r);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	grandchild_has(self, r);
	view_check("parent after the child wrote", m, NEW);
	r.write = true;
	r.seed = LAST + 1;
	grandchild_has(self, r);
	view_check_in(&self->child, "child in the end", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_MAIN
