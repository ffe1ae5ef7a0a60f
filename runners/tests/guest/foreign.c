// SPDX-License-Identifier: GPL-2.0-only
/*
 * foreign [KERNEL]: a small tree as kselftest installs it, run by mmguard on this machine or in
 * a guest. Every verdict is known beforehand, and there are no others.
 */
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAP "#!/bin/sh\ncat <<END\nTAP version 13\n"

static const struct {
	const char *path, *text;
	mode_t mode; /* 0: may be executed */
} files[] = {
	{ "kselftest-list.txt",
	  "one:passes.sh\none:fails.sh\none:skips.sh\ntwo:slow.sh\none:a silent one\n"
	  "one:status.sh\none:nested.sh\none:truncated.sh\none:later_skip.sh\none:wrapper.sh\n"
	  "one:snake.py\none:missing\nthree:speaks\n"
	  /* What is no program, and programs as they should not be. */
	  "bad:empty\r\n  bad:words.sh\nbad:not_executable.sh\nbad:binary\nbad:fifo\nbad:dir\n"
	  "bad:usage.sh\nbad:crash.sh\nbad:daemon.sh\nbad:header.sh\nbad:header_skip.sh\n"
	  "bad:stderr.sh\nbad:stderr_silent.sh\nbad:inner.sh\nbad:extra.sh\nbad:twice.sh\n"
	  "bad:bail.sh\nbad:no_plan.sh\nbad:nul.sh\n",
	  0 },
	{ "one/settings", "# of this collection\ntimeout=0\n", 0 },
	{ "one/passes.sh", TAP "1..2\nok 1 good\nok 2 lacking # SKIP no swap\nEND\n", 0 },
	{ "one/fails.sh", TAP "1..2\nok 1 good\nnot ok 2 bad\nEND\nexit 1\n", 0 },
	{ "one/skips.sh", "#!/bin/sh\necho no huge pages\nexit 4\n", 0 },
	{ "two/slow.sh", "#!/bin/sh\nsleep 1000\n", 0 },
	{ "two/settings", "timeout=1\n", 0 },
	{ "one/a silent one", "#!/bin/sh\ntest -f settings && test $# = 0\n", 0 },
	{ "one/status.sh", "#!/bin/bash\necho only words\nexit 1\n", 0 },
	{ "one/nested.sh",
	  TAP "1..2\n# TAP version 13\n# 1..2\n# ok 1 good\n# not ok 2 bad\n"
	      "not ok 1 outer\nok 2 other\nEND\nexit 1\n",
	  0 },
	{ "one/truncated.sh", TAP "1..3\nok 1 good\nEND\n", 0 },
	{ "one/later_skip.sh", TAP "1..2\nnot ok 1 bad\nok 2 later # SKIP\nEND\nexit 4\n", 0 },
	{ "one/wrapper.sh", "#!/bin/sh\necho '[FAIL]'\necho '[SKIP]'\nexit 4\n", 0 },
	{ "one/snake.py", "#!/usr/bin/env no-such-snake\n", 0 },
	{ "three/settings", "", 0 },
	{ "bad/settings", "timeout=1h30\ntimeout=-1\ntimeout = 0\n", 0 },
	{ "bad/empty", "", 0 },
	{ "bad/words.sh", "test -f settings\n", 0 },
	{ "bad/not_executable.sh", "#!/bin/sh\nexit 0\n", 0644 },
	{ "bad/binary", "\1\2\3", 0644 },
	{ "bad/usage.sh", "#!/bin/sh\necho 'usage: usage FILE' >&2\nexit 2\n", 0 },
	{ "bad/crash.sh", "#!/bin/sh\nkill -SEGV $$\n", 0 },
	{ "bad/daemon.sh",
	  "#!/bin/sh\necho 1..1\necho ok 1 a\nsetsid sleep 1000 >/dev/null 2>&1 &\nexit 0\n",
	  0 },
	{ "bad/header.sh", TAP "END\n", 0 },
	{ "bad/header_skip.sh", TAP "END\nexit 4\n", 0 },
	{ "bad/stderr.sh", "#!/bin/sh\necho 1..1\necho ok 1 a\necho not ok 2 b >&2\n", 0 },
	{ "bad/stderr_silent.sh", "#!/bin/sh\necho 'not ok 1 b' >&2\n", 0 },
	{ "bad/inner.sh", TAP "1..1\n# TAP version 13\n# 1..2\n# ok 1 good\nok 1 outer\nEND\n",
	  0 },
	{ "bad/extra.sh", TAP "1..1\nok 1 a\nok 2 b\nEND\n", 0 },
	{ "bad/twice.sh", TAP "1..2\nok 1 a\nok 1 a\nok 2 b\nEND\n", 0 },
	{ "bad/bail.sh", TAP "1..1\nok 1 a\nBail out! no more\nEND\n", 0 },
	{ "bad/no_plan.sh", TAP "ok 1 a\nEND\n", 0 },
	{ "bad/nul.sh", "#!/bin/sh\nprintf '1..1\\n\\0\\033[31mnot ok 1 a\\033[0m\\r\\n'\n",
	  0 },
};

