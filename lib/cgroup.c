// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caseloop.h"
#include "cgroup.h"
#include "file.h"
#include "guard.h"
#include "hierarchy.h"
#include "report.h"
#include "tasks.h"

/* Groups of the hierarchy of the controller, removed ones too; -1: the kernel has it not. */
static long count_groups(void)
{
	FILE *f = fopen("/proc/cgroups", "r");
	long groups = -1, hierarchy;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "hugetlb %ld %ld", &hierarchy, &groups) == 2)
			break;
	if (f)
		fclose(f);
	return groups;
}

static void mount_v1(char *dir, size_t size)
{
	snprintf(dir, size, "/tmp/mmguard-cgroup.XXXXXX");
	if (!mkdtemp(dir))
		mm_broken("mkdtemp %s: %s", dir, strerror(errno));
	guard_undo_later(GUARD_CASE, GUARD_UMOUNT, dir, NULL);
	if (mount("none", dir, "cgroup", 0, "hugetlb"))
		mm_skip("needs the hugetlb controller in a cgroup hierarchy, mounting one: %s",
			strerror(errno));
}

static void make_group(const char *path)
{
	guard_undo_later(GUARD_CASE, GUARD_RMDIR, path, NULL);
	if (mkdir(path, 0700))
		mm_broken("mkdir %s: %s", path, strerror(errno));
}

/* Directories from @path on, itself too: the groups that were not removed. */
static long directories(const char *path)
{
	DIR *dir = opendir(path);
	long n = dir != NULL;
	struct dirent *d;
	char below[256];

	while (dir && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, d->d_name) <
		    (int)sizeof(below))
			n += directories(below);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* v1: groups that were removed and still exist, of everybody. */
static long dying_groups(const struct cgroup *cg)
{
	return count_groups() - directories(cg->root);
}

/*
 * v1: the same once those that go by themselves are gone, or none has gone for a second:
 * they would be missing from a later count.
 */
static long lasting_groups(const struct cgroup *cg)
{
	long now, last = dying_groups(cg);
	double since = seconds_now();

	while (last > 0 && seconds_now() < since + mm_slow()) {
		usleep(5000);
		now = dying_groups(cg);
		if (now != last)
			since = seconds_now();
		last = now;
	}
	return last;
}

static void make_case_group(struct cgroup *cg, int n)
{
	snprintf(cg->path, sizeof(cg->path), "%s/case.%d.%d", cg->parent, getpid(), n);
	make_group(cg->path);
}

struct cgroup cgroup_make(void)
{
	struct cgroup cg = { 0 };
	int version = hierarchy_find("hugetlb", cg.root, sizeof(cg.root)), ret;

	if (!version && count_groups() < 0)
		mm_skip("needs the hugetlb cgroup controller (CONFIG_CGROUP_HUGETLB), the "
			"kernel "
			"lacks it");
	cg.v2 = version == 2;
	if (!version)
		mount_v1(cg.root, sizeof(cg.root));
	if (!cg.v2)
		cg.dying = lasting_groups(&cg);
	snprintf(cg.parent, sizeof(cg.parent), "%s", cg.root);
	if (cg.v2) {
		ret = hierarchy_enable(cg.root, "hugetlb", true);
		if (ret)
			mm_skip("needs the hugetlb controller for the children of %s, found "
				"%s; "
				"run outside of containers",
				cg.root, strerror(-ret));
		snprintf(cg.parent, sizeof(cg.parent), "%s/mmguard.%d", cg.root, getpid());
		make_group(cg.parent);
		ret = hierarchy_enable(cg.parent, "hugetlb", false);
		if (ret)
			mm_broken("%s: +hugetlb: %s", cg.parent, strerror(-ret));
	}
	make_case_group(&cg, 1);
	return cg;
}

struct cgroup cgroup_sibling(const struct cgroup *cg)
{
	struct cgroup other = *cg;

	make_case_group(&other, 2);
	return other;
}

int cgroup_join(const struct cgroup *cg)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg->path);
	return file_write(path, "0");
}

void cgroup_leave(const struct cgroup *cg)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg->root);
	ret = file_write(path, "0");
	if (ret)
		mm_broken("%s: leaving the group: %s", path, strerror(-ret));
}

static void size_name(size_t size, char *name, size_t max)
{
	if (size >= 1UL << 30)
		snprintf(name, max, "%zuGB", size >> 30);
	else if (size >= 1UL << 20)
		snprintf(name, max, "%zuMB", size >> 20);
	else
		snprintf(name, max, "%zuKB", size >> 10);
}

