// SPDX-License-Identifier: GPL-2.0-only
/* "mmguard tap": exit statuses, the tree, JSON, and output that is safe for a terminal. */
#include "common/protocol.h"
#include "mmguard/cli.h"
#include "command.h"
#include "mmguard_check.h"

#include <jansson.h>
#include <sys/resource.h>

static void put(const char *name, const char *text)
{
	file_write(name, text, strlen(text));
}

static void make_logs(void)
{
	put("good", "boot\nKTAP version 1\n1..2\n  KTAP version 1\n  # Subtest: s\n  1..2\n"
		    "  ok 1 a\n  ok 2 a\nok 1 s\nok 2 b # SKIP no THP\n");
	put("bad", "TAP version 13\n1..4\n# TAP version 13\n# 1..1\n# not ok 1 x # exit=3\n"
		   "ok 1 p\nok 2 q\n");
	put("none", "Linux version 6.1\n[    0.000000] hello\n");
	put("empty", "");
	put("no_plan", "ok 1 a\n");
	put("skipped", "1..0 # SKIP no THP\n");
	put("colours",
	    "1..1\n\033[32mok 1\033[0m \033]0;title\a\xff\001name # SKIP \033[1mw\n");
}

static void test_status(struct unit *u)
{
	static const struct {
		const char *words;
		int status;
		const char *said;
	} t[] = {
		{ "tap good", MMG_EXIT_OK, "good: PASS: 2 PASS, 1 SKIP\n" },
		{ "tap bad", MMG_EXIT_UNEXPECTED, "bad: FAIL: 1 FAIL, 2 MISSING, 1 PASS\n" },
		{ "tap none", MMG_EXIT_NOTHING, "none: no results" },
		{ "tap empty", MMG_EXIT_NOTHING, "empty: no results" },
		{ "tap no_plan", MMG_EXIT_OK, "no plan, results may be missing" },
		{ "tap skipped", MMG_EXIT_OK, "skipped: SKIP" },
		{ "tap good none", MMG_EXIT_NOTHING, "good: PASS" },
		{ "tap none bad good", MMG_EXIT_UNEXPECTED, "good: PASS" },
		{ "tap bad nowhere good", MMG_EXIT_USAGE, "cannot read nowhere: No such file" },
		{ "tap .", MMG_EXIT_USAGE, "cannot read .: Is a directory" },
		{ "tap", MMG_EXIT_USAGE, "which file" },
		{ "tap --json --bad good", MMG_EXIT_USAGE, "--json" },
		{ "tap --nonsense", MMG_EXIT_USAGE, "--nonsense" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int status = run(cmd_tap, t[i].words);

		if (status != t[i].status)
			printf("# fail: expected status %d, found %d\n", t[i].status, status);
		check(u, status == t[i].status && said(t[i].said), "%s", t[i].words);
	}
}

static void test_tree(struct unit *u)
{
	run(cmd_tap, "tap good bad");
	check(u,
	      said("  s:\n    PASS     a\n    PASS     a#2\n  PASS     s\n"
		   "  SKIP     b: no THP\n") &&
		      said("  #1:\n    FAIL     x: exit status 3\n  FAIL     p\n") &&
		      said("  MISSING  #3..#4: planned, never reported\n"),
	      "the tree");
	run(cmd_tap, "tap --bad good bad");
	check(u,
	      said("good: PASS: 2 PASS, 1 SKIP\n  FAIL     #1/x: exit status 3\n  FAIL     "
		   "p\n"),
	      "only what is bad");
	run(cmd_tap, "tap colours");
	check(u, said("\n") && said("SKIP     ?\?name: w\n"), "colours and bad bytes");
}

static bool has(json_t *events, size_t i, const char *name, const char *verdict)
{
	json_t *o = json_array_get(events, i);

	return !strcmp(json_string_value(json_object_get(o, "name")), name) &&
	       !strcmp(json_string_value(json_object_get(o, "verdict")), verdict);
}

static void test_json(struct unit *u)
{
	json_t *o, *file, *events;

	check(u, run(cmd_tap, "tap --json good bad") == MMG_EXIT_UNEXPECTED, "JSON: status");
	o = json_load_file("out", 0, NULL);
	check(u, json_integer_value(json_object_get(o, "status")) == 1, "JSON: is JSON");
	file = json_array_get(json_object_get(o, "files"), 1);
	events = json_object_get(file, "events");
	check(u,
	      json_array_size(events) == 4 && has(events, 0, "#1/x", "FAIL") &&
		      has(events, 1, "p", "FAIL") && has(events, 2, "q", "PASS") &&
		      has(events, 3, "#3..#4", "MISSING"),
	      "JSON: events");
	check(u, !strcmp(json_string_value(json_object_get(file, "verdict")), "FAIL"),
	      "JSON: verdict");
	json_decref(o);
}

/* As "cat good | mmguard tap -". */
static int tap_stdin(int argc, char **argv)
{
	int fd = open("good", O_RDONLY);

	dup2(fd, 0);
	return cmd_tap(argc, argv);
}

/* 60 MB of results, in an address space that has no room for them. */
static int tap_big(int argc, char **argv)
{
	struct rlimit limit = { 48 << 20, 48 << 20 };
	int fd[2];

	if (pipe(fd) || setrlimit(RLIMIT_AS, &limit))
		return 99;
	if (!fork()) {
		FILE *f = fdopen(fd[1], "w");

		for (int i = 1; i <= 1000000; i++)
			fprintf(f, "ok %d a test with a name that differs, %d, and so on\n", i,
				i);
		fprintf(f, "1..1000000\n");
		fclose(f);
		_exit(0);
	}
	close(fd[1]);
	dup2(fd[0], 0);
	return cmd_tap(argc, argv);
}

int main(void)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX";
	struct unit u = { 0 };

	if (!mkdtemp(dir) || chdir(dir))
		return 3;
	make_logs();
	test_status(&u);
	test_tree(&u);
	test_json(&u);
	check(&u, !run(tap_stdin, "tap -") && said("(standard input): PASS"), "standard input");
	check(&u, !run(tap_big, "tap --bad -") && said("1000000 PASS"),
	      "60 MB in little memory");
	remove_tree(dir);
	return unit_end(&u);
}
