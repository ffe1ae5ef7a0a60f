/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun against programs that misbehave: its verdict, its exit status, its time, and
 * that it goes on. Each with cgroups and without. They run side by side: most wait.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include "mmrun_run.h"

/* Beyond the time limit and the 2 s that are promised: for a machine that is loaded. */
#define SLACK 8

static const struct hostile {
	const char *program;
	const char *cases;
	int seconds; /* hang guard */
	int over;    /* 2 when it runs into it */
	int status;
	const char *line; /* to be found in the summary */
} table[] = {
	{ "good", "a b c", 20, 0, 0, "2 PASS 1 SKIP" },
	{ "ignores_term", "a b c", 1, 2, 1, "TIMEOUT b: hang guard" },
	{ "setsid", "a", 1, 2, 1, "TIMEOUT a: hang guard" },
	{ "stops", "a b", 1, 2, 1, "TIMEOUT a: hang guard" },
	{ "vforks", "a", 1, 2, 1, "TIMEOUT a: hang guard" },
	{ "bomb", "a", 2, 2, 1, "TIMEOUT a: hang guard" },
	{ "many_threads", "a", 1, 2, 1, "TIMEOUT a: hang guard" },
	{ "daemon", "a", 20, 0, 1, "tasks: 0 -> 1 (daemon)" },
	{ "garbage", "a b", 20, 0, 0, "2 PASS" },
	{ "dies", "a b c", 20, 0, 1, "FAIL    b: killed by signal 11" },
	{ "exits", "a", 20, 0, 1, "exit status 1, though no case failed" },
	{ "fails", "a b", 20, 0, 1, "FAIL    a: expected 4, found 8" },
	{ "fewer", "a b c", 20, 0, 1, "MISSING b: never reported" },
	{ "more", "a b c", 20, 0, 1, "result beyond the plan" },
	{ "no_plan", "a b", 20, 0, 1, "MISSING b: never reported" },
	{ "silent", "a", 20, 0, 1, "MISSING a: never reported" },
	{ "terminal", "a b", 20, 0, 1, "FAIL    a: " },
	{ "not_there", "a", 20, 0, 1, "cannot be executed" },
};

static const char *const ways[] = { "", "--no-cgroups" };

/* When the program was over, seconds since it began; from the journal. */
static double ended_after(const struct mmrun_run *r, const char *program)
{
	char text[8192], start[128], end[128];
	const char *a, *b;

	snprintf(start, sizeof(start), "{\"event\":\"start\",\"program\":\"test.%s\"", program);
	snprintf(end, sizeof(end), "{\"event\":\"end\",\"program\":\"test.%s\"", program);
	run_file(r, "results/journal.jsonl", text, sizeof(text));
	a = strstr(text, start);
	b = strstr(text, end);
	a = a ? strstr(a, "\"time\":") : NULL;
	b = b ? strstr(b, "\"time\":") : NULL;
	return a && b ? strtod(b + 7, NULL) - strtod(a + 7, NULL) : 1e9;
}

/* A terminal must not see any of it. */
static bool clean(const char *text)
{
	for (; *text; text++)
		if ((*text >= 0 && *text < ' ' && *text != '\n') || *text == 0x7f)
			return false;
	return true;
}

static bool right(struct mmrun_run *r, const struct hostile *h)
{
	double most = h->seconds + h->over + SLACK, took = ended_after(r, h->program);

	if (r->status == h->status && strstr(r->out, h->line) && took < most && clean(r->out) &&
	    strstr(r->out, "PASS    test.last"))
		return true;
	printf("# %s: expected status %d, '%s', below %.0f s, and test.last; took %.1f s:\n",
	       h->program, h->status, h->line, most, took);
	run_show(r);
	return false;
}

static void run_table(struct unit *u, const char *argv0, const char *way)
{
	static struct mmrun_run runs[COUNT(table)];
	pid_t pids[COUNT(table)];
	char name[64];

	for (size_t i = 0; i < COUNT(table); i++) {
		run_init(&runs[i], argv0);
		run_plan(&runs[i], table[i].program, table[i].cases, table[i].seconds);
		run_plan(&runs[i], "last", "a", 20);
		pids[i] = run_start(&runs[i], way);
	}
	for (size_t i = 0; i < COUNT(table); i++) {
		run_wait(&runs[i], pids[i]);
		snprintf(name, sizeof(name), "%s%s%s", table[i].program, *way ? "." : "",
			 *way ? "no_cgroups" : "");
		unit_ok(u, right(&runs[i], &table[i]), name);
		run_end(&runs[i]);
	}
}

/* Sets free what the frozen program left, however this test ends. */
static void thaw(const char *tests)
{
	char command[1200];

	snprintf(command, sizeof(command), "'%s/hostile/freezes' thaw", tests);
	if (system(command))
		printf("# %s failed\n", command);
}

