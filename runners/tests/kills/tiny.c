// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of twelve short cases, built under several names. While a case runs a daemon of it
 * is about and a setting of the machine is another, which stays when the program is killed.
 */
#include "setting.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASES 12

static const char needs[] __attribute__((section(".mmguard.needs"), used, aligned(1))) =
	"area: kills\nprogram: " NAME "\nscenario: a\nscenario: b\nscenario: c\n"
	"kind: one\nkind: two\nkind: three\nkind: four\nseconds: 20\n";

static const char *case_name(int i, char *buf, size_t len)
{
	static const char *const kinds[] = { "one", "two", "three", "four" };

	snprintf(buf, len, "%c.%s", 'a' + i / 4, kinds[i % 4]);
	return buf;
}

static bool asked(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "-t") && !strcmp(argv[i + 1], name))
			return true;
	return argc == 1;
}

/* The pid of a grandchild in a session of its own. */
static pid_t start_daemon(void)
{
	pid_t pid = -1;
	int p[2];

	if (pipe(p))
		return -1;
	if (!fork()) {
		setsid();
		pid = fork();
		if (pid) {
			_exit(write(p[1], &pid, sizeof(pid)) != sizeof(pid));
		}
		for (int fd = 0; fd < 64; fd++)
			close(fd);
		sleep(600);
		_exit(0);
	}
	wait(NULL);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	close(p[0]);
	close(p[1]);
	return pid;
}

/* Adds to the setting; without root nothing happens. */
static void add(long n)
{
	FILE *f = fopen(KILLS_SETTING, "r+");
	long value;

	if (f && fscanf(f, "%ld", &value) == 1) {
		rewind(f);
		fprintf(f, "%ld\n", value + n);
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	int k = 0, total = 0;
	char name[32];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < CASES; i++)
		total += asked(argc, argv, case_name(i, name, sizeof(name)));
	printf("KTAP version 1\n1..%d\n", total);
	for (int i = 0; i < CASES; i++) {
		pid_t pid;

		if (!asked(argc, argv, case_name(i, name, sizeof(name))))
			continue;
		printf("# case %s\n", name);
		pid = start_daemon();
		add(1);
		usleep(8000);
		add(-1);
		if (pid > 0)
			kill(pid, SIGKILL);
		printf("ok %d %s\n", ++k, name);
	}
	return 0;
}
