/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that die one after the other once they are killed: each in a frozen version 1
 * freezer cgroup of its own. With "melt" as argument it sets them free, beginning when they
 * should have been killed, so that the last of them dies MELT_MS * CHILDREN later.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR	 "/tmp/mmguard-melter"
#define CHILDREN 12
#define MELT_MS	 250
#define KILL_MS	 2200 /* hang guard 1 s, SIGTERM, 1 s, SIGKILL */
#define WAIT_MS	 20000

static int put(int i, const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), DIR "/melt-%d/%s", i, file);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static bool frozen(int i)
{
	char path[128], state[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), DIR "/melt-%d/freezer.state", i);
	f = fopen(path, "r");
	if (f && !fgets(state, sizeof(state), f))
		state[0] = '\0';
	if (f)
		fclose(f);
	return !strncmp(state, "FROZEN", 6);
}

static int freeze(int i)
{
	char path[128], pid[16];
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	snprintf(path, sizeof(path), DIR "/melt-%d", i);
	mkdir(path, 0755);
	snprintf(pid, sizeof(pid), "%d", (int)child);
	if (!put(i, "cgroup.procs", pid) && !put(i, "freezer.state", "FROZEN"))
		return 0;
	kill(child, SIGKILL);
	return -1;
}

static void drop(int i)
{
	char path[128];

	put(i, "freezer.state", "THAWED");
	snprintf(path, sizeof(path), DIR "/melt-%d", i);
	for (int k = 0; rmdir(path) && errno == EBUSY && k < 100; k++)
		usleep(20000);
}

/* In real time: a machine that is loaded must not make it look as if nothing moved. */
static int melt(void)
{
	int waited = 0;

	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 2 });
	for (; !frozen(CHILDREN - 1) && waited < WAIT_MS; waited += 5)
		usleep(5000);
	usleep(KILL_MS * 1000);
	for (int i = 0; i < CHILDREN; i++) {
		put(i, "freezer.state", "THAWED");
		usleep(MELT_MS * 1000);
	}
	for (int i = 0; i < CHILDREN; i++)
		drop(i);
	umount(DIR);
	rmdir(DIR);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "melt"))
		return melt();
	mkdir(DIR, 0755);
	puts("KTAP version 1\n1..1\n# case a");
	fflush(stdout);
	if (mount("cgroup", DIR, "cgroup", 0, "freezer") && errno != EBUSY) {
		puts("ok 1 a # SKIP no version 1 freezer");
		return 4;
	}
	for (int i = 0; i < CHILDREN; i++) {
		if (freeze(i)) {
			puts("ok 1 a # SKIP no version 1 freezer");
			return 4;
		}
	}
	for (;;)
		pause();
}
