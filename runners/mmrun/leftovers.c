/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An mmrun that is killed takes the program it ran with it, but not what that had
 * started. All of these have inherited the name of the run in their environment.
 *
 * To read an environment is to wait for locks of its process, which one that is stuck
 * may hold for ever, so a process of its own reads; it is given up where it hangs.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"

#define ENVIRON_MAX (256 << 10)
#define GONE_S	    8.0 /* from SIGKILL on */
#define READ_S	    1.0 /* for one environment */
#define STUCK_MAX   32

/* Shared with the process that reads. */
struct hunt {
	char entry[4200];	/* what the environment must have */
	pid_t at;		/* whose is being read */
	int killed;		/* in this walk */
	pid_t stuck[STUCK_MAX]; /* and those that hung with them while they read */
	int nstuck;
	double slow;
	char buf[ENVIRON_MAX];
};

/* Does the environment of the process have the entry? */
static bool carries(struct hunt *h, pid_t pid)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	n = read_file(path, h->buf, sizeof(h->buf));
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(h->buf + i) + 1)
		if (!strcmp(h->buf + i, h->entry))
			return true;
	return false;
}

static void leave_alone(struct hunt *h, pid_t pid)
{
	if (h->nstuck < STUCK_MAX)
		h->stuck[h->nstuck++] = pid;
}

static bool is_stuck(const struct hunt *h, pid_t pid)
{
	for (int i = 0; i < h->nstuck; i++)
		if (h->stuck[i] == pid)
			return true;
	return false;
}

/* In the process that reads: from the start, or behind the one where it hung. */
static void walk(struct hunt *h)
{
	pid_t from = h->at, mmrun = getppid();
	DIR *d = opendir("/proc");
	struct dirent *e;

	/* They come in the order of their numbers. */
	while (d && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= from || pid == getpid() || pid == mmrun || is_stuck(h, pid))
			continue;
		h->at = pid;
		if (carries(h, pid))
			h->killed += !kill(pid, SIGKILL);
	}
	if (d)
		closedir(d);
}

/* false: it hangs at h->at and was given up. */
static bool walked(struct hunt *h)
{
	pid_t reader = fork(), seen = 0;
	double until = 0;

	if (!reader) {
		walk(h);
		_exit(0);
	}
	while (reader > 0 && waitpid(reader, NULL, WNOHANG) != reader) {
		if (h->at != seen) {
			seen = h->at;
			until = now() + READ_S * h->slow;
		} else if (now() > until) {
			kill(reader, SIGKILL);
			/* It carries the name too until it is really gone. */
			leave_alone(h, reader);
			return false;
		}
		usleep(500);
	}
	return true;
}

static int kill_all(struct hunt *h)
{
	h->killed = 0;
	h->at = 1;
	while (!walked(h)) {
		say("process %d hangs, its environment cannot be read: it is left alone",
		    (int)h->at);
		if (h->nstuck == STUCK_MAX)
			break;
		leave_alone(h, h->at);
	}
	return h->killed;
}

void leftovers_end(const char *run, double slow)
{
	double until = now() + GONE_S * slow;
	int first, left;
	struct hunt *h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (h == MAP_FAILED) {
		say("no memory to look for what an earlier mmrun left behind");
		return;
	}
	h->slow = slow;
	snprintf(h->entry, sizeof(h->entry), "%s=%s", MMG_ENV_RUN, run);
	first = left = kill_all(h);
	while (left && now() < until) {
		usleep(20000);
		left = kill_all(h);
	}
	if (first)
		say("killed what an earlier mmrun left behind: %d processes%s", first,
		    left ? ", which are still there" : "");
	munmap(h, sizeof(*h));
}
