// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: on a machine with several nodes a huge page comes from a node that
 * the policy excludes, the policy is lost in a move, or a node's counters go wrong so that
 * its pool can no longer be used or shrunk.
 *
 * Mechanism: reservations are the machine's, pages are a node's. A fault takes a page of
 * the nodes that the policy of the mapping allows; freeing and migrating change the
 * counters of the page's own node.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: each node's pool is exact after faults, moves, refusals and migration of bound
 * mappings. Does not prove: interleaving and preferred policies, cpusets.
 */
#include "mmtest.h"

#include <numaif.h>
#include <sys/mman.h>

#include "access.h"
#include "cgroup.h"
#include "hugemap.h"
#include "nodes.h"
#include "pagemap.h"
#include "thp.h"

#define PAGES 2

MM_PROGRAM(hugetlb_mremap, node_policy, "each node's pool is exact, policies move along");
MM_NEEDS("root: yes\nnodes: 2\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	int here, there;
	struct hugepage_pool base, base_here, base_there;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->here = node_other_than(-1);
	self->there = node_other_than(self->here);
	hugepage_pool_add(GUARD_CASE, self->size, self->here, PAGES);
	hugepage_pool_add(GUARD_CASE, self->size, self->there, PAGES);
	self->base = hugepage_pool_read(self->size, -1);
	self->base_here = hugepage_pool_read(self->size, self->here);
	self->base_there = hugepage_pool_read(self->size, self->there);
}
FIXTURE_TEARDOWN(test)
{
}

static void node_expect(const char *step, size_t size, int node, struct hugepage_pool base,
			long used)
{
	struct hugepage_pool now = hugepage_pool_read(size, node);

	mm_expect(
		now.total == base.total && now.free == base.free - used &&
			now.surplus == base.surplus,
		"pool of node %d %s: expected total %ld free %ld surplus %ld, found total %ld "
		"free %ld surplus %ld",
		node, step, base.total, base.free - used, base.surplus, now.total, now.free,
		now.surplus);
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long here, long there,
		   long reserved)
{
	hugepage_pool_expect(step, self->size, self->base,
			     (struct hugepage_pool){ .free = -here - there,
						     .reserved = reserved });
	node_expect(step, self->size, self->here, self->base_here, here);
	node_expect(step, self->size, self->there, self->base_there, there);
}

static void bind_to(void *at, size_t len, int node)
{
	unsigned long mask = 1UL << node;

	if (mbind(at, len, MPOL_BIND, &mask, sizeof(mask) * 8, 0))
		mm_broken("mbind to node %d: %m", node);
}

static void touch(const FIXTURE_DATA(test) * self, char *at, size_t i, int node)
{
	char *page = at + i * self->size;
	int sig = access_write(page, 1);

	if (!mm_expect(!sig, "page %zu: bound to node %d, writing raised signal %d", i, node,
		       sig))
		return;
	hugemap_fill(at, self->size, i);
	mm_expect(node_of(page) == node, "page %zu: bound to node %d, found on node %d", i,
		  node, node_of(page));
}

static void end(const FIXTURE_DATA(test) * self, const struct hugemap *m, char *at,
		size_t pages)
{
	munmap(at, pages * self->size);
	if (m->fd >= 0)
		close(m->fd);
	expect(self, "at the end", 0, 0, 0);
}

MM_SCENARIO(policy_moves_along)
{
	struct hugemap m = hugemap_make(variant->memory, PAGES, NULL);
	size_t len = PAGES * self->size;
	char *to = aligned_hole(len, self->size);

	bind_to(m.addr, len, self->there);
	expect(self, "after mmap", 0, 0, PAGES);
	touch(self, m.addr, 0, self->there);
	expect(self, "after a page was touched", 0, 1, 1);
	if (!hugemap_move(m.addr, len, to))
		return;
	expect(self, "after mremap", 0, 1, 1);
	touch(self, to, 1, self->there);
	hugemap_check("moved page", to, self->size, 0);
	expect(self, "after both pages were touched", 0, 2, 0);
	end(self, &m, to, PAGES);
}

