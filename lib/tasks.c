// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "report.h"
#include "tasks.h"

double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void tasks_adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static bool kept(pid_t pid, const pid_t *keep, int n)
{
	for (int i = 0; i < n; i++)
		if (keep[i] == pid)
			return true;
	return false;
}

/* Calls kill() for each child but @keep; returns one of them, 0 when there is none. */
static pid_t kill_children(const pid_t *keep, int n)
{
	char path[64], *list = NULL, *p;
	size_t size = 0;
	pid_t found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	if (f && getline(&list, &size, f) > 0)
		for (p = strtok(list, " "); p; p = strtok(NULL, " ")) {
			pid_t pid = strtol(p, NULL, 10);

			if (kept(pid, keep, n) || pid <= 0)
				continue;
			kill(pid, SIGKILL);
			found = pid;
		}
	if (f)
		fclose(f);
	free(list);
	return found;
}

/* Without CONFIG_PROC_CHILDREN: the parents of all processes are asked. */
static pid_t kill_children_slowly(const pid_t *keep, int n)
{
	DIR *proc = opendir("/proc");
	char path[64], stat[512];
	struct dirent *d;
	pid_t found = 0;

	while (proc && (d = readdir(proc))) {
		pid_t pid = strtol(d->d_name, NULL, 10), parent = 0;
		char *end;

		if (pid <= 0 || kept(pid, keep, n))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (file_read(path, stat, sizeof(stat)) <= 0)
			continue;
		end = strrchr(stat, ')');
		if (end && sscanf(end, ") %*c %d", &parent) == 1 && parent == getpid()) {
			kill(pid, SIGKILL);
			found = pid;
		}
	}
	if (proc)
		closedir(proc);
	return found;
}

pid_t tasks_end_all(const pid_t *keep, int n, double seconds)
{
	double end = seconds_now() + seconds;
	char path[64];
	bool quick;
	pid_t left;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	quick = !access(path, R_OK);
	for (;;) {
		pid_t got;

		left = quick ? kill_children(keep, n) : kill_children_slowly(keep, n);
		if (!left || seconds_now() > end)
			return left;
		do
			got = waitpid(-1, NULL, WNOHANG);
		while (got > 0);
		usleep(500);
	}
}

static void print_file(const char *path, const char *indent)
{
	FILE *f = fopen(path, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		mm_note("%s%s", indent, line);
	}
	if (f)
		fclose(f);
}

void tasks_print_stack(pid_t pid)
{
	char path[64], name[64] = "?", state[64] = "?";
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		int tid = strtol(d->d_name, NULL, 10);
		FILE *f;

		if (tid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/status", tid);
		f = fopen(path, "re");
		if (f) {
			char line[256];

			while (fgets(line, sizeof(line), f))
				if (sscanf(line, "Name: %63s", name) != 1)
					sscanf(line, "State: %63[^\n]", state);
			fclose(f);
		}
		mm_note("task %d (%s), state %s, kernel stack:", tid, name, state);
		snprintf(path, sizeof(path), "/proc/%d/stack", tid);
		print_file(path, "  ");
	}
	if (dir)
		closedir(dir);
}
