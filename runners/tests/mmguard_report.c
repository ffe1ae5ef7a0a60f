// SPDX-License-Identifier: GPL-2.0-only
/* Reports from run directories made here: every verdict, crashes, interrupts, boots, known
 * issues. */
#include "mmguard/report.h"
#include "common/protocol.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
	char *dir; /* of the run */
	char *configs;
};

static void put(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name), *slash = strrchr(path, '/');

	*slash = '\0';
	mkdirs(path);
	*slash = '/';
	file_write(path, text, strlen(text));
	free(path);
}

#define RUN_JSON(TARGET)                                                                      \
	"{\"schema\":1,\"id\":\"i\",\"time\":1,\"target\":\"" TARGET                          \
	"\",\"kernel\":\"6.1.0\",\"slow\":1,\"selection\":[{\"program\":\"a.p\",\"seconds\":" \
	"5,"                                                                                  \
	"\"cases\":[\"x\",\"y\",\"z\"]}],\"held\":[{\"name\":\"a.q.h\",\"reason\":\"would "   \
	"harm\"}]}"

/* A run of one program a.p with cases x, y and z. */
static void make_run(struct place *p, const char *journal, const char *stdout_text,
		     const char *issue)
{
	char base[] = "/tmp/mmguard-test.XXXXXX";

	if (!mkdtemp(base))
		exit(3);
	p->dir = xasprintf("%s/run", base);
	p->configs = xasprintf("%s/configs", base);
	put(p->dir, "run.json", RUN_JSON("host"));
	put(p->dir, "plan", "a.p\t5\t/p\tx y z\n");
	put(p->dir, "journal.jsonl", journal);
	if (stdout_text)
		put(p->dir, "tests/a.p/stdout", stdout_text);
	if (issue)
		put(p->configs, "known-issues/one", issue);
}

static void drop_run(struct place *p)
{
	char *slash = strrchr(p->dir, '/');

	*slash = '\0';
	remove_tree(p->dir);
	free(p->dir);
	free(p->configs);
}

/* "x=PASS y=FAIL ..." of all results, and the status. */
static char *outcome(const struct place *p, int *status)
{
	struct report r;
	char *all = xstrdup("");

	*status = -1;
	if (!report_collect(&r, p->dir, p->configs)) {
		report_judge(&r);
		*status = r.status;
		for (size_t i = 0; i < r.n; i++) {
			for (size_t j = 0; j < r.v[i].n; j++) {
				char *longer = xasprintf("%s%s%s=%s", all, *all ? " " : "",
							 r.v[i].v[j].name,
							 verdict_name(r.v[i].v[j].verdict));

				free(all);
				all = longer;
			}
		}
	}
	report_free(&r);
	return all;
}

static bool gives(const struct place *p, const char *want, int want_status)
{
	int status;
	char *got = outcome(p, &status);
	bool ok = !strcmp(got, want) && status == want_status;

	if (!ok)
		printf("# fail: expected \"%s\" %d, found \"%s\" %d\n", want, want_status, got,
		       status);
	free(got);
	return ok;
}

#define BOOT                                                                                  \
	"{\"event\":\"boot\",\"schema\":1,\"boot\":1,\"kernel\":\"6.1.0\",\"boot_id\":\"b\"," \
	"\"time\":1}\n"
#define START "{\"event\":\"start\",\"program\":\"a.p\",\"time\":2}\n"
#define END(EXIT)                                               \
	"{\"event\":\"end\",\"program\":\"a.p\",\"exit\":" EXIT \
	",\"signal\":null,\"timeout\":false,\"stuck\":false,\"seconds\":1.5}\n"
#define DONE "{\"event\":\"done\",\"time\":9}\n"
#define GOOD                                                                                 \
	"KTAP version 1\n1..3\n# case x\nok 1 x\n# case y\nok 2 y\n# case z\nok 3 z # SKIP " \
	"needs two nodes\n"
#define BAD                                                                           \
	"KTAP version 1\n1..3\n# case x\nok 1 x\n# case y\n# fail: <counter> & \x01 " \
	"more\nnot ok 2 y\n# case z\n"                                                \
	"ok 3 z\n"
#define CUT "KTAP version 1\n1..3\n# case x\nok 1 x\n# case y\n"

struct golden {
	const char *name, *journal, *text, *issue, *want;
	int status;
};

