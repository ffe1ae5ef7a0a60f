// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <hugetlbfs.h> /* relies on the headers above */

#include "file.h"
#include "hugepage.h"
#include "report.h"
#include "tasks.h"

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

#define NODES_MAX 64

size_t hugepage_default_size(void)
{
	long kb = file_field("/proc/meminfo", "Hugepagesize:");

	return kb > 0 ? (size_t)kb * 1024 : 0;
}

size_t hugepage_sizes(size_t *sizes, size_t max)
{
	long found[16];
	int n = gethugepagesizes(found, 16);
	size_t used = 0;

	for (int i = 0; i < n && used < max; i++)
		sizes[used++] = found[i];
	return used;
}

void hugepage_pool_path(size_t size, int node, const char *file, char *path, size_t max)
{
	if (node < 0)
		snprintf(path, max, "/sys/kernel/mm/hugepages/hugepages-%zukB/%s", size / 1024,
			 file);
	else
		snprintf(path, max,
			 "/sys/devices/system/node/node%d/hugepages/hugepages-%zukB/%s", node,
			 size / 1024, file);
}

bool hugepage_pool_exists(size_t size)
{
	char path[128];

	hugepage_pool_path(size, -1, "nr_hugepages", path, sizeof(path));
	return size && !access(path, F_OK);
}

void hugepage_pool_add(enum guard_scope scope, size_t size, int node, long n)
{
	char path[128];
	long got;

	if (!hugepage_pool_exists(size))
		mm_skip("needs %zukB huge pages, which this kernel or CPU does not have",
			size / 1024);
	hugepage_pool_path(size, node, "nr_hugepages", path, sizeof(path));
	got = guard_add(scope, path, n);
	if (got < n)
		mm_skip("needs %ld more %zukB pages in the pool, got %ld; free memory or "
			"reserve them at boot",
			n, size / 1024, got > 0 ? got : 0);
}

/* A counter that a broken kernel let wrap below zero reads as negative. */
static long pool_value(size_t size, int node, const char *file)
{
	char path[128], text[32];

	hugepage_pool_path(size, node, file, path, sizeof(path));
	if (file_read(path, text, sizeof(text)) <= 0)
		return -1;
	return (long)strtoull(text, NULL, 10);
}

struct hugepage_pool hugepage_pool_read(size_t size, int node)
{
	return (struct hugepage_pool){
		.total = pool_value(size, node, "nr_hugepages"),
		.free = pool_value(size, node, "free_hugepages"),
		.reserved = node < 0 ? pool_value(size, node, "resv_hugepages") : 0,
		.surplus = pool_value(size, node, "surplus_hugepages"),
	};
}

static bool same(struct hugepage_pool a, struct hugepage_pool b)
{
	return a.total == b.total && a.free == b.free && a.reserved == b.reserved &&
	       a.surplus == b.surplus;
}

/* What the nodes have, summed up; the machine's own state where it shows no nodes. */
static struct hugepage_pool sum_of_nodes(size_t size, struct hugepage_pool machine)
{
	struct hugepage_pool sum = { .reserved = machine.reserved };
	char path[128];
	int nodes = 0;

	for (int node = 0; node < NODES_MAX; node++) {
		struct hugepage_pool one;

		hugepage_pool_path(size, node, "nr_hugepages", path, sizeof(path));
		if (access(path, F_OK))
			continue;
		one = hugepage_pool_read(size, node);
		sum.total += one.total;
		sum.free += one.free;
		sum.surplus += one.surplus;
		nodes++;
	}
	return nodes ? sum : machine;
}

bool hugepage_pool_expect(const char *step, size_t size, struct hugepage_pool base,
			  struct hugepage_pool delta)
{
	double end = seconds_now() + mm_patience();
	struct hugepage_pool want = {
		.total = base.total + delta.total,
		.free = base.free + delta.free,
		.reserved = base.reserved + delta.reserved,
		.surplus = base.surplus + delta.surplus,
	};
	struct hugepage_pool got, nodes;

	for (;;) {
		got = hugepage_pool_read(size, -1);
		nodes = sum_of_nodes(size, got);
		if ((same(got, want) && same(nodes, want)) || seconds_now() > end)
			break;
		usleep(2000);
	}
	if (!mm_expect(same(got, want),
		       "%zukB pool %s: expected total %ld free %ld reserved %ld surplus %ld, "
		       "found total %ld free %ld reserved %ld surplus %ld",
		       size / 1024, step, want.total, want.free, want.reserved, want.surplus,
		       got.total, got.free, got.reserved, got.surplus))
		return false;
	return mm_expect(same(nodes, want),
			 "%zukB pool %s: total %ld free %ld surplus %ld, but the nodes have "
			 "total %ld free %ld surplus %ld",
			 size / 1024, step, want.total, want.free, want.surplus, nodes.total,
			 nodes.free, nodes.surplus);
}

static int log2_of(size_t size)
{
	return __builtin_ctzl(size);
}

int hugepage_map_flags(size_t size)
{
	return MAP_HUGETLB | log2_of(size) << MAP_HUGE_SHIFT;
}

unsigned int hugepage_memfd_flags(size_t size)
{
	return MFD_HUGETLB | (unsigned int)log2_of(size) << MAP_HUGE_SHIFT;
}

void *hugepage_pool_leave(size_t size, long leave, size_t *len)
{
	struct hugepage_pool pool = hugepage_pool_read(size, -1);
	long take = pool.free - pool.reserved - leave;
	void *p;

	*len = 0;
	if (take < 0)
		mm_broken("%zukB pool: %ld pages are free and unreserved, fewer than the %ld "
			  "to be left",
			  size / 1024, pool.free - pool.reserved, leave);
	if (!take)
		return NULL;
	*len = take * size;
	p = mmap(NULL, *len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(size), -1, 0);
	if (p == MAP_FAILED)
		mm_broken("%zukB pool: mmap of the %ld free pages: %s", size / 1024, take,
			  strerror(errno));
	return p;
}