/* Nothing reaches a frozen process: it is stuck, which is said in time, and the rest runs. */
static void run_stuck(struct unit *u, const char *argv0, const char *way)
{
	char name[64], stuck[8192];
	struct mmrun_run r;
	bool good;

	run_init(&r, argv0);
	run_plan(&r, "freezes", "a b c", 1);
	run_plan(&r, "last", "a", 20);
	run_mmrun(&r, way);
	thaw(r.tests);
	snprintf(name, sizeof(name), "freezes%s", *way ? ".no_cgroups" : "");
	if (strstr(r.out, "no version 1 freezer") || strstr(r.out, "3 SKIP") ||
	    strstr(r.out, "2 SKIP")) {
		printf("ok %d %s # SKIP needs the version 1 freezer cgroup, found none\n",
		       ++u->n, name);
		run_end(&r);
		return;
	}
	run_file(&r, "results/tests/test.freezes/stuck", stuck, sizeof(stuck));
	good = r.status == 1 && strstr(r.out, "STUCK   b: cannot be killed") &&
	       strstr(r.out, "PASS    test.last") && strstr(stuck, "freezes state D") &&
	       strstr(stuck, "[<0>]") && ended_after(&r, "freezes") < 3 + SLACK;
	if (!good) {
		printf("# %s\n", stuck);
		run_show(&r);
	}
	unit_ok(u, good, name);
	run_end(&r);
}

/* What still dies by itself is waited for, which is said; it is not stuck, and the rest runs.
 */
static void run_melts(struct unit *u, const char *argv0)
{
	char program[1200], journal[8192];
	struct mmrun_run r;
	const char *dying;
	pid_t melter;
	bool good;

	run_init(&r, argv0);
	run_plan(&r, "melts", "a", 1);
	run_plan(&r, "last", "a", 20);
	snprintf(program, sizeof(program), "%s/hostile/melts", r.tests);
	melter = fork();
	if (!melter) {
		execl(program, program, "melt", (char *)NULL);
		_exit(127);
	}
	run_mmrun(&r, "");
	if (strstr(r.out, "no version 1 freezer")) {
		kill(melter, SIGKILL);
		printf("ok %d melts # SKIP needs the version 1 freezer cgroup, found none\n",
		       ++u->n);
	} else {
		run_file(&r, "results/journal.jsonl", journal, sizeof(journal));
		dying = strstr(journal, "\"dying\":");
		good = r.status == 1 && strstr(r.out, "TIMEOUT a: hang guard") &&
		       strstr(r.out, "its processes took") && !strstr(r.out, "STUCK") &&
		       strstr(r.out, "PASS    test.last") && dying &&
		       strtod(dying + 8, NULL) > 2;
		if (!good)
			run_show(&r);
		unit_ok(u, good, "melts");
	}
	waitpid(melter, NULL, 0);
	run_end(&r);
}

static int fills(const char *tests, const char *what)
{
	char command[1200];

	snprintf(command, sizeof(command), "'%s/hostile/fills' %s", tests, what);
	return system(command);
}

/* The program is killed when there is no more memory; in no cgroup it gives up itself. */
static void run_fills(struct unit *u, const char *argv0, const char *way)
{
	struct mmrun_run r;
	char name[64];
	int sig;

	run_init(&r, argv0);
	run_plan(&r, "fills", "a b c", 20);
	run_plan(&r, "last", "a", 20);
	sig = fills(r.tests, "make") ? 6 : 9;
	run_mmrun(&r, way);
	fills(r.tests, "drop");
	snprintf(name, sizeof(name), "fills%s", *way ? ".no_cgroups" : "");
	unit_ok(u,
		right(&r, &(struct hostile){ "fills", "a b c", 20, 0, 1,
					     sig == 9 ? "FAIL    b: killed by signal 9"
						      : "FAIL    b: killed by signal 6" }),
		name);
	run_end(&r);
}

/* Programs of tests/hostile that still run; waits a little for the ones just killed. */
static int left(const char *tests)
{
	char mine[4096], path[300], exe[4096];
	double until = run_clock() + 10;
	int found = 1;

	snprintf(path, sizeof(path), "%.250s/hostile", tests);
	if (!realpath(path, mine))
		return -1;
	while (found && run_clock() < until) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		found = 0;
		while (d && (e = readdir(d))) {
			ssize_t n;

			snprintf(path, sizeof(path), "/proc/%.16s/exe", e->d_name);
			n = atoi(e->d_name) ? readlink(path, exe, sizeof(exe) - 1) : -1;
			exe[n > 0 ? n : 0] = '\0';
			if (!strncmp(exe, mine, strlen(mine))) {
				printf("# left: %s\n", exe);
				found++;
			}
		}
		if (d)
			closedir(d);
		usleep(100000);
	}
	return found;
}

int main(int argc, char **argv)
{
	struct mmrun_run where;
	struct unit u = { 0 };

	(void)argc;
	unit_begin();
	for (size_t i = 0; i < COUNT(ways); i++) {
		run_table(&u, argv[0], ways[i]);
		run_stuck(&u, argv[0], ways[i]);
		run_fills(&u, argv[0], ways[i]);
	}
	run_melts(&u, argv[0]);
	run_init(&where, argv[0]);
	unit_ok(&u, !left(where.tests), "nothing_is_left");
	run_end(&where);
	return unit_end(&u);
}
