// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a device reads a buffer that its process mapped read-only
 * when it was handed over; the process then writes to the buffer, and the device
 * sees the old bytes, or a child sees the new ones.
 *
 * Mechanism: a pin for reading does not fault for writing. On a page that may be
 * common (the other side lives, or is gone and nobody has looked) it has to make
 * the page the process's own first; so must a long-term pin of a page of a file in a
 * private mapping, or of the zero page. The first write may not copy the page away
 * from the pin.
 *
 * Introduced by: unknown. Fixed by: a7f226604170 ("mm/gup: trigger
 * FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page").
 *
 * Proves: memory that is mapped read-only, common, common before, or never common,
 * is one with its pin after it became writable and was written; the child has the
 * bytes of the fork. Does not prove: pins for writing (gup_pin).
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "access.h"
#include "held.h"
#include "memory.h"
#include "pagemap.h"
#include "view.h"

#define OLD  1 /* seeds: when it is pinned, */
#define NEW  2 /* written by who pinned it, */
#define LAST 3 /* by the child */

MM_PROGRAM(cow_leak, readonly_pin,
	   "a pin for reading on read-only memory stays with its process");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

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
#define KINDS_PINNED_BY(pin, provider)                         \
	MM_KIND(base_##pin)                                    \
	{ .memory = MEMORY_BASE, .by = &provider };            \
	MM_KIND(thp_##pin)                                     \
	{ .memory = MEMORY_THP, .by = &provider };             \
	MM_KIND(thp_pte_##pin)                                 \
	{ .memory = MEMORY_THP_PTE, .by = &provider };         \
	MM_KIND(thp_one_pte_##pin)                             \
	{ .memory = MEMORY_THP_ONE_PTE, .by = &provider };     \
	MM_KIND(thp_shared_part_##pin)                         \
	{ .memory = MEMORY_THP_SHARED_PART, .by = &provider }; \
	MM_KIND(ksm_##pin)                                     \
	{ .memory = MEMORY_KSM, .by = &provider };             \
	MM_KIND(memfd_##pin)                                   \
	{                                                      \
		.memory = MEMORY_MEMFD, .by = &provider        \
	}
KINDS_PINNED_BY(readv, pin_readv);
KINDS_PINNED_BY(gup_test, pin_gup_test_read);
KINDS_PINNED_BY(gup_test_fast, pin_gup_test_fast);

static void protect(const struct memory *m, int prot)
{
	if (mprotect(m->addr, m->len, prot))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
}

/*
 * A kernel that takes pins for reading on common pages cannot keep the promise: a
 * base page that is pinned after a fork shows which it is.
 */
static void needs_unsharing(void)
{
	struct memory base = memory_make(MEMORY_BASE, OLD);
	uint64_t frame = pagemap_pfn(base.addr);
	struct child child = child_fork();
	unsigned char byte;
	int ret = pin_short(getpid(), base.addr, &byte, 1);

	if (ret || pagemap_pfn(base.addr) == frame)
		mm_skip("needs a kernel that unshares memory for a pin for reading, found one "
			"that does not; run a newer one");
	child_end(&child);
	munmap(base.addr, base.len);
}

FIXTURE_SETUP(test)
{
	needs_unsharing();
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

/* Pins what is read-only, writes to it, and reads it through the pin. */
static void pin_and_write(FIXTURE_DATA(test) * self, const struct pin_provider *by)
{
	struct memory *m = &self->memory;
	struct held *held = held_take(by, m, HELD_KEEP);

	view_check("memory when it is pinned", m, OLD);
	protect(m, PROT_READ | PROT_WRITE);
	view_write("memory that is pinned, after it was written", m, NEW);
	held_check(held, NEW);
}

MM_SCENARIO(common)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	protect(m, PROT_READ);
	pin_and_write(self, variant->by);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
}

MM_SCENARIO(common_before)
{
	struct memory *m = &self->memory;

	protect(m, PROT_READ);
	self->child = child_fork();
	child_end(&self->child);
	pin_and_write(self, variant->by);
}

MM_SCENARIO(never_common)
{
	protect(&self->memory, PROT_READ);
	pin_and_write(self, variant->by);
}

/* Pinned first, then common: the fork has to give the child a page of its own. */
MM_SCENARIO(fork_after_pin)
{
	struct memory *m = &self->memory;
	struct held *held;

	protect(m, PROT_READ);
	held = held_take(variant->by, m, HELD_KEEP);
	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", m, OLD);
	protect(m, PROT_READ | PROT_WRITE);
	view_write("memory that is pinned, after it was written", m, NEW);
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
	held_check(held, NEW);
}

MM_MAIN
