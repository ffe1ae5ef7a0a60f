/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An mmrun that is killed takes the program it ran with it, but not what that had
 * started. All of these have inherited the name of the run in their environment.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mmrun.h"

#define ENVIRON_MAX (256 << 10)
#define GONE_S	    8.0 /* from SIGKILL on */

/* Does the environment of the process have the entry? */
static bool carries(pid_t pid, const char *entry, char *buf)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	n = read_file(path, buf, ENVIRON_MAX);
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(buf + i) + 1)
		if (!strcmp(buf + i, entry))
			return true;
	return false;
}

static int kill_all(const char *entry, char *buf)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid > 1 && pid != getpid() && carries(pid, entry, buf))
			n += !kill(pid, SIGKILL);
	}
	if (d)
		closedir(d);
	return n;
}

void leftovers_end(const char *run, double slow)
{
	double until = now() + GONE_S * slow;
	char *buf = malloc(ENVIRON_MAX), entry[4200];
	int first, left;

	snprintf(entry, sizeof(entry), "%s=%s", MMG_ENV_RUN, run);
	first = left = buf ? kill_all(entry, buf) : 0;
	while (left && now() < until) {
		usleep(20000);
		left = kill_all(entry, buf);
	}
	if (first)
		say("killed what an earlier mmrun left behind: %d processes%s", first,
		    left ? ", which are still there" : "");
	free(buf);
}
