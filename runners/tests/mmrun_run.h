/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running mmrun on programs of tests/hostile, for the tests of it.
 */
#ifndef MMGUARD_TESTS_MMRUN_RUN_H
#define MMGUARD_TESTS_MMRUN_RUN_H

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One run of mmrun: its directory, what it said, how it ended. */
struct mmrun_run {
	char tests[1024]; /* where the test programs are */
	char dir[64];	  /* results, plan and output are below it */
	char out[16384];  /* stdout and stderr */
	int status;	  /* exit status, -1: killed */
	double seconds;
};

static inline double run_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* @argv0 is that of the test: the programs lie beside it. */
static inline void run_init(struct mmrun_run *r, const char *argv0)
{
	char *slash;

	memset(r, 0, sizeof(*r));
	snprintf(r->tests, sizeof(r->tests), "%s", argv0);
	slash = strrchr(r->tests, '/');
	if (slash)
		*slash = '\0';
	else
		strcpy(r->tests, ".");
	strcpy(r->dir, "/tmp/mmguard-test.XXXXXX");
	if (!mkdtemp(r->dir)) {
		perror(r->dir);
		exit(1);
	}
}

static inline int run_remove_one(const char *path, const struct stat *st, int type,
				 struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void run_end(struct mmrun_run *r)
{
	nftw(r->dir, run_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Reads a file below the directory of the run; "" when it is not there. */
static inline const char *run_file(const struct mmrun_run *r, const char *name, char *buf,
				   size_t len)
{
	char path[512];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	f = fopen(path, "re");
	if (f) {
		n = fread(buf, 1, len - 1, f);
		fclose(f);
	}
	buf[n] = '\0';
	return buf;
}

/* Adds a program of tests/hostile to the plan, with the name test.PROGRAM. */
static inline void run_plan(const struct mmrun_run *r, const char *program, const char *cases,
			    int seconds)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/plan", r->dir);
	f = fopen(path, "ae");
	if (!f)
		exit(1);
	fprintf(f, "test.%s\t%d\t%s/hostile/%s\t%s\n", program, seconds, r->tests, program,
		cases);
	fclose(f);
}

/* Starts mmrun with the plan, results below the directory and more @options. */
static inline pid_t run_start(const struct mmrun_run *r, const char *options)
{
	bool up = strstr(options, "--clean-up"); /* goes without a plan */
	char command[4096];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(command, sizeof(command),
		 "exec '%s/../mmrun' %s%s%s --results %s/results %s >%s/out 2>&1", r->tests,
		 up ? "" : "--plan ", up ? "" : r->dir, up ? "" : "/plan", r->dir, options,
		 r->dir);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static inline void run_wait(struct mmrun_run *r, pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run_file(r, "out", r->out, sizeof(r->out));
}

static inline void run_mmrun(struct mmrun_run *r, const char *options)
{
	double start = run_clock();

	run_wait(r, run_start(r, options));
	r->seconds = run_clock() - start;
}

/* Shows what mmrun said, for a result that is not as expected. */
static inline void run_show(struct mmrun_run *r)
{
	printf("# status %d after %.1f s:\n", r->status, r->seconds);
	for (char *line = strtok(r->out, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s\n", line);
}

#endif
