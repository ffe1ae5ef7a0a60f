// SPDX-License-Identifier: GPL-2.0-only
/* Runs that were cut short, made here: what is left of them, when they stop, what they refuse.
 */
#include "mmguard/cli.h"
#include "mmguard/lastwords.h"
#include "mmguard/rest.h"
#include "common/protocol.h"
#include "mmguard_check.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *name, const char *text)
{
	char *copy = xstrdup(name), *slash = strrchr(copy, '/');

	if (slash) {
		*slash = '\0';
		mkdirs(copy);
	}
	file_write(name, text, strlen(text));
	free(copy);
}

#define BOOT(K, ID)                                     \
	"{\"event\":\"boot\",\"schema\":1,\"boot\":" #K \
	",\"kernel\":\"6.1.0\",\"boot_id\":\"" ID "\",\"time\":1}\n"
#define START(P) "{\"event\":\"start\",\"program\":\"a." P "\",\"time\":2}\n"
#define END(P)                                                                   \
	"{\"event\":\"end\",\"program\":\"a." P "\",\"exit\":0,\"signal\":null," \
	"\"timeout\":false,\"stuck\":false,\"seconds\":1}\n"
#define STOPPED_END(P)                                                            \
	"{\"event\":\"end\",\"program\":\"a." P "\",\"exit\":null,\"signal\":15," \
	"\"timeout\":false,\"stuck\":false,\"interrupted\":true,\"seconds\":1}\n"
#define LOST(K)	   "{\"event\":\"lost\",\"boot\":" #K ",\"reason\":\"Kernel panic\"}\n"
#define RUNNER(K)  "{\"event\":\"runner\",\"boot\":" #K ",\"reason\":\"killed\"}\n"
#define RESUME	   "{\"event\":\"resume\"}\n"
#define HEAD	   "KTAP version 1\n1..3\n"
#define X_DIES	   HEAD "# case x\n"
#define Y_DIES	   HEAD "# case x\nok 1 x\n# case y\n"
#define CUT_RESULT HEAD "# case x\nok 1 x\n# case y\nok 2 "

/* A run of a.p and a.q with the cases x, y, z; outputs are of a.p. */
static const struct {
	const char *name, *journal;
	const char *outputs[4]; /* by boot from 1 */
	bool vm, again;
	const char *want; /* "p: x y q: x", "stop: ..." */
} table[] = {
	{ "nothing was begun", "", { 0 }, false, false, "p: x y z q: x y z" },
	{ "an empty journal after a first boot",
	  "\n\n",
	  { X_DIES },
	  false,
	  false,
	  "p: x y z q: x y z" },
	{ "the culprit is not run again",
	  BOOT(1, "b") START("p") LOST(1),
	  { Y_DIES },
	  false,
	  false,
	  "p: z q: x y z" },
	{ "half a result is none",
	  BOOT(1, "b") START("p") LOST(1),
	  { CUT_RESULT },
	  false,
	  false,
	  "p: z q: x y z" },
	{ "half a line, then zeroes",
	  BOOT(1, "b") START("p") "{\"event\":\"en\n" LOST(1),
	  { Y_DIES },
	  false,
	  false,
	  "p: z q: x y z" },
	{ "dead outside its cases: once more",
	  BOOT(1, "b") START("p") LOST(1),
	  { HEAD },
	  false,
	  false,
	  "p: x y z q: x y z" },
	{ "twice outside its cases: no more",
	  BOOT(1, "b") START("p") LOST(1) RESUME BOOT(2, "c") START("p") LOST(2),
	  { HEAD, HEAD },
	  true,
	  false,
	  "q: x y z" },
	{ "two deaths in one program",
	  BOOT(1, "b") START("p") LOST(1) RESUME BOOT(2, "c") START("p") LOST(2),
	  { X_DIES, HEAD "# case y\n" },
	  false,
	  false,
	  "q: x y z" },
	{ "two deaths in one program of a guest",
	  BOOT(1, "b") START("p") LOST(1) RESUME BOOT(2, "c") START("p") LOST(2),
	  { X_DIES, HEAD "# case y\n" },
	  true,
	  false,
	  "p: z q: x y z" },
	{ "what ran when mmrun was killed",
	  BOOT(1, "b") START("p") RUNNER(1) RESUME,
	  { Y_DIES },
	  false,
	  false,
	  "p: z q: x y z" },
	{ "what ran in a guest when mmguard was killed",
	  BOOT(1, "b") START("p") RUNNER(1) RESUME,
	  { Y_DIES },
	  true,
	  false,
	  "p: y z q: x y z" },
	{ "a plan that was not begun",
	  BOOT(1, "b") START("p") LOST(1) RESUME,
	  { Y_DIES, "" },
	  false,
	  false,
	  "p: z q: x y z" },
	{ "the same with --again",
	  BOOT(1, "b") START("p") RUNNER(1) RESUME,
	  { Y_DIES },
	  false,
	  true,
	  "p: y z q: x y z" },
	{ "told to stop",
	  BOOT(1, "b") START("p") STOPPED_END("p"),
	  { Y_DIES },
	  false,
	  false,
	  "p: y z q: x y z" },
	{ "never reported is not asked again",
	  BOOT(1, "b") START("p") END("p"),
	  { HEAD "# case x\nok 1 x\n" },
	  false,
	  false,
	  "q: x y z" },
	{ "an end before its start",
	  BOOT(1, "b") END("p") LOST(1),
	  { HEAD "# case x\nok 1 x\n# case y\nok 2 y\n# case z\nok 3 z\n" },
	  false,
	  false,
	  "q: x y z" },
	{ "three deaths that bring nothing",
	  BOOT(1, "b") LOST(1) BOOT(2, "c") LOST(2) BOOT(3, "d") LOST(3),
	  { 0 },
	  false,
	  false,
	  "stop: 3 crashes in a row brought no new result" },
	{ "too many deaths",
	  BOOT(1, "b") START("q") LOST(1) BOOT(2, "c") START("p") LOST(2),
	  { NULL, X_DIES },
	  false,
	  false,
	  "stop: 2 crashes (--crashes allows more)" },
};

