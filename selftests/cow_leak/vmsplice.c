// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process that has unmapped its memory still reads from
 * a pipe what another process writes there later: keys, passwords.
 *
 * Mechanism: vmsplice() puts references to pages into a pipe. After the fork
 * the page is mapped by both sides; the reader unmaps it and keeps the pipe. A
 * write fault of the other side finds a page that is mapped once; if it reuses
 * the page for that reason instead of counting all references, the pipe sees
 * what is written.
 *
 * Introduced by: unknown. Fixed by: 09854ba94c6a ("mm: do_wp_page()
 * simplification"), CVE-2020-29374. HugeTLB pages are reused by their mapcount
 * to this day.
 *
 * Proves: the whole object read from the pipe is what it was at the fork,
 * whichever side keeps the pipe, also when mprotect() could make pages writable.
 * Does not prove: the same for pins that may be written (gup_pin).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "memory.h"
#include "spliced.h"
#include "view.h"

#define OLD    1 /* seeds: before the fork, */
#define SECRET 2 /* written when the other side has unmapped its memory */

MM_PROGRAM(cow_leak, vmsplice, "a pipe does not see what is written after the fork");
MM_NEEDS("seconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;
MEMORY_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", &self->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

MM_SCENARIO(child_keeps_pipe)
{
	struct memory *m = &self->memory;
	struct spliced *kept = spliced_take_in(&self->child, m);

	view_write("parent after it wrote", m, SECRET);
	spliced_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, SECRET);
}

MM_SCENARIO(parent_keeps_pipe)
{
	struct memory *m = &self->memory;
	struct spliced *kept = spliced_take(m);

	view_write_in(&self->child, "child after it wrote", m, SECRET);
	spliced_check(kept, OLD);
	view_check_in(&self->child, "child in the end", m, SECRET);
}

MM_SCENARIO(child_keeps_pipe_parent_upgrades)
{
	struct memory *m = &self->memory;
	struct spliced *kept = spliced_take_in(&self->child, m);

	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	view_write("parent after mprotect and write", m, SECRET);
	spliced_check_in(&self->child, kept, OLD);
	view_check("parent in the end", m, SECRET);
}

MM_MAIN