/* What is different in a guest is said instead. */
static const struct {
	const char *name, *verdict, *guest;
} wanted[] = {
	{ "one.passes_sh.good", "PASS", NULL },
	{ "one.passes_sh.lacking", "SKIP", NULL },
	{ "one.fails_sh.good", "PASS", NULL },
	{ "one.fails_sh.bad", "FAIL", NULL },
	{ "one.skips_sh", "SKIP", NULL },
	{ "two.slow_sh", "TIMEOUT", NULL },
	{ "one.a_silent_one", "PASS", NULL },
	{ "one.status_sh", "FAIL", NULL },
	{ "one.nested_sh.#1/good", "PASS", NULL },
	{ "one.nested_sh.#1/bad", "FAIL", NULL },
	{ "one.nested_sh.outer", "FAIL", NULL },
	{ "one.nested_sh.other", "PASS", NULL },
	{ "one.truncated_sh.good", "PASS", NULL },
	{ "one.truncated_sh.#2", "MISSING", NULL },
	{ "one.truncated_sh.#3", "MISSING", NULL },
	{ "one.later_skip_sh.bad", "FAIL", NULL },
	{ "one.later_skip_sh.later", "SKIP", NULL },
	{ "one.wrapper_sh", "FAIL", NULL },
	{ "one.snake_py", "BROKEN", "SKIP" },
	{ "one.missing", "BROKEN", NULL },
	{ "three.speaks.in its directory", "PASS", NULL },
	{ "three.speaks.with 0 arguments", "PASS", NULL },
	{ "bad.empty", "BROKEN", NULL },
	{ "bad.words_sh", "PASS", NULL },
	{ "bad.not_executable_sh", "PASS", NULL },
	{ "bad.binary", "BROKEN", NULL },
	{ "bad.fifo", "BROKEN", NULL },
	{ "bad.dir", "BROKEN", NULL },
	{ "bad.usage_sh", "FAIL", NULL },
	{ "bad.crash_sh", "FAIL", NULL },
	{ "bad.daemon_sh.a", "PASS", NULL },
	{ "bad.daemon_sh", "LEAK", NULL },
	{ "bad.header_sh", "MISSING", NULL },
	{ "bad.header_skip_sh", "SKIP", NULL },
	{ "bad.stderr_sh.a", "PASS", NULL },
	{ "bad.stderr_sh", "FAIL", NULL },
	{ "bad.stderr_silent_sh", "FAIL", NULL },
	{ "bad.inner_sh.#1/good", "PASS", NULL },
	{ "bad.inner_sh.#1/#2", "MISSING", NULL },
	{ "bad.extra_sh.a", "PASS", NULL },
	{ "bad.extra_sh.b", "PASS", NULL },
	{ "bad.extra_sh", "BROKEN", NULL },
	{ "bad.twice_sh.a", "PASS", NULL },
	{ "bad.twice_sh.a#2", "PASS", NULL },
	{ "bad.twice_sh.b", "PASS", NULL },
	{ "bad.twice_sh", "BROKEN", NULL },
	{ "bad.bail_sh.a", "PASS", NULL },
	{ "bad.bail_sh", "BROKEN", NULL },
	{ "bad.no_plan_sh.a", "PASS", NULL },
	{ "bad.nul_sh.a", "FAIL", NULL },
};
#define WANTED (sizeof(wanted) / sizeof(wanted[0]))