/* Reserved on the machine, but not on the node: the fault is refused and costs nothing. */
MM_SCENARIO(node_without_a_free_page)
{
	size_t pages = self->base_there.free + 1;
	struct hugemap m;

	if (self->base_there.free != PAGES || self->base.free - self->base.reserved < PAGES + 1)
		mm_skip("needs a pool without free pages on node %d, %ld are others'",
			self->there, self->base_there.free - PAGES);
	m = hugemap_make(variant->memory, pages, NULL);
	bind_to(m.addr, pages * self->size, self->there);
	for (size_t i = 0; i < PAGES; i++)
		touch(self, m.addr, i, self->there);
	for (int i = 0; i < 2; i++) {
		mm_expect(access_write(m.addr + PAGES * self->size, 1) == SIGBUS,
			  "page that its node does not have: writing did not raise SIGBUS");
		expect(self, "after a refused fault", 0, PAGES, 1);
	}
	bind_to(m.addr + PAGES * self->size, self->size, self->here);
	touch(self, m.addr, PAGES, self->here);
	expect(self, "after it was bound to another node", 1, PAGES, 0);
	end(self, &m, m.addr, pages);
}

/* A process that may use one node only cannot reserve what the others have. */
MM_SCENARIO(reservation_beyond_the_node)
{
	unsigned long mask = 1UL << self->there;
	size_t pages = self->base_there.free + 1;
	int flags = MAP_ANONYMOUS | hugepage_map_flags(self->size);
	char *p;

	flags |= variant->memory == HUGEMAP_PRIVATE ? MAP_PRIVATE : MAP_SHARED;
	if (set_mempolicy(MPOL_BIND, &mask, sizeof(mask) * 8))
		mm_broken("set_mempolicy: %m");
	p = mmap(NULL, pages * self->size, PROT_READ | PROT_WRITE, flags, -1, 0);
	mm_expect(p == MAP_FAILED && errno == ENOMEM,
		  "mmap of more than the node has: expected ENOMEM, found another result");
	expect(self, "after a refused mmap", 0, 0, 0);
	if (set_mempolicy(MPOL_DEFAULT, NULL, 0))
		mm_broken("set_mempolicy: %m");
}

MM_SCENARIO(migrated_page_changes_its_pool)
{
	struct hugemap m = hugemap_make(variant->memory, PAGES, NULL);
	size_t len = PAGES * self->size;
	char *to = aligned_hole(len, self->size);

	bind_to(m.addr, len, self->here);
	touch(self, m.addr, 0, self->here);
	if (!nodes_move_all(m.addr, self->size, self->size, self->there))
		mm_skip("needs HugeTLB pages that can be migrated, this one cannot");
	expect(self, "after migration", 0, 1, 1);
	hugemap_check("migrated page", m.addr, self->size, 0);
	if (!hugemap_move(m.addr, len, to))
		return;
	expect(self, "after mremap", 0, 1, 1);
	if (!nodes_move_all(to, self->size, self->size, self->here))
		mm_fail("moved page: cannot be migrated back");
	expect(self, "after migration back", 1, 0, 1);
	hugemap_check("page migrated back", to, self->size, 0);
	touch(self, to, 1, self->here);
	end(self, &m, to, PAGES);
}

/* Charged once, whichever node it lies on, and given back once. */
MM_SCENARIO(migrated_page_keeps_its_charge)
{
	struct cgroup cg = cgroup_make();
	struct hugemap m;

	if (cgroup_join(&cg))
		mm_broken("joining a cgroup failed");
	m = hugemap_make(variant->memory, 1, NULL);
	bind_to(m.addr, self->size, self->here);
	touch(self, m.addr, 0, self->here);
	for (int i = 0; i < 2; i++) {
		if (!nodes_move_all(m.addr, self->size, self->size,
				    i ? self->here : self->there))
			mm_skip("needs HugeTLB pages that can be migrated, this one cannot");
		mm_expect(cgroup_pages(&cg, self->size, false) == 1,
			  "hugetlb cgroup after migration: expected a page in use, found %ld",
			  cgroup_pages(&cg, self->size, false));
	}
	end(self, &m, m.addr, 1);
	cgroup_expect("after munmap", &cg, self->size, 0, 0);
	cgroup_leave(&cg);
	cgroup_remove(&cg);
}

MM_MAIN
