// SPDX-License-Identifier: GPL-2.0-only
/*
 * spawn MMRUN PROGRAM DIR: what mmrun, with its results below DIR, costs per
 * program over a bare fork-exec-wait of the same program: pairs, median of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PER_RUN 50
#define RUNS	7

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1) { /* 1: somebody else changed the machine meanwhile */
		fprintf(stderr, "spawn: %s failed\n", argv[0]);
		exit(1);
	}
}

static double bare(char *program)
{
	char *argv[] = { program, NULL };
	double start = now_ms();

	for (int i = 0; i < PER_RUN; i++)
		run(argv);
	return (now_ms() - start) / PER_RUN;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A plan with the same program many times, under names of its own. */
static double by_mmrun(char *mmrun, char *program, const char *where)
{
	char dir[PATH_MAX], plan[PATH_MAX + 8], results[PATH_MAX + 8];
	char *argv[] = { mmrun, "--plan", plan, "--results", results, NULL };
	double start;
	FILE *f;

	snprintf(dir, sizeof(dir), "%s/mmguard-bench.XXXXXX", where);
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(1);
	}
	snprintf(plan, sizeof(plan), "%s/plan", dir);
	snprintf(results, sizeof(results), "%s/run", dir);
	f = fopen(plan, "w");
	for (int i = 0; f && i < PER_RUN; i++)
		fprintf(f, "bench.p%d\t20\t%s\t*\n", i, program);
	if (!f || fclose(f))
		exit(1);
	start = now_ms();
	run(argv);
	start = now_ms() - start;
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return start / PER_RUN;
}

static int compare(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	double b[RUNS], m[RUNS];

	if (argc != 4) {
		fprintf(stderr, "usage: spawn MMRUN PROGRAM DIR\n");
		return 2;
	}
	for (int i = 0; i < RUNS; i++) {
		b[i] = bare(argv[2]);
		m[i] = by_mmrun(argv[1], argv[2], argv[3]);
	}
	qsort(b, RUNS, sizeof(b[0]), compare);
	qsort(m, RUNS, sizeof(m[0]), compare);
	printf("a program by fork, exec, wait: %.2f ms; by mmrun: %.2f ms, %.2f ms more; ratio "
	       "%.1f\n",
	       b[RUNS / 2], m[RUNS / 2], m[RUNS / 2] - b[RUNS / 2], m[RUNS / 2] / b[RUNS / 2]);
	return 0;
}
