// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a checkpoint (CRIU) misses pages that were written since
 * the last one: restored processes have old data.
 *
 * Mechanism: clearing the soft-dirty bits write-protects all entries; a write
 * fault sets the bit. Whatever else write-protects, copies or moves entries (fork,
 * copy-on-write, mprotect, split, swap, migration, unsharing for a pin) has to
 * carry the bit along, and must not grant writing to an entry that waits for it.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: exactly the written base pages have the bit after each of these, in parent and
 * child, of a large folio and after swap and migration no fewer, and the data are right.
 * Does not prove: bits of HugeTLB pages, which the kernel does not keep.
 */
#include "mmtest.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "access.h"
#include "file.h"
#include "memory.h"
#include "nodes.h"
#include "pagemap.h"
#include "pin.h"
#include "swap.h"
#include "view.h"

#define OLD	   1 /* seeds: before the fork, */
#define NEW	   2 /* written since */
#define SWAP_BYTES (64UL << 20)

MM_PROGRAM(cow_leak, soft_dirty,
	   "soft-dirty bits tell exactly what was written, through fork and copy");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	uint64_t *bits; /* of each page: PM_SOFT_DIRTY or 0, as it must be */
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;
MM_KIND(mthp_64k)
{ .memory = MEMORY_MTHP_64K };

static void read_bits(const struct memory *m, pid_t pid, uint64_t *bits)
{
	size_t n = m->len / m->page;

	pagemap_read_of(pid, m->addr, bits, n);
	for (size_t i = 0; i < n; i++)
		bits[i] &= PM_SOFT_DIRTY;
}

/*
 * Compares the bits of a process (0: this one) with what they must be. A page too many
 * costs a checkpoint time, a page too few costs data: @more allows the former.
 */
static void compare_bits(FIXTURE_DATA(test) * self, const char *step, pid_t pid, bool more)
{
	size_t n = self->memory.len / self->memory.page, wrong = 0, first = 0;
	uint64_t *found = calloc(n, sizeof(*found));

	if (!found)
		mm_broken("memory for %zu entries", n);
	read_bits(&self->memory, pid, found);
	for (size_t i = 0; i < n; i++)
		if (found[i] != self->bits[i] && !(more && found[i]) && !wrong++)
			first = i;
	mm_expect(
		!wrong,
		"%s: soft-dirty bits %s: %zu of %zu are wrong, the first is page %zu: expected "
		"%d, found %d",
		memory_name(self->memory.kind), step, wrong, n, first, !!self->bits[first],
		!!found[first]);
	free(found);
}

static void bits_are_right(FIXTURE_DATA(test) * self, const char *step, pid_t pid)
{
	compare_bits(self, step, pid, false);
}

/* Where an entry is made anew, a page that is dirty may be told as written. */
static void no_bit_is_lost(FIXTURE_DATA(test) * self, const char *step, pid_t pid)
{
	compare_bits(self, step, pid, true);
}

/*
 * The entries of a large folio are made anew when a write splits one that maps all of it
 * (since 6.12 at the latest), and change as one when its protection does (7.2): where a
 * page is dirty, they may tell all as written.
 */
static void bits_are_right_or_large(FIXTURE_DATA(test) * self, const char *step, pid_t pid)
{
	compare_bits(self, step, pid,
		     self->memory.kind != MEMORY_BASE && self->memory.kind != MEMORY_MEMFD);
}

static void clear_bits(FIXTURE_DATA(test) * self)
{
	size_t n = self->memory.len / self->memory.page;

	if (file_write("/proc/self/clear_refs", "4"))
		mm_skip("needs soft-dirty bits, /proc/self/clear_refs cannot be written");
	memset(self->bits, 0, n * sizeof(*self->bits));
	bits_are_right(self, "after they were cleared", 0);
}

/* A new page has the bit without any of what is tested here. */
static void needs_soft_dirty(void)
{
	unsigned char *p = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool there;

	if (p == MAP_FAILED)
		mm_broken("mmap of a page: %m");
	*p = 1;
	there = pagemap_entry(p) & PM_SOFT_DIRTY;
	munmap(p, page_size());
	if (!there)
		mm_skip("needs soft-dirty bits (CONFIG_MEM_SOFT_DIRTY), the kernel keeps none");
}

FIXTURE_SETUP(test)
{
	needs_soft_dirty();
	self->memory = memory_make(variant->memory, OLD);
	self->bits = calloc(self->memory.len / self->memory.page, sizeof(*self->bits));
	if (!self->bits)
		mm_broken("memory for the bits");
}
FIXTURE_TEARDOWN(test)
{
}

/* Of a page, the byte that is there already: the data stay as they are. */
static void touch_page(FIXTURE_DATA(test) * self, size_t i)
{
	size_t off = i * self->memory.page + 8;

	access_write(self->memory.addr + off, pattern_byte(off, OLD));
	self->bits[i] = PM_SOFT_DIRTY;
}

