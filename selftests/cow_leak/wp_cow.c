// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a program that write-protects its memory by userfaultfd (a
 * snapshot, live migration) misses writes after it has forked, or a write that it
 * lets go is lost or seen by the child.
 *
 * Mechanism: an entry can be read-only for two reasons, the protection and a page
 * that is common after fork. Resolving one must leave the other: a write is
 * reported first and copies then; mprotect() may not make the entry writable; a
 * copy that is made for a pin stays protected.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: each write of the parent is reported once, whether the page is common or
 * not, nobody's bytes change but the writer's, and the pages that were not written
 * stay protected. Does not prove: the protection of the child (uffd_remap.wp_fork),
 * nor HugeTLB.
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "access.h"
#include "memory.h"
#include "pagemap.h"
#include "pin.h"
#include "region.h"
#include "uffd.h"
#include "view.h"

#define OLD    1  /* seeds: before the fork, */
#define NEW    2  /* written since */
#define WRITES 32 /* at most so many pages are written one by one */

MM_PROGRAM(cow_leak, wp_cow,
	   "write protection by userfaultfd and copy-on-write do not undo each other");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct uffd *uffd;
	uint8_t *bits; /* of each page: is it protected */
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;
MEMORY_KINDS_KSM;
MM_KIND(mthp_64k)
{ .memory = MEMORY_MTHP_64K };

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;
	size_t pages;

	*m = memory_make(variant->memory, OLD);
	pages = m->len / m->page;
	self->uffd = region_uffd(m->kind == MEMORY_MEMFD ? REGION_MEMFD : REGION_BASE, 0);
	uffd_register(self->uffd, m->addr, m->len, UFFDIO_REGISTER_MODE_WP);
	uffd_protect(self->uffd, m->addr, m->len, true);
	self->bits = wp_bits_of(0, m->addr, m->len);
	for (size_t i = 0; i < pages; i++)
		if (!self->bits[i])
			mm_skip("needs the uffd-wp bit in /proc/PID/pagemap, this kernel does "
				"not "
				"show it; run a newer one");
}
FIXTURE_TEARDOWN(test)
{
}

/* Writes a byte to each of some pages; to a protected one it must be reported once. */
static void write_trapped(FIXTURE_DATA(test) * self, const char *step, size_t from)
{
	struct memory *m = &self->memory;
	size_t pages = m->len / m->page, every = pages / WRITES + 2;

	for (size_t i = from % pages; i < pages; i += every) {
		size_t off = i * m->page + 16;
		struct uffd_event event = { UFFD_WP, uffd_addr(m->addr + i * m->page), 0, 0 };
		int sig = access_write(m->addr + off, pattern_byte(off, OLD));

		mm_expect(!sig, "%s: writing page %zu raised signal %d", step, i, sig);
		if (!uffd_expect(self->uffd, step, &event, self->bits[i]))
			return;
		self->bits[i] = 0;
	}
	wp_expect(step, m->addr, m->len, self->bits);
	view_check(step, m, OLD);
}

static void upgrade(const struct memory *m)
{
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
}

MM_SCENARIO(parent_writes_after_fork)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", m, OLD);
	write_trapped(self, "after the parent's writes", 1);
	view_check_in(&self->child, "child after the parent's writes", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	uffd_expect_none(self->uffd, "after the child wrote");
	wp_expect("after the child wrote", m->addr, m->len, self->bits);
	view_check("parent after the child wrote", m, OLD);
	write_trapped(self, "after more writes of the parent", 0);
	view_check_in(&self->child, "child in the end", m, NEW);
}

MM_SCENARIO(child_writes_first)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	view_touch_in(&self->child, "child after it touched", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	uffd_expect_none(self->uffd, "after the child wrote");
	wp_expect("after the child wrote", m->addr, m->len, self->bits);
	write_trapped(self, "after the parent's writes", 1);
	view_check_in(&self->child, "child in the end", m, NEW);
}

/* The parent is alone again and may have its pages without a copy, but not unnoticed. */
MM_SCENARIO(parent_writes_after_childs_end)
{
	self->child = child_fork();
	child_end(&self->child);
	write_trapped(self, "after the parent's writes", 1);
}

MM_SCENARIO(write_after_mprotect)
{
	struct memory *m = &self->memory;

	upgrade(m);
	wp_expect("after mprotect", m->addr, m->len, self->bits);
	write_trapped(self, "after mprotect and writes", 1);
	self->child = child_fork();
	upgrade(m);
	wp_expect("after the fork and mprotect", m->addr, m->len, self->bits);
	write_trapped(self, "after the fork, mprotect and writes", 0);
	view_check_in(&self->child, "child in the end", m, OLD);
}

/* Unprotecting everything may not make common pages writable. */
MM_SCENARIO(unprotected_after_fork)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	uffd_protect(self->uffd, m->addr, m->len, false);
	view_write("parent after it was unprotected and wrote", m, NEW);
	uffd_expect_none(self->uffd, "after writes to unprotected memory");
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	uffd_protect(self->uffd, m->addr, m->len, true);
	self->bits = wp_bits_of(0, m->addr, m->len);
	view_check("parent in the end", m, NEW);
}

/* A pin for reading gives the parent its own copy: protected like the first. */
MM_SCENARIO(unsharing_for_a_pin)
{
	struct memory *m = &self->memory;
	unsigned char *copy = malloc(m->len);

	self->child = child_fork();
	if (!copy || pin_short(getpid(), m->addr, copy, m->len))
		mm_skip("needs process_vm_readv(), found %m");
	pattern_check("what was read through the pin", copy, m->len, OLD);
	uffd_expect_none(self->uffd, "after a pin for reading");
	wp_expect("after a pin for reading", m->addr, m->len, self->bits);
	write_trapped(self, "after the parent's writes", 1);
	view_check_in(&self->child, "child in the end", m, OLD);
}

MM_MAIN
