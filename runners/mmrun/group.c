/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cgroup2 for each program, below the one that mmrun is in.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mmrun.h"
#include "tree.h"

#define PREFIX "mmrun-"

/* Directory of the cgroup2 that mmrun is in, -1 when there is none. */
static int own_cgroup(void)
{
	char line[1024], type[32], mount[512] = "", own[512] = "", path[1100];
	FILE *f = fopen("/proc/self/mounts", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %511s %31s", path, type) == 2 && !strcmp(type, "cgroup2"))
			snprintf(mount, sizeof(mount), "%.511s", path);
	if (f)
		fclose(f);
	f = fopen("/proc/self/cgroup", "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3))
			snprintf(own, sizeof(own), "%.*s", (int)strcspn(line + 3, "\n"),
				 line + 3);
	if (f)
		fclose(f);
	if (!mount[0] || !own[0])
		return -1;
	snprintf(path, sizeof(path), "%s%s", mount, own);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Kills everybody in the cgroup @name below @dir. */
static int kill_in(int dir, const char *name)
{
	char path[320];
	int fd, ret;

	snprintf(path, sizeof(path), "%.255s/cgroup.kill", name);
	fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, "1", 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

static void drop(struct group *g)
{
	if (g->dir < 0)
		return;
	close(g->dir);
	g->dir = -1;
	unlinkat(g->parent, g->name, AT_REMOVEDIR);
}

void group_renew(struct group *g)
{
	char kill_file[96];

	g->killed = false;
	drop(g);
	if (g->parent < 0)
		return;
	snprintf(g->name, sizeof(g->name), PREFIX "%d-%u", (int)getpid(), ++g->nr);
	if (!mkdirat(g->parent, g->name, 0755))
		g->dir = openat(g->parent, g->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(kill_file, sizeof(kill_file), "%s/cgroup.kill", g->name);
	g->has_kill = g->dir >= 0 && !faccessat(g->parent, kill_file, W_OK, 0);
}

void group_kill(struct group *g)
{
	if (g->dir < 0 || !g->has_kill)
		return;
	g->killed = true;
	if (kill_in(g->parent, g->name))
		say("cgroup.kill: %s", strerror(errno));
}

void group_none(struct group *g)
{
	drop(g);
	if (g->parent >= 0)
		close(g->parent);
	g->parent = -1;
}

/* The pid in "mmrun-PID-N", 0 for another name. */
static pid_t owner(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) ? 0 : atoi(name + strlen(PREFIX));
}

/* Processes of another PID namespace have the number 0 here: their mmrun is there too. */
static bool foreign(int parent, const char *name)
{
	char path[320], text[64] = "";
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%.255s/cgroup.procs", name);
	fd = openat(parent, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	return n < 0 || (n > 0 && text[0] == '0');
}

void group_sweep(struct group *g)
{
	struct dents d;
	const char *name;

	if (g->parent < 0 || dents_open(&d, g->parent, "."))
		return;
	while ((name = dents_next(&d))) {
		pid_t pid = owner(name);

		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		if (!unlinkat(g->parent, name, AT_REMOVEDIR) || foreign(g->parent, name))
			continue;
		say("killing what an earlier mmrun (pid %d) left running", (int)pid);
		kill_in(g->parent, name);
		for (int i = 0; i < 100 && unlinkat(g->parent, name, AT_REMOVEDIR); i++)
			usleep(10000);
	}
	dents_close(&d);
}

void group_open(struct group *g)
{
	*g = (struct group){ .parent = own_cgroup(), .dir = -1 };
	group_sweep(g);
	group_renew(g);
}

void group_close(struct group *g)
{
	group_none(g);
}