static void touch_odd_pages(FIXTURE_DATA(test) * self)
{
	size_t n = self->memory.len / self->memory.page;

	for (size_t i = n > 1; i < n; i += 2)
		touch_page(self, i);
}

MM_SCENARIO(parent_writes_after_fork)
{
	struct memory *m = &self->memory;

	clear_bits(self);
	self->child = child_fork();
	bits_are_right(self, "of the parent after the fork", 0);
	bits_are_right(self, "of the child after the fork", self->child.pid);
	touch_odd_pages(self);
	bits_are_right_or_large(self, "of the parent after its writes", 0);
	view_check("parent after its writes", m, OLD);
	view_check_in(&self->child, "child after the parent's writes", m, OLD);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	bits_are_right_or_large(self, "of the parent after the child wrote", 0);
	view_check("parent in the end", m, OLD);
}

MM_SCENARIO(child_inherits_bits)
{
	clear_bits(self);
	/* Of a THP with one entry all of it is written. */
	self->child = child_fork();
	touch_odd_pages(self);
	child_end(&self->child);
	self->child = child_fork();
	bits_are_right_or_large(self, "of the parent after the second fork", 0);
	bits_are_right_or_large(self, "of the child after the second fork", self->child.pid);
}

/* An entry may not become writable while the kernel waits for its first write. */
MM_SCENARIO(write_after_mprotect)
{
	struct memory *m = &self->memory;
	size_t n = m->len / m->page;

	view_touch("memory before the bits are cleared", m, OLD);
	clear_bits(self);
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of %s: %m", memory_name(m->kind));
	bits_are_right_or_large(self, "after mprotect", 0);
	for (size_t i = 0; i < n; i++)
		touch_page(self, i);
	bits_are_right(self, "after mprotect and writes", 0);
	view_check("memory after mprotect and writes", m, OLD);
}

/* A pin for reading gives the parent its own copy of a page: that is no write. */
MM_SCENARIO(unsharing_for_a_pin)
{
	struct memory *m = &self->memory;
	unsigned char *copy = malloc(m->len);

	clear_bits(self);
	self->child = child_fork();
	touch_odd_pages(self);
	if (!copy || pin_short(getpid(), m->addr, copy, m->len))
		mm_skip("needs process_vm_readv(), found %m");
	pattern_check("what was read through the pin", copy, m->len, OLD);
	bits_are_right_or_large(self, "of the parent after a pin for reading", 0);
	view_touch("parent after it touched", m, OLD);
	for (size_t i = 0; i < m->len / m->page; i++)
		self->bits[i] = PM_SOFT_DIRTY;
	bits_are_right(self, "of the parent after it touched", 0);
	view_check_in(&self->child, "child in the end", m, OLD);
}

/* Half is written, then everything goes out, through a fork, and comes back. */
static void swap_out_half_dirty(FIXTURE_DATA(test) * self, struct swap *swap)
{
	struct memory *m = &self->memory;

	*swap = swap_on(SWAP_BYTES);
	clear_bits(self);
	touch_odd_pages(self);
	/* What one entry maps is written as one. */
	read_bits(m, 0, self->bits);
	if (!swap_out(m->addr, m->len))
		mm_skip("needs memory that can be paged out, %s stayed in",
			memory_name(m->kind));
	no_bit_is_lost(self, "after it was swapped out", 0);
	self->child = child_fork();
	no_bit_is_lost(self, "of the parent after the fork", 0);
	no_bit_is_lost(self, "of the child after the fork", self->child.pid);
}

MM_SCENARIO(swap_keeps_bits)
{
	struct swap swap;

	swap_out_half_dirty(self, &swap);
	view_check("parent after it was swapped in", &self->memory, OLD);
	view_check_in(&self->child, "child after it was swapped in", &self->memory, OLD);
	no_bit_is_lost(self, "of the parent after it was swapped in", 0);
	no_bit_is_lost(self, "of the child after it was swapped in", self->child.pid);
}

MM_SCENARIO(swapoff_keeps_bits)
{
	struct swap swap;

	swap_out_half_dirty(self, &swap);
	if (!swap_off_expect("with the entries of both", &swap))
		return;
	no_bit_is_lost(self, "of the parent after swapoff", 0);
	no_bit_is_lost(self, "of the child after swapoff", self->child.pid);
	view_check("parent after swapoff", &self->memory, OLD);
	view_check_in(&self->child, "child after swapoff", &self->memory, OLD);
}

MM_SCENARIO(migration_keeps_bits)
{
	struct memory *m = &self->memory;
	int target = node_other_than(node_of(m->addr));

	clear_bits(self);
	self->child = child_fork();
	touch_odd_pages(self);
	if (!nodes_move_all(m->addr, m->len, m->page, target))
		mm_skip("needs memory that migrates, %s stayed", memory_name(m->kind));
	no_bit_is_lost(self, "of the parent after migration", 0);
	view_check("parent after migration", m, OLD);
	view_check_in(&self->child, "child after migration", m, OLD);
}

MM_MAIN