static void fail(const char *what)
{
	perror(what);
	exit(3);
}

static void write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f) || chmod(path, mode ? mode : 0755))
		fail(path);
}

static void make_tree(const char *dir, const char *here)
{
	static const char *const dirs[] = { "", "one", "two", "three", "bad", "bad/dir" };
	char path[PATH_MAX], program[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		if (mkdir(path, 0755))
			fail(path);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		write_file(dir, files[i].path, files[i].text, files[i].mode);
	snprintf(path, sizeof(path), "%s/bad/fifo", dir);
	if (mkfifo(path, 0755))
		fail(path);
	snprintf(path, sizeof(path), "%s/three/speaks", dir);
	snprintf(program, sizeof(program), "%s/speaks", here);
	if (symlink(program, path))
		fail(path);
}

/* Runs mmguard on the tree; returns its exit status. */
static int run_mmguard(const char *here, char *const argv[])
{
	char mmguard[PATH_MAX + 32];
	int status;
	pid_t pid;

	snprintf(mmguard, sizeof(mmguard), "%s/../../mmguard", here);
	pid = fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(mmguard, argv);
		perror(mmguard);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The verdict of a test in results.json, "" when it is not there exactly once. */
static const char *verdict_of(json_t *tests, const char *name)
{
	const char *found = "";
	int times = 0;
	json_t *test;
	size_t i;

	json_array_foreach(tests, i, test)
	{
		const char *n = json_string_value(json_object_get(test, "name"));

		if (!n || strcmp(n, name))
			continue;
		found = json_string_value(json_object_get(test, "verdict"));
		times++;
	}
	return times == 1 && found ? found : "";
}

static json_t *load_tests(const char *results)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/latest/results.json", results);
	return json_object_get(json_load_file(path, 0, NULL), "tests");
}

static int failed;

static void result(size_t number, bool good, const char *name, const char *expected,
		   const char *found)
{
	if (!good)
		printf("# expected %s, found %s\n", expected, *found ? found : "nothing");
	printf("%sok %zu %s\n", good ? "" : "not ", number, name);
	failed |= !good;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], dir[] = "/tmp/mmguard-foreign.XXXXXX", results[64], tree[64];
	char *words[] = { "mmguard",
			  "run",
			  "--from",
			  tree,
			  "--results",
			  results,
			  argc > 1 ? "--kernel" : NULL,
			  argv[1],
			  NULL };
	bool guest = argc > 1;
	json_t *tests;
	int status;

	if (argc > 2 || !realpath("/proc/self/exe", self) || !mkdtemp(dir)) {
		fprintf(stderr, "usage: foreign [KERNEL] (as for mmguard run --kernel)\n");
		return 2;
	}
	snprintf(results, sizeof(results), "%s/run", dir);
	snprintf(tree, sizeof(tree), "%s/tree", dir);
	make_tree(tree, dirname(self));
	status = run_mmguard(self, words);
	tests = load_tests(results);
	printf("KTAP version 1\n1..%zu\n", WANTED + 2);
	for (size_t i = 0; i < WANTED; i++) {
		const char *got = verdict_of(tests, wanted[i].name);
		const char *want =
			guest && wanted[i].guest ? wanted[i].guest : wanted[i].verdict;

		result(i + 1, !strcmp(got, want), wanted[i].name, want, got);
	}
	result(WANTED + 1, json_array_size(tests) == WANTED, "nothing_else", "no other results",
	       "more or fewer");
	result(WANTED + 2, status == 1, "exit_status", "1", "another");
	if (failed)
		printf("# see %s\n", dir);
	return failed;
}
