// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: memory that was once used by a device stays "pinned" for
 * ever: each fork copies it, it cannot be swapped, migrated or compacted, and a
 * huge page never returns to its pool; or it returns twice.
 *
 * Mechanism: a pin counts at the page, for huge pages in a counter of its own
 * next to the reference count. What unpins must lower all that pinning raised.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after unpinning fork shares all frames again, the memory is reclaimed
 * and migrates, and a HugeTLB page returns exactly once; memory that is unmapped
 * before keeps its content for the pin. Does not prove: pins that are dropped by
 * the end of a process.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugepage.h"
#include "memory.h"
#include "nodes.h"
#include "pagemap.h"
#include "pinned.h"
#include "swap.h"
#include "tasks.h"

#define SWAP_BYTES (64UL << 20)

MM_PROGRAM(gup_pin, pin_release, "nothing of a pin is left when it is released");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct memory m;
	size_t huge;		   /* bytes of a HugeTLB page; 0: the memory is none */
	struct hugepage_pool base; /* the pool while the page is mapped */
	struct pinned pinned;
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
MEMORY_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
	if (self->m.page != page_size()) {
		self->huge = self->m.page;
		self->base = hugepage_pool_read(self->huge, -1);
	}
	self->pinned = pinned_take(NULL, self->m.addr, self->m.len);
	pinned_check(&self->pinned, "after pinning", self->m.addr, 0, self->m.len, 2);
}
FIXTURE_TEARDOWN(test)
{
}

static uint64_t mapcount(uint64_t frame)
{
	uint64_t count;

	if (kpagecount_read(frame, &count, 1) != 1)
		mm_broken("/proc/kpagecount at frame %#llx: short read",
			  (unsigned long long)frame);
	return count;
}

static void pool_expect(FIXTURE_DATA(test) * self, const char *step, long more_free)
{
	if (self->huge)
		hugepage_pool_expect(step, self->huge, self->base,
				     (struct hugepage_pool){ .free = more_free });
}

MM_SCENARIO(fork_shares_again)
{
	size_t page = page_size(), n = self->m.len / page;
	uint64_t *ours = calloc(n, sizeof(*ours)), *theirs = calloc(n, sizeof(*theirs));
	struct child c;

	if (!ours || !theirs)
		mm_broken("memory for %zu frame numbers", 2 * n);
	pinned_release(&self->pinned);
	c = child_fork();
	pagemap_frames(0, self->m.addr, ours, n);
	pagemap_frames(c.pid, self->m.addr, theirs, n);
	for (size_t i = 0; i < n; i++) {
		if (!mm_expect(ours[i] && ours[i] == theirs[i],
			       "page %zu after unpinning and fork: expected one frame, found "
			       "%#llx in the parent, %#llx in the child",
			       i, (unsigned long long)ours[i], (unsigned long long)theirs[i]))
			break;
		if (!self->huge && !mm_expect(mapcount(ours[i]) == 2,
					      "page %zu after unpinning and fork: expected 2 "
					      "mappings, found %llu",
					      i, (unsigned long long)mapcount(ours[i])))
			break;
	}
	child_end(&c);
	pattern_check("memory after the child ended", self->m.addr, self->m.len, 2);
	pool_expect(self, "after unpinning and fork", 0);
	free(ours);
	free(theirs);
}

/* Page reclaim takes it, or the pool has it back, and no sooner. */
MM_SCENARIO(given_back)
{
	if (!self->huge)
		swap_on(SWAP_BYTES);
	pool_expect(self, "while pinned", 0);
	pinned_release(&self->pinned);
	pool_expect(self, "after unpinning", 0);
	if (self->huge) {
		munmap(self->m.addr, self->m.len);
		pool_expect(self, "after munmap", 1);
		return;
	}
	mm_expect(swap_out(self->m.addr, self->m.len),
		  "memory after unpinning: MADV_PAGEOUT does not swap it out");
	pattern_check("memory after swap", self->m.addr, self->m.len, 2);
}

/* The mapping goes first; the page belongs to the pin until that goes as well. */
MM_SCENARIO(unmapped_while_pinned)
{
	size_t page = page_size();
	unsigned char *buf = malloc(page);
	uint64_t frame = self->pinned.frames[0];

	if (!buf)
		mm_broken("memory for a page");
	munmap(self->m.addr, self->m.len);
	pool_expect(self, "after munmap of the pinned page", 0);
	mm_expect(!kpf(kpageflags(frame), KPF_BUDDY),
		  "pinned frame: free after munmap of the memory");
	if (!self->pinned.pin.by->once) {
		pin_read(&self->pinned.pin, self->m.len - page, buf, page);
		for (size_t i = 0; i < page; i++)
			if (!mm_expect(buf[i] == pattern_byte(self->m.len - page + i, 2),
				       "last page, which only the pin has: byte %zu differs",
				       i))
				break;
	}
	pinned_release(&self->pinned);
	pool_expect(self, "after unpinning", 1);
	free(buf);
}

MM_SCENARIO(migrates_again)
{
	int target = node_other_than(node_of(self->m.addr));
	size_t moved;

	if (self->huge)
		hugepage_pool_add(GUARD_CASE, self->huge, target, 2);
	moved = nodes_move(self->m.addr, self->m.len, self->m.page, target);
	mm_expect(!moved, "pinned memory: expected 0 pages on the other node, found %zu",
		  moved);
	pinned_check(&self->pinned, "after an attempt to migrate it", self->m.addr, 0,
		     self->m.len, 3);
	pinned_release(&self->pinned);
	mm_expect(nodes_move_all(self->m.addr, self->m.len, self->m.page, target),
		  "memory after unpinning: does not migrate");
	pattern_check("memory after migration", self->m.addr, self->m.len, 3);
}

MM_MAIN
