// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "memgroup.h"
#include "report.h"
#include "tasks.h"

/* Per-CPU stocks have up to 64 pages (MEMCG_CHARGE_BATCH); kernel objects come on top. */
#define STOCK_PAGES 64
#define KERNEL	    (1L << 20)

static bool has_memory(const char *list)
{
	const char *p = strstr(list, "memory");

	return p && (p == list || strchr(" ,", p[-1])) && strchr(" ,\n", p[strlen("memory")]);
}

/* The root of a hierarchy with the controller: 2 or 1 is its version, 0 for none. */
static int find_root(char *dir, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	char path[160], controllers[256];
	struct mntent *m;
	int found = 0;

	while (mounts && !found && (m = getmntent(mounts))) {
		snprintf(dir, size, "%s", m->mnt_dir);
		snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
		if (!strcmp(m->mnt_type, "cgroup2") &&
		    file_read(path, controllers, sizeof(controllers)) > 0 &&
		    has_memory(controllers))
			found = 2;
		else if (!strcmp(m->mnt_type, "cgroup") && has_memory(m->mnt_opts))
			found = 1;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Hands the controller to the children of the root. */
static void enable(const char *root)
{
	char path[128], now[256];
	int ret;

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", root);
	if (file_read(path, now, sizeof(now)) >= 0 && has_memory(now))
		return;
	guard_undo_later(GUARD_CASE, GUARD_WRITE, path, "-memory");
	ret = file_write(path, "+memory");
	if (ret)
		mm_skip("needs the memory controller for the children of %s, found %s; run "
			"outside of containers",
			root, strerror(-ret));
}

struct memgroup memgroup_make(const char *name)
{
	struct memgroup g;
	char root[64];
	int version = find_root(root, sizeof(root));

	if (!version)
		mm_skip("needs the memory controller in a cgroup hierarchy, found none");
	g.v2 = version == 2;
	if (g.v2)
		enable(root);
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