static char *join(char *a, const char *format, const char *b)
{
	char *one = xasprintf(format, b), *both = xasprintf("%s%s%s", a, *a ? " " : "", one);

	free(one);
	free(a);
	return both;
}

static char *describe(const struct rest *rest)
{
	char *all = xstrdup("");

	if (rest->stop)
		return join(all, "stop: %s", rest->stop);
	for (size_t i = 0; i < rest->plan.n; i++) {
		all = join(all, "%s:", rest->plan.v[i].program + 2);
		for (size_t k = 0; k < rest->plan.v[i].cases.n; k++)
			all = join(all, "%s", rest->plan.v[i].cases.v[k]);
	}
	return all;
}

static void make_run(size_t i)
{
	const char *plan = "a.p\t5\t/p\tx y z\na.q\t5\t/q\tx y z\n";

	remove_tree("run");
	put("run/run.json",
	    table[i].vm ? "{\"schema\":1,\"target\":\"vm\",\"slow\":1,\"selection\":[]}"
			: "{\"schema\":1,\"target\":\"host\",\"slow\":1,\"selection\":[]}");
	put("run/journal.jsonl", table[i].journal);
	put("run/plan", plan);
	for (unsigned int b = 1; b <= 4; b++) {
		char *name = b > 1 ? xasprintf("run/plan.%u", b) : xstrdup("run/plan");
		char *out = b > 1 ? xasprintf("run/tests/a.p/stdout.%u", b)
				  : xstrdup("run/tests/a.p/stdout");

		if (table[i].outputs[b - 1]) {
			put(name, plan);
			put(out, table[i].outputs[b - 1]);
		}
		free(out);
		free(name);
	}
}

static void test_rest(struct unit *u)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct run r = { .dir = (char *)"run",
				 .paths.configs = (char *)"configs",
				 .opt = { .vm = table[i].vm, .again = table[i].again } };
		struct rest rest;
		char *got;

		if (strstr(table[i].name, "too many"))
			r.opt.crashes = 2;
		for (int k = 0; k < 2; k++) {
			struct plan_entry *e = plan_add(&r.plan, k ? "a.q" : "a.p", "/", 5);

			strv_split(&e->cases, "x y z", " ");
		}
		make_run(i);
		if (rest_find(&r, &rest))
			exit(3);
		got = describe(&rest);
		check(u, !strcmp(got, table[i].want), "%s", table[i].name);
		if (strcmp(got, table[i].want))
			printf("# expected \"%s\", found \"%s\"\n", table[i].want, got);
		free(got);
		rest_free(&rest);
		plan_free(&r.plan);
	}
}

