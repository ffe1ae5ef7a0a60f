/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun against programs that misbehave: its verdict, its exit status, its time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct hostile {
	const char *program;
	const char *cases;
	int seconds; /* hang guard */
	int status;
	const char *line; /* to be found in the summary */
} table[] = {
	{ "good", "a b c", 10, 0, "2 PASS 1 SKIP" },
	{ "ignores_term", "a b c", 1, 1, "TIMEOUT b: hang guard" },
	{ "setsid", "a", 1, 1, "TIMEOUT a: hang guard" },
	{ "stops", "a b", 1, 1, "TIMEOUT a: hang guard" },
	{ "daemon", "a", 10, 1, "tasks: 0 -> 1" },
	{ "flood", "a b", 60, 0, "2 PASS" },
	{ "garbage", "a b", 20, 0, "2 PASS" },
	{ "dies", "a b c", 10, 1, "FAIL    b: killed by signal 11" },
	{ "exits", "a", 10, 1, "exit status 1, though no case failed" },
	{ "fails", "a b", 10, 1, "FAIL    a: expected 4, found 8" },
	{ "fewer", "a b c", 10, 1, "MISSING b: never reported" },
	{ "more", "a b c", 10, 1, "result beyond the plan" },
	{ "no_plan", "a b", 10, 1, "MISSING b: never reported" },
	{ "silent", "a", 10, 1, "MISSING a: never reported" },
	{ "not_there", "a", 10, 1, "cannot be executed" },
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Runs one line of a plan; the exit status, the summary in @text. */
static int run(const char *dir, const struct hostile *h, char *text, size_t len)
{
	char plan[] = "/tmp/mmguard-plan.XXXXXX", command[2048];
	int fd = mkstemp(plan), status;
	size_t n;
	FILE *f;

	dprintf(fd, "test.%s\t%d\t%s/hostile/%s\t%s\n", h->program, h->seconds, dir, h->program,
		h->cases);
	close(fd);
	snprintf(command, sizeof(command), "'%s/../mmrun' --plan %s 2>&1", dir, plan);
	f = popen(command, "re");
	n = f ? fread(text, 1, len - 1, f) : 0;
	text[n] = '\0';
	status = f ? pclose(f) : -1;
	unlink(plan);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool right(const char *dir, const struct hostile *h)
{
	double start = seconds(), most = h->seconds + 8;
	char text[8192];
	int status = run(dir, h, text, sizeof(text));
	double took = seconds() - start;

	if (status == h->status && strstr(text, h->line) && took < most)
		return true;
	printf("# %s: expected status %d, '%s', below %.0f s; found %d in %.1f s:\n",
	       h->program, h->status, h->line, most, status, took);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s\n", line);
	return false;
}

int main(int argc, char **argv)
{
	char dir[1024];
	struct unit u = { 0 };
	char *slash;

	(void)argc;
	snprintf(dir, sizeof(dir), "%s", argv[0]);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	else
		strcpy(dir, ".");
	unit_begin();
	for (size_t i = 0; i < COUNT(table); i++)
		unit_ok(&u, right(dir, &table[i]), table[i].program);
	return unit_end(&u);
}
