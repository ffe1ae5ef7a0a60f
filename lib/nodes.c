// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "nodes.h"
#include "report.h"
#include "tasks.h"

#define NODES_MAX   64
#define FREE_KB_MIN (64L << 10)

int node_of(const void *addr)
{
	void *page = (void *)addr;
	int status = -1;

	if (move_pages(0, 1, &page, NULL, &status, 0) || status < 0)
		mm_broken("move_pages: the node of a page is not known: %s",
			  strerror(status < 0 ? -status : errno));
	return status;
}

int node_other_than(int node)
{
	for (int i = 0; i < NODES_MAX; i++) {
		char path[64], key[32];

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", i);
		snprintf(key, sizeof(key), "Node %d MemFree:", i);
		if (i != node && file_field(path, key) >= FREE_KB_MIN)
			return i;
	}
	mm_skip("needs a second NUMA node with %ld MiB free, found none; run in a VM "
		"(--target vm --nodes 2)",
		FREE_KB_MIN >> 10);
}

size_t nodes_move(void *addr, size_t len, size_t step, int node)
{
	size_t n = len / step, there = 0;
	void **pages = calloc(n, sizeof(*pages));
	int *nodes = calloc(n, sizeof(*nodes)), *status = calloc(n, sizeof(*status));

	if (!pages || !nodes || !status)
		mm_broken("memory for %zu pages", n);
	for (size_t i = 0; i < n; i++) {
		pages[i] = (char *)addr + i * step;
		nodes[i] = node;
	}
	if (move_pages(0, n, pages, nodes, status, MPOL_MF_MOVE_ALL) < 0 &&
	    (errno == ENOSYS || errno == EPERM))
		mm_skip("needs move_pages(2), found %s", strerror(errno));
	/* What the first call says of pages that stayed differs from kernel to kernel. */
	if (move_pages(0, n, pages, NULL, status, 0))
		mm_broken("move_pages: the nodes of %zu pages: %s", n, strerror(errno));
	for (size_t i = 0; i < n; i++)
		there += status[i] == node;
	free(pages);
	free(nodes);
	free(status);
	return there;
}

bool nodes_move_all(void *addr, size_t len, size_t step, int node)
{
	double end = seconds_now() + 2 * mm_slow();

	while (nodes_move(addr, len, step, node) < len / step) {
		if (seconds_now() > end)
			return false;
		usleep(2000);
	}
	return true;
}
