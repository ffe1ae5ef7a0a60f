// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a buffer that a device uses is moved by mremap(), as
 * realloc() does with a large one; from then on the process and the device work
 * on different memory.
 *
 * Mechanism: mremap() moves page table entries, single ones, a PMD, or a whole
 * page table. The entries keep everything that belongs to the page, above all
 * the mark that it is this process's alone: fork and the next write rely on it.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after moves of the whole, of a half, and of one that leaves the source
 * mapped, the pinned frames are at the new place, coherent both ways, also after
 * fork and while the pin outlives the mapping. Does not prove: moves that fail
 * half way.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "memory.h"
#include "pagemap.h"
#include "pinned.h"
#include "thp.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

MM_PROGRAM(gup_pin, pin_moved, "pinned memory stays one with its pin when it is moved");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	struct pinned pinned;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
	self->pinned = pinned_take(NULL, self->m.addr, self->m.len);
	pinned_check(&self->pinned, "after pinning", self->m.addr, 0, self->m.len, 2);
}
FIXTURE_TEARDOWN(test)
{
}

/* Moves @len bytes from @from to a place that is aligned to @align plus @skew. */
static unsigned char *move(FIXTURE_DATA(test) * self, size_t len, int flags, size_t skew)
{
	size_t align = thp_size();
	unsigned char *to = aligned_hole(len + 2 * align, align);

	to += skew;
	to = mremap(self->m.addr, len, len, MREMAP_MAYMOVE | MREMAP_FIXED | flags, to);
	if (to == MAP_FAILED && errno == EINVAL && flags)
		mm_skip("needs MREMAP_DONTUNMAP for %s, the kernel refuses it",
			memory_name(self->m.kind));
	if (to == MAP_FAILED)
		mm_broken("mremap of %zu bytes: %m", len);
	return to;
}

static long first_bytes(void *arg)
{
	unsigned char *addr = arg;

	return addr[0] << 8 | addr[1];
}

/* Fork, whoever writes first: the last thing that shows a lost mark. */
static void check_with_child(FIXTURE_DATA(test) * self, unsigned char *to, size_t off,
			     size_t len)
{
	long before = first_bytes(to);
	struct child c;
	long seen;

	c = child_fork();
	pinned_check(&self->pinned, "moved, after fork, with the child alive", to, off, len, 5);
	seen = child_call(&c, first_bytes, to);
	mm_expect(seen == before,
		  "child, first bytes of the moved memory: expected %#lx, found %#lx", before,
		  seen);
	child_end(&c);
	pinned_check(&self->pinned, "moved, after the child ended", to, off, len, 6);
}

static void move_whole(FIXTURE_DATA(test) * self, size_t skew)
{
	size_t len = self->m.len;
	unsigned char *to = move(self, len, 0, skew);

	pattern_check("moved memory", to, len, 2);
	pinned_frames_check(&self->pinned, "after mremap", to, 0, len);
	pinned_check(&self->pinned, "after mremap", to, 0, len, 3);
	check_with_child(self, to, 0, len);
	pinned_release(&self->pinned);
	pattern_check("moved memory after unpinning", to, len, 6);
}

/* A PMD can be moved as it is. */
MM_SCENARIO(aligned)
{
	move_whole(self, 0);
}

/* Single entries are moved, so the PMD of a THP is split. */
MM_SCENARIO(unaligned)
{
	move_whole(self, page_size());
}

/* The source stays mapped and is empty: nothing of the pin may be seen there. */
MM_SCENARIO(source_stays)
{
	size_t len = self->m.len;
	unsigned char *to = move(self, len, MREMAP_DONTUNMAP, 0);

	pattern_check("moved memory", to, len, 2);
	pinned_check(&self->pinned, "after mremap with DONTUNMAP", to, 0, len, 3);
	if (self->m.kind != MEMORY_MEMFD)
		mm_expect(!self->m.addr[0], "source that stays mapped: expected 0, found %#04x",
			  self->m.addr[0]);
	pattern_fill(self->m.addr, len, 9);
	pattern_check("moved memory, after writes to its source", to, len, 3);
	check_with_child(self, to, 0, len);
	pattern_check("source that stays mapped, at the end", self->m.addr, len, 9);
	pinned_release(&self->pinned);
}

/* Grows in place or moves: what is pinned is at the start of the result. */
MM_SCENARIO(grown)
{
	size_t len = self->m.len;
	unsigned char *to = mremap(self->m.addr, len, 2 * len, MREMAP_MAYMOVE);

	if (to == MAP_FAILED)
		mm_broken("mremap to twice the size: %m");
	pattern_check("grown memory", to, len, 2);
	pinned_check(&self->pinned, "after mremap to twice the size", to, 0, len, 3);
	check_with_child(self, to, 0, len);
	pinned_release(&self->pinned);
}

MM_MAIN
