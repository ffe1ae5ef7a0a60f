// SPDX-License-Identifier: GPL-2.0-only
/* The guard gives back what a test took: after the case, and when the test is killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../caseloop.h"
#include "../file.h"
#include "../guard.h"
#include "../report.h"
#include "../tasks.h"

struct config {
	char counter[64], setting[64];
	bool pause;
};

static bool take(void *test, void *variant)
{
	struct config *c = test;

	(void)variant;
	if (guard_add(GUARD_CASE, c->counter, 5) != 5 ||
	    guard_set(GUARD_CASE, c->setting, "always"))
		mm_broken("cannot change the files");
	while (c->pause)
		pause();
	return true;
}

/* A program of one case, on two plain files that stand for sysfs. */
static pid_t start(struct config *c)
{
	struct mm_case one = { .scenario = "take", .seconds = 20, .test = c };
	char *argv[] = { "guard", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		exit(mm_main(1, argv, &one, 1, take));
	}
	return pid;
}

static bool is(const char *path, const char *want)
{
	char text[64] = "";

	file_read(path, text, sizeof(text));
	/* Plain files keep the tail of a longer text. */
	return !strncmp(text, want, strlen(want));
}

static bool becomes(const char *path, const char *want)
{
	double end = seconds_now() + 10;

	while (!is(path, want) && seconds_now() < end)
		usleep(1000);
	return is(path, want);
}

static int result(int k, const char *name, bool good)
{
	printf("%sok %d guard.%s\n", good ? "" : "not ", k, name);
	return !good;
}

static void make(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		exit(1);
}

int main(void)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX";
	static const int signals[] = { SIGKILL, SIGTERM };
	struct config c = { .pause = false };
	int failed = 0;

	if (!mkdtemp(dir))
		return 1;
	snprintf(c.counter, sizeof(c.counter), "%s/counter", dir);
	snprintf(c.setting, sizeof(c.setting), "%s/setting", dir);
	make(c.counter, "10\n");
	make(c.setting, "always [madvise] never\n");
	setvbuf(stdout, NULL, _IOLBF, 0); /* nothing is buffered twice by fork() */
	printf("KTAP version 1\n1..3\n");
	waitpid(start(&c), NULL, 0);
	failed |= result(1, "after_the_case", is(c.counter, "10") && is(c.setting, "madvise"));
	c.pause = true;
	for (int i = 0; i < 2; i++) {
		pid_t pid;
		bool taken;

		make(c.counter, "10\n");
		make(c.setting, "always [madvise] never\n");
		pid = start(&c);
		taken = becomes(c.counter, "15") && becomes(c.setting, "always");
		kill(pid, signals[i]);
		waitpid(pid, NULL, 0);
		failed |= result(2 + i, i ? "after_sigterm" : "after_sigkill",
				 taken && becomes(c.counter, "10") &&
					 becomes(c.setting, "madvise"));
	}
	unlink(c.counter);
	unlink(c.setting);
	rmdir(dir);
	return failed;
}