static const struct golden golden[] = {
	{ "as expected", BOOT START END("0") DONE, GOOD, NULL,
	  "a.p.x=PASS a.p.y=PASS a.p.z=SKIP a.q.h=HELD", 0 },
	{ "a failure", BOOT START END("1") DONE, BAD, NULL,
	  "a.p.x=PASS a.p.y=FAIL a.p.z=PASS a.q.h=HELD", 1 },
	{ "a known failure", BOOT START END("1") DONE, BAD,
	  "cases: a.p.y\nkernels: 6.1\nreason: r\n",
	  "a.p.x=PASS a.p.y=XFAIL a.p.z=PASS a.q.h=HELD", 0 },
	{ "known of another kernel", BOOT START END("1") DONE, BAD,
	  "cases: a.p.y\nkernels: 6.2..\nreason: r\n",
	  "a.p.x=PASS a.p.y=FAIL a.p.z=PASS a.q.h=HELD", 1 },
	{ "a known issue is gone", BOOT START END("0") DONE, GOOD, "cases: a.p.x\nreason: r\n",
	  "a.p.x=XPASS a.p.y=PASS a.p.z=SKIP a.q.h=HELD", 0 },
	{ "a flaky one passed", BOOT START END("0") DONE, GOOD,
	  "cases: a.p.x\nflaky: yes\nreason: r\n",
	  "a.p.x=PASS a.p.y=PASS a.p.z=SKIP a.q.h=HELD", 0 },
	{ "power cut", BOOT START, CUT, NULL, "a.p.x=PASS a.p.y=CRASH a.p.z=MISSING a.q.h=HELD",
	  5 },
	{ "power cut in the journal", BOOT START "{\"event\":\"en", CUT, NULL,
	  "a.p.x=PASS a.p.y=CRASH a.p.z=MISSING a.q.h=HELD", 5 },
	{ "a known crash", BOOT START, CUT, "cases: a.p.y\nharm: crash\nreason: r\n",
	  "a.p.x=PASS a.p.y=XFAIL a.p.z=XFAIL a.q.h=HELD", 0 },
	{ "interrupted", BOOT START "{\"event\":\"interrupted\",\"reason\":\"Interrupt\"}\n",
	  CUT, NULL, "a.p.x=PASS a.p.y=MISSING a.p.z=MISSING a.q.h=HELD", 6 },
	{ "the runner was killed",
	  BOOT START "{\"event\":\"runner\",\"reason\":\"signal 9\"}\n", CUT, NULL,
	  "a.p.x=PASS a.p.y=MISSING a.p.z=MISSING a.q.h=HELD", 3 },
	{ "cut before the first test", BOOT, NULL, NULL,
	  "a.p.x=MISSING a.p.y=MISSING a.p.z=MISSING a.q.h=HELD", 1 },
};

static void test_golden(struct unit *c)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		const struct golden *g = &golden[i];
		struct place p;

		make_run(&p, g->journal, g->text, g->issue);
		check(c, gives(&p, g->want, g->status), "%s", g->name);
		drop_run(&p);
	}
}

/* The second boot ran what the first left open. */
static void test_boots(struct unit *c)
{
	struct place p;

	make_run(&p,
		 BOOT START "{\"event\":\"lost\",\"boot\":1,\"reason\":\"Kernel panic\"}\n"
			    "{\"event\":\"boot\",\"schema\":1,\"boot\":2,\"kernel\":\"6.1.0\","
			    "\"time\":5}\n" START END("0") DONE,
		 CUT, NULL);
	put(p.dir, "plan.2", "a.p\t5\t/p\tz\n");
	put(p.dir, "tests/a.p/stdout.2", "KTAP version 1\n1..1\n# case z\nok 1 z\n");
	check(c, gives(&p, "a.p.x=PASS a.p.y=CRASH a.p.z=PASS a.q.h=HELD", 5), "two boots");
	drop_run(&p);
	make_run(&p, BOOT START, CUT, NULL);
	put(p.dir, "run.json", RUN_JSON("vm"));
	check(c, gives(&p, "a.p.x=PASS a.p.y=MISSING a.p.z=MISSING a.q.h=HELD", 3),
	      "a guest whose death nobody noted");
	drop_run(&p);
}

static void test_files(struct unit *c)
{
	struct place p;
	char *path, *text;
	int fd, saved;

	make_run(&p, BOOT START END("1") DONE, BAD "# \xff\xfe ]]> \x1b[0m\n", NULL);
	fflush(stdout);
	check(c, report_make(p.dir, p.configs, false) == 1, "reports are made");
	path = xasprintf("%s/junit.xml", p.dir);
	text = file_read(path, 1 << 20, NULL);
	check(c, text && strstr(text, "&lt;counter&gt; &amp;"), "XML is escaped");
	check(c, text && !strchr(text, 1) && !strchr(text, 0x1b) && !strstr(text, "\xff"),
	      "what XML forbids is replaced");
	check(c, text && strstr(text, "failures=\"1\" errors=\"0\" skipped=\"0\""),
	      "junit counts");
	free(text);
	free(path);
	path = xasprintf("%s/results.json", p.dir);
	text = file_read(path, 1 << 20, NULL);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;

	check(c,
	      json_array_size(json_object_get(o, "tests")) == 4 &&
		      json_integer_value(json_object_get(o, "schema")) == 1,
	      "results.json");
	json_decref(o);
	free(text);
	free(path);
	put(p.dir, "run.json", "{\"schema\":99}");
	saved = dup(2);
	fd = open("/dev/null", O_WRONLY);
	dup2(fd, 2);
	check(c, report_make(p.dir, p.configs, false) == MMG_EXIT_RUNNER, "unknown schema");
	check(c, report_make("/nonexistent/run", p.configs, false) == MMG_EXIT_RUNNER,
	      "vanished run");
	dup2(saved, 2);
	close(fd);
	close(saved);
	drop_run(&p);
}

int main(void)
{
	struct unit c = { 0 };

	test_golden(&c);
	test_boots(&c);
	test_files(&c);
	return unit_end(&c);
}
