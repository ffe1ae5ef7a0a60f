// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>

#include "blockpages.h"
#include "hugepage.h"
#include "pagemap.h"
#include "report.h"

#define GOOD_MAX   8
#define NODES_MAX  64
#define BLOCKS_MAX 1024

long blockpages_count(size_t size, const struct memblock *block)
{
	long n = 0;

	for (uint64_t pfn = block->first; memblock_holds(block, pfn);
	     pfn += size / page_size()) {
		uint64_t flags = kpageflags(pfn);

		n += kpf(flags, KPF_HUGE) && kpf(flags, KPF_COMPOUND_HEAD);
	}
	return n;
}

/* The blocks of ZONE_MOVABLE on a node that go offline, at most GOOD_MAX. */
static size_t good_blocks(int node, struct memblock *good)
{
	struct memblock all[BLOCKS_MAX];
	size_t n = memblock_list(all, BLOCKS_MAX), used = 0;

	for (size_t i = n; i-- > 0 && used < GOOD_MAX;)
		if (all[i].movable && all[i].node == node && !memblock_offline(&all[i], 2) &&
		    !memblock_online(&all[i]))
			good[used++] = all[i];
	return used;
}

/* Pages in use that leave the block may go to any node, and stay there. */
static void hold_other_pools(enum guard_scope scope, size_t size, int node)
{
	char path[128];

	for (int other = 0; other < NODES_MAX; other++) {
		if (other == node)
			continue;
		hugepage_pool_path(size, other, "nr_hugepages", path, sizeof(path));
		guard_hold(scope, path);
	}
}

long blockpages_add(enum guard_scope scope, size_t size, struct memblock *block)
{
	int node = memblock_movable().node;
	struct memblock good[GOOD_MAX];
	size_t n = good_blocks(node, good);
	long most = 0, chunk = 8, added = 0, max;

	hold_other_pools(scope, size, node);
	/* A block that does not go may have to be filled before. */
	max = (GOOD_MAX + 4) * (long)(memblock_size() / size);
	while (n && !most && added < max) {
		hugepage_pool_add(scope, size, node, chunk);
		added += chunk;
		for (size_t i = 0; i < n; i++) {
			long inside = blockpages_count(size, &good[i]);

			if (inside > most) {
				most = inside;
				*block = good[i];
			}
		}
		chunk = chunk < 32 ? chunk * 2 : chunk;
	}
	if (!most)
		mm_skip("needs huge pages in a block of ZONE_MOVABLE that goes offline, found "
			"none "
			"among %ld new ones in %zu blocks",
			added, n);
	return most;
}