static bool words(const char *running, const char *want)
{
	char *got = lastwords_find("run", 2, running, "pstore:more", 1000);
	bool same = !strcmp(got, want);

	if (!same)
		printf("# expected \"%s\", found \"%s\"\n", want, got);
	free(got);
	return same;
}

#define NO_RECORD "the machine was restarted; no record in pstore"

static void test_last_words(struct unit *u)
{
	struct timespec old[2] = { { .tv_sec = 10 }, { .tv_sec = 10 } };
	char *copy;

	put("run/tests/a.p/kmsg.2",
	    "6,1,1,-;all is well\n SUBSYSTEM=x\n4,2,2,-;BUG: unable to handle page fault\n");
	put("pstore/dmesg-efi-1", "Panic#1 Part1\n<0>[ 2.0] Kernel panic - not syncing: old\n");
	utimensat(AT_FDCWD, "pstore/dmesg-efi-1", old, 0);
	check(u, words(NULL, NO_RECORD), "no record, nothing ran");
	check(u,
	      words("a.p", NO_RECORD "; the kernel log kept: BUG: unable to handle page fault"),
	      "the kernel log kept so far");
	put("more/1/dmesg-efi-2", "Panic#1 Part1\n<0>[ 3.0] Kernel panic - not syncing: new\n");
	put("more/1/dmesg-efi-3", "Panic#1 Part2\n<4>[ 2.9] kernel BUG at mm/rmap.c:1!\n");
	check(u, words("a.p", "kernel BUG at mm/rmap.c:1!; Kernel panic - not syncing: new"),
	      "records of the firmware, in order");
	copy = file_read("run/pstore.2", 1 << 20, NULL);
	check(u, copy && strstr(copy, "dmesg-efi-2") && !strstr(copy, "old"),
	      "they are kept with the run");
	free(copy);
}

/* Run a command line in a child with its output in the file out; the exit status. */
static int run(const char *line)
{
	struct strv argv = { 0 };
	int status;
	pid_t pid;

	strv_split(&argv, line, " ");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0666);

		dup2(fd, 1);
		dup2(fd, 2);
		optind = 0;
		status = cmd_run((int)argv.n, argv.v);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	strv_free(&argv);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool said(const char *part)
{
	char *text = file_read("out", 1 << 20, NULL);
	bool hit = text && strstr(text, part);

	if (!hit)
		printf("# expected \"%s\", found \"%s\"\n", part, text ? text : "nothing");
	free(text);
	return hit;
}

static void test_refused(struct unit *u)
{
	static const char began[] =
		"{\"schema\":1,\"id\":\"i\",\"target\":\"host\",\"kernel\":\"1.0\",\"slow\":1,"
		"\"command\":[\"mmguard\",\"run\"],\"build\":\"1.0 #1\",\"selection\":[]}";

	remove_tree("run");
	check(u, run("run --resume nowhere") == MMG_EXIT_RUNNER && said("no run nowhere"),
	      "a run that is not there");
	mkdirs("run");
	check(u, run("run --resume run") == MMG_EXIT_RUNNER && said("run.json cannot be read"),
	      "a run without run.json");
	check(u, run("run --resume run cow_leak") == MMG_EXIT_USAGE && said("--resume takes"),
	      "another selection");
	check(u, run("run --again") == MMG_EXIT_USAGE && said("--resume only"),
	      "--again of a new run");
	put("run/run.json", began);
	put("run/journal.jsonl", BOOT(1, "b") "{\"event\":\"done\"}\n");
	check(u, run("run --resume run") == MMG_EXIT_RUNNER && said("wrong kernel booted"),
	      "another kernel");
	check(u, run("run --resume run --force") == MMG_EXIT_NOTHING && said("going on"),
	      "another kernel, forced");
}

int main(void)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX";
	struct unit u = { 0 };

	if (!mkdtemp(dir) || chdir(dir) || mkdirs("selftests") ||
	    mkdirs("configs/known-issues"))
		return 3;
	put("mmrun", "#!/bin/sh\nexit 0\n");
	chmod("mmrun", 0755);
	setenv("MMGUARD_LIBEXEC", dir, 1);
	setenv("MMGUARD_LOCK", "lock", 1);
	test_rest(&u);
	test_last_words(&u);
	test_refused(&u);
	if (!u.failed)
		remove_tree(dir);
	return unit_end(&u);
}
