// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: write protection by userfaultfd is lost when the kernel
 * moves a page, so a snapshot misses what is written afterwards.
 *
 * Mechanism: a page that migrates is mapped by a migration entry for a while. The
 * uffd-wp bit moves to that entry and back, by code of its own for PTEs, PMDs and
 * HugeTLB pages.
 *
 * Introduced by: unknown. Fixed by: f45ec5ff16a7, its migration part.
 *
 * Proves: the bit of every page, protected or not, survives a move to another
 * node, and a write is trapped. Does not prove: compaction under load.
 */
#include "mmtest.h"

#include <numaif.h>
#include <sys/mman.h>

#include "access.h"
#include "caseloop.h"
#include "region.h"
#include "tasks.h"

MM_PROGRAM(uffd_remap, wp_migrate, "write protection survives migration");
MM_NEEDS("root: yes\nnodes: 2\nhugepages: 4\nseconds: 60\nharm: none\n");

FIXTURE(test){};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
MM_KIND(base)
{ .region = REGION_BASE };
MM_KIND(thp)
{ .region = REGION_THP };
MM_KIND(memfd)
{ .region = REGION_MEMFD };
REGION_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

/* The node of a page, or -errno. */
static int node_of(void *addr)
{
	int status = -ENOENT;

	return move_pages(0, 1, &addr, NULL, &status, 0) ? -errno : status;
}

/* Moves one page; a page that somebody else looks at is tried again. */
static void move_to(void *addr, int node)
{
	double end = seconds_now() + 2 * mm_slow();
	int status;

	do {
		if (move_pages(0, 1, &addr, &node, &status, MPOL_MF_MOVE) < 0)
			mm_broken("move_pages to node %d: %m", node);
		if (node_of(addr) == node)
			return;
		usleep(1000);
	} while (seconds_now() < end);
	mm_skip("needs a page that can be moved to node %d, found %s; free memory there", node,
		status < 0 ? strerror(-status) : "it stayed");
}

MM_SCENARIO(another_node_keeps_it)
{
	struct uffd *u = region_uffd(variant->region, 0);
	struct region r = region_make(variant->region);
	/* All of a THP is protected, or it would not move in one piece. */
	bool some = variant->region != REGION_THP;
	size_t step = some ? r.page : r.unit;
	int node = node_of(r.addr) == 0 ? 1 : 0;
	uint8_t *bits;

	region_register(u, &r);
	free(region_protect(u, &r));
	if (some)
		uffd_protect(u, r.addr + r.touched - r.page, r.page, false);
	bits = wp_bits_of(0, r.addr, r.len);
	for (size_t off = 0; off < r.touched; off += step)
		move_to(r.addr + off, node);
	wp_expect("after migration", r.addr, r.len, bits);
	pattern_check("migrated pages", r.addr, r.touched, REGION_SEED);
	uffd_expect_none(u, "until the first write");
	uffd_expect_write(u, "write to the first page", r.addr, true);
	uffd_expect_write(u, "write to the last page", r.addr + r.touched - r.page, !some);
}

MM_MAIN