static void file_of(const struct cgroup *cg, size_t size, const char *name, char *path,
		    size_t max)
{
	char unit[24];

	size_name(size, unit, sizeof(unit));
	snprintf(path, max, "%s/hugetlb.%s.%s", cg->path, unit, name);
}

long cgroup_pages(const struct cgroup *cg, size_t size, bool reserved)
{
	char path[192];
	long bytes;

	if (cg->v2)
		file_of(cg, size, reserved ? "rsvd.current" : "current", path, sizeof(path));
	else
		file_of(cg, size, reserved ? "rsvd.usage_in_bytes" : "usage_in_bytes", path,
			sizeof(path));
	bytes = file_read_long(path);
	return bytes < 0 ? -1 : bytes / (long)size;
}

void cgroup_limit(const struct cgroup *cg, size_t size, bool reserved, long pages)
{
	char path[192];
	int ret;

	if (cg->v2)
		file_of(cg, size, reserved ? "rsvd.max" : "max", path, sizeof(path));
	else
		file_of(cg, size, reserved ? "rsvd.limit_in_bytes" : "limit_in_bytes", path,
			sizeof(path));
	ret = file_write_long(path, pages * (long)size);
	if (ret)
		mm_broken("%s: a limit of %ld pages: %s", path, pages, strerror(-ret));
}

long cgroup_refusals(const struct cgroup *cg, size_t size, bool reserved)
{
	char path[192];

	if (cg->v2) {
		file_of(cg, size, "events", path, sizeof(path));
		return file_field(path, "max ");
	}
	file_of(cg, size, reserved ? "rsvd.failcnt" : "failcnt", path, sizeof(path));
	return file_read_long(path);
}

/* Pages in use as the nodes have it; @used where the kernel does not count per node. */
static long pages_of_nodes(const struct cgroup *cg, size_t size, long used)
{
	char path[192], text[512], *p = text;
	long sum = 0, bytes;

	file_of(cg, size, "numa_stat", path, sizeof(path));
	if (file_read(path, text, sizeof(text)) <= 0)
		return used;
	/* "total=0 N0=0 N1=0"; version 1 has a second line, of the groups below. */
	p[strcspn(p, "\n")] = '\0';
	while ((p = strstr(p, " N"))) {
		p += 2;
		if (sscanf(p, "%*d=%ld", &bytes) == 1)
			sum += bytes;
	}
	return sum / (long)size;
}

bool cgroup_expect(const char *step, const struct cgroup *cg, size_t size, long used,
		   long reserved)
{
	double end = seconds_now() + mm_patience();
	long now, rsvd, nodes;

	for (;;) {
		now = cgroup_pages(cg, size, false);
		rsvd = cgroup_pages(cg, size, true);
		nodes = pages_of_nodes(cg, size, now);
		if ((now == used && rsvd == reserved && nodes == used) || seconds_now() > end)
			break;
		usleep(2000);
	}
	if (!mm_expect(now == used && rsvd == reserved,
		       "hugetlb cgroup %s: expected %ld pages in use and %ld reserved, found "
		       "%ld and %ld",
		       step, used, reserved, now, rsvd))
		return false;
	return mm_expect(nodes == used,
			 "hugetlb cgroup %s: %ld pages in use, but the nodes have %ld", step,
			 used, nodes);
}

/* Groups that were removed and still exist. */
static long held_groups(const struct cgroup *cg)
{
	char path[128];
	long held;

	if (!cg->v2)
		return dying_groups(cg) - cg->dying;
	snprintf(path, sizeof(path), "%s/cgroup.stat", cg->parent);
	held = file_field(path, "nr_dying_descendants");
	if (held < 0)
		mm_broken("%s: no nr_dying_descendants", path);
	return held;
}

void cgroup_rmdir(const struct cgroup *cg)
{
	double end = seconds_now() + 5 * mm_slow();

	while (rmdir(cg->path)) {
		if (errno != EBUSY || seconds_now() > end)
			mm_broken("rmdir %s: %s", cg->path, strerror(errno));
		usleep(2000);
	}
}

/* Time for the kernel to free a group that it ought to hold: it does so a little later. */
#define SETTLE_US 100000

bool cgroup_expect_held(const char *step, const struct cgroup *cg, long held)
{
	double end = seconds_now() + 5 * mm_slow();
	long now;

	if (held)
		usleep(SETTLE_US);
	while ((now = held_groups(cg)) != held && seconds_now() < end)
		usleep(5000);
	return mm_expect(now == held,
			 "hugetlb cgroup %s: removed; expected that the kernel still holds "
			 "%ld of it, found %ld",
			 step, held, now);
}

void cgroup_remove(const struct cgroup *cg)
{
	cgroup_rmdir(cg);
	cgroup_expect_held("with nothing charged", cg, 0);
}
