// SPDX-License-Identifier: GPL-2.0-only
/*
 * The case loop, seen from outside: whatever a case does, its result is the one
 * it deserves, and the cases after it run.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../caseloop.h"
#include "../child.h"
#include "../report.h"

static long fail_here(void *arg)
{
	(void)arg;
	mm_fail("seen in the child");
	return 0;
}

static void passes(void)
{
}

static void fails_in_child(void)
{
	struct child c = child_fork();

	child_call(&c, fail_here, NULL);
	child_end(&c);
}

static void crashes(void)
{
	raise(SIGSEGV);
}

static void hangs_with_children(void)
{
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			setsid();
			signal(SIGTERM, SIG_IGN);
			for (;;)
				pause();
		}
	for (;;)
		pause();
}

static void skips(void)
{
	mm_skip("needs X, found Y");
}

static void skips_after_failure(void)
{
	mm_fail("the property");
	mm_skip("too late");
}

static void breaks(void)
{
	mm_broken("the set-up");
}

static void exits(void)
{
	_exit(3);
}

static const struct {
	const char *name;
	void (*fn)(void);
	const char *result; /* the line that must be printed, without its number */
} table[] = {
	{ "passes", passes, "ok passes" },
	{ "fails_in_child", fails_in_child, "not ok fails_in_child" },
	{ "crashes", crashes, "not ok crashes" },
	{ "hangs", hangs_with_children, "not ok hangs # TIMEOUT not over after 1 s" },
	{ "skips", skips, "ok skips # SKIP needs X, found Y" },
	{ "skips_late", skips_after_failure, "not ok skips_late" },
	{ "breaks", breaks, "not ok breaks # ERROR the set-up" },
	{ "exits", exits, "not ok exits" },
	{ "still_here", passes, "ok still_here" },
};
#define N (sizeof(table) / sizeof(table[0]))

static bool call(void *test, void *variant)
{
	size_t i = (size_t)test;

	(void)variant;
	table[i].fn();
	return true;
}

/* Runs the loop in a child, its output in @out; returns its exit status. */
static int run_loop(char *out, size_t size)
{
	struct mm_case cases[N];
	char *argv[] = { "caseloop", NULL };
	int fds[2], status = 0;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	for (size_t i = 0; i < N; i++)
		cases[i] = (struct mm_case){ .scenario = table[i].name,
					     .seconds = 1,
					     .test = (void *)i };
	if (pipe(fds))
		exit(1);
	pid = fork();
	if (pid == 0) {
		unsetenv("MMGUARD_SLOW");
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		exit(mm_main(1, argv, cases, N, call));
	}
	close(fds[1]);
	while (len < size - 1 && (got = read(fds[0], out + len, size - 1 - len)) > 0)
		len += got;
	out[len] = '\0';
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	static char out[65536];
	int status = run_loop(out, sizeof(out)), failed = 0;
	char want[128];

	printf("KTAP version 1\n1..%zu\n", N + 1);
	for (size_t i = 0; i < N; i++) {
		const char *text = table[i].result;
		bool not_ok = !strncmp(text, "not ", 4), good;

		snprintf(want, sizeof(want), "\n%sok %zu %s\n", not_ok ? "not " : "", i + 1,
			 text + (not_ok ? 7 : 3));
		good = strstr(out, want);
		printf("%sok %zu caseloop.%s\n", good ? "" : "not ", i + 1, table[i].name);
		failed |= !good;
	}
	printf("%sok %zu caseloop.exit_status\n", status == 1 ? "" : "not ", N + 1);
	if (failed || status != 1)
		for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
			printf("# %s\n", line);
	return failed || status != 1;
}
