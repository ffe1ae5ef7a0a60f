// SPDX-License-Identifier: GPL-2.0-only
/* Whole runs of mmguard that repeat: FLAKY, --until-fail, --soak, --shuffle, --resume. */
#include "mmguard/cli.h"
#include "common/protocol.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Copies of this very program are the test programs; "one" becomes "two" in the second. */
__attribute__((section(".mmguard.needs"), used)) static const char needs[] =
	"area: demo\nprogram: one\nsummary: a program\nkind: base\nkind: thp\nscenario: "
	"s\nseconds: 20\n";

/*
 * As a test program: s.thp of "two" fails in each third run of it. With a file "kills" beside
 * @dir it kills mmrun instead.
 */
static int be_a_test(const char *dir, const char *name)
{
	char *path = xasprintf("%s/count-%s", dir, name), *text = file_read(path, 100, NULL);
	int n = text ? atoi(text) + 1 : 1, fd;
	bool bad = !strcmp(name, "two") && n % 3 == 0;
	char *order = xasprintf("%s/order", dir);

	free(text);
	text = xasprintf("%d\n", n);
	file_write(path, text, strlen(text));
	fd = open(order, O_WRONLY | O_CREAT | O_APPEND, 0666);
	dprintf(fd, "%s ", name);
	close(fd);
	printf("KTAP version 1\n1..2\n# case s.base\nok 1 s.base\n# case s.thp\n");
	fflush(stdout);
	path = xasprintf("%s/../kills", dir);
	if (bad && !access(path, F_OK)) {
		usleep(300000); /* mmrun has read so far */
		kill(getppid(), SIGKILL);
	}
	printf("%s%s 2 s.thp\n", bad ? "# fail: expected 1, found 2\n" : "",
	       bad ? "not ok" : "ok");
	return bad;
}

static void put_program(const char *name)
{
	char *path = xasprintf("selftests/demo/%s", name), *at;
	size_t len;
	char *data = file_read("/proc/self/exe", 64u << 20, &len);

	at = data ? memmem(data, len, needs, sizeof(needs)) : NULL;
	if (!at)
		exit(3);
	memcpy(at + strlen("area: demo\nprogram: "), name, 3);
	if (file_write(path, data, len) || chmod(path, 0755))
		exit(3);
	free(data);
	free(path);
}

