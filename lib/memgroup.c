// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "hierarchy.h"
#include "memgroup.h"
#include "report.h"
#include "tasks.h"

/* Per-CPU stocks have up to 64 pages (MEMCG_CHARGE_BATCH); kernel objects come on top. */
#define STOCK_PAGES 64
#define KERNEL	    (1L << 20)

struct memgroup memgroup_make(const char *name)
{
	struct memgroup g;
	char root[64];
	int version = hierarchy_find("memory", root, sizeof(root)), ret;

	if (!version)
		mm_skip("needs the memory controller in a cgroup hierarchy, found none");
	g.v2 = version == 2;
	ret = g.v2 ? hierarchy_enable(root, "memory", true) : 0;
	if (ret)
		mm_skip("needs the memory controller for the children of %s, found %s; run "
			"outside of containers",
			root, strerror(-ret));
	snprintf(g.path, sizeof(g.path), "%s/mmguard.%d.%s", root, getpid(), name);
	guard_undo_later(GUARD_CASE, GUARD_RMDIR, g.path, NULL);
	if (mkdir(g.path, 0700))
		mm_skip("needs a control group, mkdir %s: %s", g.path, strerror(errno));
	return g;
}

int memgroup_join(const struct memgroup *g)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/cgroup.procs", g->path);
	return file_write(path, "0");
}

long memgroup_usage(const struct memgroup *g)
{
	char path[160];
	long bytes;

	snprintf(path, sizeof(path), "%s/%s", g->path,
		 g->v2 ? "memory.current" : "memory.usage_in_bytes");
	bytes = file_read_long(path);
	if (bytes < 0)
		mm_broken("%s cannot be read", path);
	return bytes;
}

long memgroup_margin(void)
{
	return KERNEL + STOCK_PAGES * sysconf(_SC_PAGESIZE) * sysconf(_SC_NPROCESSORS_ONLN);
}

bool memgroup_expect(const char *step, const struct memgroup *g, long want)
{
	double end = seconds_now() + 2 * mm_slow();
	long now = memgroup_usage(g);

	while (labs(now - want) > memgroup_margin() && seconds_now() < end) {
		usleep(2000);
		now = memgroup_usage(g);
	}
	return mm_expect(labs(now - want) <= memgroup_margin(),
			 "memory cgroup %s: expected %ld KiB, give or take %ld, found %ld",
			 step, want >> 10, memgroup_margin() >> 10, now >> 10);
}

int memgroup_reclaim(const struct memgroup *g, size_t bytes)
{
	char path[160];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", g->path,
		 g->v2 ? "memory.reclaim" : "memory.force_empty");
	ret = file_write_long(path, bytes);
	return ret == -EAGAIN || ret == -EBUSY ? 0 : ret;
}
