/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there may be any number of: a line for each.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mmrun.h"
#include "state.h"

#define THERE "there"

/* Calls @fn for each line of st->raw behind the first @skip. */
static void each_line(struct state *st, int skip, void (*fn)(struct state *, char *))
{
	char *rest = st->raw, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line && skip-- <= 0)
			fn(st, line);
}

/* Name, size and priority of a swap device; how full it is moves. */
static void swap(struct state *st, char *line)
{
	char name[256], size[32], prio[32], value[80];

	if (sscanf(line, "%255s %*s %31s %*s %31s", name, size, prio) != 3)
		return;
	snprintf(value, sizeof(value), "%s kB, priority %s", size, prio);
	lines_add(&st->lines, "swap.", name, value);
}

/* Made and dropped by service managers, containers and people all the time. */
static bool of_others(const char *point)
{
	static const char *const places[] = { "/run/", "/var/lib/", "/snap/", "/media/" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!strncmp(point, places[i], strlen(places[i])))
			return true;
	return false;
}

static void mount_line(struct state *st, char *line)
{
	char point[512], type[32];

	if (sscanf(line, "%*s %511s %31s", point, type) != 2 ||
	    (!st->alone && of_others(point)))
		return;
	lines_add(&st->lines, "mount.", point, type);
}

static void module(struct state *st, char *line)
{
	line[strcspn(line, " ")] = '\0';
	lines_add(&st->lines, "module.", line, THERE);
}

/* New, and its maker lives or somebody is attached: not a leak of ours. */
static bool sysv_of_others(const struct state *st, int maker, int attached, long changed)
{
	struct process p;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", maker);
	return changed >= st->since &&
	       (attached || (process_read(path, &p) && process_lives(&p)));
}

static void take_sysv(struct state *st, bool first)
{
	char *rest = st->raw, *line;

	if (!state_read(st, st->sysv))
		return;
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n"))) {
		char id[16], size[24], value[40];
		int maker, attached;
		long changed;

		/* key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime */
		if (sscanf(line, "%*s %15s %*s %23s %d %*s %d %*s %*s %*s %*s %*s %*s %ld", id,
			   size, &maker, &attached, &changed) != 5)
			continue;
		if (!first && sysv_of_others(st, maker, attached, changed))
			continue;
		snprintf(value, sizeof(value), "%s bytes", size);
		lines_add(&st->lines, "shm.sysv.", id, value);
	}
}

/* A lease on a file is given to who alone has it open. */
static bool nobody_has(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool alone = fd >= 0 && !fcntl(fd, F_SETLEASE, F_WRLCK);

	if (fd >= 0)
		close(fd);
	return alone;
}

static void take_posix(struct state *st, bool first)
{
	struct dents d;
	const char *name;
	struct stat sb;

	if (dents_open(&d, -1, "/dev/shm"))
		return;
	while ((name = dents_next(&d))) {
		if (fstatat(d.fd, name, &sb, AT_SYMLINK_NOFOLLOW) || !S_ISREG(sb.st_mode))
			continue;
		if (first || sb.st_ctime < st->since || nobody_has(d.fd, name))
			lines_add(&st->lines, "shm.posix.", name, THERE);
	}
	dents_close(&d);
}

static void take_zram(struct state *st)
{
	struct dents d;
	const char *name;

	if (access("/sys/class/zram-control", F_OK) || dents_open(&d, -1, "/sys/block"))
		return;
	while ((name = dents_next(&d)))
		if (!strncmp(name, "zram", 4))
			lines_add(&st->lines, "zram.", name + 4, THERE);
	dents_close(&d);
}

/* systemd's own, which come and go; and the one of the program that runs. */
static bool managed(const char *name)
{
	static const char *const ends[] = { ".slice", ".scope", ".service", ".mount",
					    ".socket" };
	size_t len = strlen(name);

	if (!strncmp(name, "mmrun-", 6))
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > strlen(ends[i]) && !strcmp(name + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static void list_root(struct root *r)
{
	size_t used = 0;
	struct dents d;
	const char *name;
	struct stat sb;

	if (!dents_open(&d, -1, r->path)) {
		while ((name = dents_next(&d)))
			if (!managed(name) && used + strlen(name) + 2 < sizeof(r->names) &&
			    !fstatat(d.fd, name, &sb, AT_SYMLINK_NOFOLLOW) &&
			    S_ISDIR(sb.st_mode))
				used += (size_t)sprintf(r->names + used, "%s", name) + 1;
		dents_close(&d);
	}
	r->names[used] = '\0';
}

/* A directory is only read again when the number of directories in it has changed. */
static void take_cgroups(struct state *st)
{
	char path[600];
	struct stat sb;

	for (size_t i = 0; i < st->nroots; i++) {
		struct root *r = &st->roots[i];

		if (stat(r->path, &sb))
			continue;
		if (sb.st_nlink != r->links)
			list_root(r);
		r->links = sb.st_nlink;
		for (const char *name = r->names; *name; name += strlen(name) + 1) {
			snprintf(path, sizeof(path), "%s/%s", r->path, name);
			lines_add(&st->lines, "cgroup.", path, THERE);
		}
	}
}

static void add_root(struct state *st, const char *path)
{
	for (size_t i = 0; i < st->nroots; i++)
		if (!strcmp(st->roots[i].path, path))
			return;
	if (st->nroots < ROOTS_MAX)
		snprintf(st->roots[st->nroots++].path, sizeof(st->roots[0].path), "%s", path);
}

static void cgroup_mount(struct state *st, char *line)
{
	char point[256], type[32];

	if (sscanf(line, "%*s %255s %31s", point, type) == 2 && !strncmp(type, "cgroup", 6))
		add_root(st, point);
}

void sets_open(struct state *st)
{
	st->swaps = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	st->mounts = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	st->modules = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	st->sysv = open("/proc/sysvipc/shm", O_RDONLY | O_CLOEXEC);
	if (state_read(st, st->mounts))
		each_line(st, 0, cgroup_mount);
}

void sets_close(struct state *st)
{
	int fds[] = { st->swaps, st->mounts, st->modules, st->sysv };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void sets_take(struct state *st, bool first)
{
	if (state_read(st, st->swaps))
		each_line(st, 1, swap);
	if (state_read(st, st->mounts))
		each_line(st, 0, mount_line);
	if (state_read(st, st->modules))
		each_line(st, 0, module);
	take_sysv(st, first);
	take_posix(st, first);
	take_zram(st);
	take_cgroups(st);
}