static int run(const char *words)
{
	struct strv argv = { 0 };
	int status;
	pid_t pid;

	remove_tree("state");
	mkdirs("state");
	strv_split(&argv, words, " ");
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

static bool file_has(const char *path, const char *part)
{
	char *text = file_read(path, 1 << 20, NULL);
	bool hit = text && strstr(text, part);

	if (!hit)
		printf("# fail: expected \"%s\" in %s, found \"%s\"\n", part, path,
		       text ? text : "nothing");
	free(text);
	return hit;
}

static bool file_is(const char *path, const char *all)
{
	char *text = file_read(path, 1 << 20, NULL);
	bool same = text && !strcmp(text, all);

	if (!same)
		printf("# fail: expected \"%s\" in %s, found \"%s\"\n", all, path,
		       text ? text : "nothing");
	free(text);
	return same;
}

static json_t *results(void)
{
	return json_load_file("results/latest/results.json", 0, NULL);
}

static json_t *find(json_t *results, const char *name)
{
	json_t *test;
	size_t i;

	json_array_foreach(json_object_get(results, "tests"), i, test)
	{
		if (!strcmp(json_string_value(json_object_get(test, "name")), name))
			return test;
	}
	return NULL;
}

static long long number(json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool verdict_is(json_t *test, const char *verdict)
{
	const char *got = json_string_value(json_object_get(test, "verdict"));

	return got && !strcmp(got, verdict);
}

static void test_repeat(struct unit *u)
{
	int status = run("run --repeat 4");
	json_t *o = results(), *t = find(o, "demo.two.s.thp"),
	       *other = find(o, "demo.one.s.thp");
	json_t *counts = json_object_get(t, "counts");

	check(u, status == MMG_EXIT_UNEXPECTED, "what fails once in four is unexpected");
	check(u, verdict_is(t, "FLAKY"), "FLAKY");
	check(u,
	      number(t, "runs") == 4 && number(counts, "PASS") == 3 &&
		      number(counts, "FAIL") == 1 && number(t, "round") == 3,
	      "how often, and where first");
	check(u, verdict_is(other, "PASS") && number(other, "runs") == 4, "the others passed");
	check(u, json_array_size(json_object_get(o, "tests")) == 4, "a case is one result");
	check(u, file_has("out", "failed 1 of 4") && file_has("out", "tests.3/demo.two/"),
	      "the summary says so");
	check(u, file_has("results/latest/junit.xml", "FLAKY, failed 1 of 4: FAIL in round 3"),
	      "junit says so");
	check(u, file_has("results/latest/report.html", "failed 1 of 4"), "html says so");
	check(u, file_has("results/latest/tests.3/demo.two/stdout", "not ok"), "the files");
	check(u, file_has("state/order", "one two one two one two one two "), "round by round");
	json_decref(o);
}

static void test_until_fail(struct unit *u)
{
	static const char known[] = "cases: demo.two.s.thp\nflaky: yes\nreason: r\n";
	int status = run("run --until-fail --repeat 20");
	json_t *o = results();

	check(u,
	      status == MMG_EXIT_UNEXPECTED && number(o, "rounds") >= 3 &&
		      number(o, "rounds") <= 4,
	      "--until-fail ends with the failure");
	check(u, file_has("out", "stopped: --until-fail: FAIL demo.two.s.thp in round 3"),
	      "and says which");
	json_decref(o);
	file_write("configs/known-issues/k", known, strlen(known));
	status = run("run --until-fail --repeat 4");
	o = results();
	check(u, !status && number(o, "rounds") == 4, "a known issue does not end it");
	check(u, verdict_is(find(o, "demo.two.s.thp"), "XFAIL"), "nor is it FLAKY");
	json_decref(o);
	unlink("configs/known-issues/k");
}

static void test_soak(struct unit *u)
{
	double begin = now_mono(), took;
	int status = run("run --soak 2s demo.one");
	json_t *o = results();

	took = now_mono() - begin;
	check(u, !status && number(o, "rounds") > 1, "a soak of many rounds");
	printf("# %lld rounds in %.1f s\n", number(o, "rounds"), took);
	check(u, took >= 2 && took < 60, "it ends");
	check(u, number(find(o, "demo.one.s.base"), "runs") >= number(o, "rounds") - 1,
	      "every round counts");
	json_decref(o);
	check(u, run("run --soak 1s --repeat 2 demo.one") == 0, "the other bound");
	o = results();
	check(u, number(o, "rounds") <= 2, "is kept, too");
	json_decref(o);
}

static void test_shuffle(struct unit *u)
{
	char *first, *second;

	check(u, !run("run --shuffle=7 --repeat 2"), "--shuffle=7");
	check(u,
	      file_has("out", "--shuffle=7") &&
		      file_has("results/latest/run.json", "\"shuffle\": 7"),
	      "the seed is said and kept");
	first = file_read("state/order", 1000, NULL);
	check(u, !run("run --shuffle=7 --repeat 2"), "again");
	second = file_read("state/order", 1000, NULL);
	check(u, first && second && !strcmp(first, second), "gives the same order");
	free(first);
	free(second);
	check(u, !run("run --shuffle"), "a seed of its own");
	check(u, file_has("results/latest/run.json", "\"shuffle\": "), "is kept");
}

/* mmrun dies in round 3 of 4. */
static void test_resume(struct unit *u)
{
	int status;
	json_t *o, *t;

	file_write("kills", "", 0);
	status = run("run --repeat 4");
	check(u, status == MMG_EXIT_RUNNER, "mmrun killed in round 3");
	check(u, file_has("state/order", "one two one two one two "), "and no further");
	unlink("kills");
	status = run("run --resume results/latest");
	o = results();
	t = find(o, "demo.two.s.thp");
	check(u, status == MMG_EXIT_UNEXPECTED, "the rest of the rounds");
	check(u, file_is("state/order", "one two "), "round 4 alone");
	check(u, number(o, "rounds") == 4 && json_array_size(json_object_get(o, "tests")) == 4,
	      "four rounds, a case is one result");
	check(u, number(find(o, "demo.two.s.base"), "runs") == 4, "no result is lost");
	check(u, number(t, "runs") == 4 && number(t, "round") == 3,
	      "the culprit, in its round");
	json_decref(o);
}

static void test_shards(struct unit *u)
{
	int a = run("run --shard 1/2"), b;
	char *first = file_read("state/order", 1000, NULL), *second;

	b = run("run --shard 2/2");
	second = file_read("state/order", 1000, NULL);
	check(u, !a && !b && first && second && strcmp(first, second) != 0, "two shards");
	free(first);
	free(second);
	check(u,
	      run("run --shard 3/3") == MMG_EXIT_NOTHING &&
		      file_has("out", "shard 3/3 is empty"),
	      "an empty shard");
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX", self[PATH_MAX], *mmrun;
	const char *state = getenv("MMGUARD_TEST_STATE");
	struct unit u = { 0 };

	if (state && argc > 1)
		return be_a_test(state, basename(argv[0]));
	if (!realpath("/proc/self/exe", self) || !mkdtemp(dir) || chdir(dir))
		return 3;
	mmrun = xasprintf("%s/../mmrun", dirname(self));
	if (mkdirs("selftests/demo") || mkdirs("configs/profiles") ||
	    mkdirs("configs/known-issues") || symlink(mmrun, "mmrun"))
		return 3;
	put_program("one");
	put_program("two");
	file_write("configs/profiles/quick", "*\n", 2);
	setenv("MMGUARD_LIBEXEC", dir, 1);
	setenv("MMGUARD_LOCK", "lock", 1);
	setenv("MMGUARD_TEST_STATE", xasprintf("%s/state", dir), 1);
	test_repeat(&u);
	test_until_fail(&u);
	test_soak(&u);
	test_shuffle(&u);
	test_resume(&u);
	test_shards(&u);
	remove_tree(dir);
	free(mmrun);
	return unit_end(&u);
}
