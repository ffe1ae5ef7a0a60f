// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <mntent.h>
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
#include "report.h"
#include "tasks.h"

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if ((p == text || strchr(" ,\n", p[-1])) && strchr(" ,\n", p[len]))
			return true;
	return false;
}

/* Where the hugetlb controller is mounted: in @dir; 2 or 1, 0 for nowhere. */
static int find_mount(char *dir, size_t size)
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
		    has_word(controllers, "hugetlb"))
			found = 2;
		else if (!strcmp(m->mnt_type, "cgroup") && has_word(m->mnt_opts, "hugetlb"))
			found = 1;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Groups of the hierarchy of the controller, -1 when the kernel does not have it. */
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

/* Hands the controller to the children of a version 2 group. */
static int enable(const char *dir, bool give_back)
{
	char path[128], now[256];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir);
	if (file_read(path, now, sizeof(now)) >= 0 && has_word(now, "hugetlb"))
		return 0;
	if (give_back)
		guard_undo_later(GUARD_CASE, GUARD_WRITE, path, "-hugetlb");
	return file_write(path, "+hugetlb");
}

struct cgroup cgroup_make(void)
{
	struct cgroup cg = { .groups = count_groups() };
	char root[64];
	int version = find_mount(root, sizeof(root)), ret;

	if (!version && cg.groups < 0)
		mm_skip("needs the hugetlb cgroup controller (CONFIG_CGROUP_HUGETLB), the "
			"kernel "
			"lacks it");
	cg.v2 = version == 2;
	if (!version)
		mount_v1(root, sizeof(root));
	snprintf(cg.parent, sizeof(cg.parent), "%s", root);
	if (cg.v2) {
		ret = enable(root, true);
		if (ret)
			mm_skip("needs the hugetlb controller for the children of %s, found "
				"%s; "
				"run outside of containers",
				root, strerror(-ret));
		snprintf(cg.parent, sizeof(cg.parent), "%s/mmguard.%d", root, getpid());
		make_group(cg.parent);
		ret = enable(cg.parent, false);
		if (ret)
			mm_broken("%s: +hugetlb: %s", cg.parent, strerror(-ret));
	}
	snprintf(cg.path, sizeof(cg.path), "%s/case.%d", cg.parent, getpid());
	make_group(cg.path);
	return cg;
}

int cgroup_join(const struct cgroup *cg)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cg->path);
	return file_write(path, "0");
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

long cgroup_pages(const struct cgroup *cg, size_t size, bool reserved)
{
	char path[192], name[24];
	long bytes;

	size_name(size, name, sizeof(name));
	snprintf(path, sizeof(path), "%s/hugetlb.%s.%s%s", cg->path, name,
		 reserved ? "rsvd." : "", cg->v2 ? "current" : "usage_in_bytes");
	bytes = file_read_long(path);
	return bytes < 0 ? -1 : bytes / (long)size;
}

bool cgroup_expect(const char *step, const struct cgroup *cg, size_t size, long used,
		   long reserved)
{
	double end = seconds_now() + mm_slow();
	long now, rsvd;

	for (;;) {
		now = cgroup_pages(cg, size, false);
		rsvd = cgroup_pages(cg, size, true);
		if ((now == used && rsvd == reserved) || seconds_now() > end)
			break;
		usleep(2000);
	}
	return mm_expect(now == used && rsvd == reserved,
			 "hugetlb cgroup %s: expected %ld pages in use and %ld reserved, found "
			 "%ld and %ld",
			 step, used, reserved, now, rsvd);
}

/* Groups that were removed and still exist. */
static long held_groups(const struct cgroup *cg)
{
	char path[128];
	long held;

	if (!cg->v2)
		return count_groups() - cg->groups;
	snprintf(path, sizeof(path), "%s/cgroup.stat", cg->parent);
	held = file_field(path, "nr_dying_descendants");
	if (held < 0)
		mm_broken("%s: no nr_dying_descendants", path);
	return held;
}

void cgroup_remove(const struct cgroup *cg)
{
	double end = seconds_now() + 5 * mm_slow();
	long held;

	while (rmdir(cg->path)) {
		if (errno != EBUSY || seconds_now() > end)
			mm_broken("rmdir %s: %s", cg->path, strerror(errno));
		usleep(2000);
	}
	while ((held = held_groups(cg)) > 0 && seconds_now() < end)
		usleep(5000);
	mm_expect(held <= 0, "hugetlb cgroup: removed, but the kernel still holds %ld of it",
		  held);
}
