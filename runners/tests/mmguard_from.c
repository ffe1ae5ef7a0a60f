// SPDX-License-Identifier: GPL-2.0-only
/* Programs of others without running them: lists, names, what a guest needs, and the matrix's
 * rule for another suite. */
#include "mmguard/elfdeps.h"
#include "mmguard/from.h"
#include "mmguard/matrix.h"
#include "mmguard/plan.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N(v) (sizeof(v) / sizeof((v)[0]))

static const char list[] = "# comment\n"
			   "mm:plain\n"
			   "through with.sh\n"
			   "seconds 7\n"
			   "mm:takes args 12\n"
			   "mm:a.sh\n"
			   "mm:a_sh\n";

static void put(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text)) || chmod(path, 0755))
		exit(3);
}

static char *names(const struct catalog *c)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < c->n; i++) {
		char *longer = xasprintf("%s%s ", all, c->v[i].name);

		free(all);
		all = longer;
	}
	return all;
}

static void check_names(struct unit *u, const char *dir, const char *want, const char *what)
{
	struct catalog c;
	char *found;

	if (from_load(&c, dir)) {
		check(u, false, "%s", what);
		return;
	}
	found = names(&c);
	if (strcmp(found, want) != 0)
		printf("# expected %s, found %s\n", want, found);
	check(u, !strcmp(found, want), "%s", what);
	free(found);
	catalog_free(&c);
}

static void lists(struct unit *u, const char *dir)
{
	struct catalog c;

	put("mm/plain", "#!/bin/sh\n");
	put("mm/settings", "timeout=0\n");
	put("mm/lib.so", "#!/bin/sh\n");
	put("top", "#!/bin/sh\n");
	check_names(u, dir, "tree.top mm.plain ", "executables of a directory");
	put("kselftest-list.txt", "mm:plain\nmm:with space\n");
	check_names(u, dir, "mm.plain mm.with_space ", "the list of kselftest");
	put("mmguard-list", list);
	check_names(u, dir, "mm.plain mm.takes-args-12 mm.a_sh mm.a_sh_2 ", "our own list");
	if (from_load(&c, dir))
		exit(3);
	check(u, c.v[0].needs.seconds == FROM_SECONDS_NONE && c.v[1].needs.seconds == 7,
	      "seconds of the settings and of the list");
	check(u,
	      strstr(c.v[1].path, "/with.sh") && c.v[1].args.n == 3 &&
		      strstr(c.v[1].args.v[0], "/mm/takes") && !strcmp(c.v[1].args.v[2], "12"),
	      "a program that is run through another one");
	catalog_free(&c);
	put("mmguard-list", "mm:plain\nno pair\n");
	check(u, from_load(&c, dir) == -1, "a line that is none");
	catalog_free(&c);
	unlink("mmguard-list");
}

/* What a collection's settings make of the hang guard. */
static void settings(struct unit *u, const char *dir)
{
	static const struct {
		const char *text;
		unsigned long seconds;
	} t[] = { { "", FROM_SECONDS },
		  { "timeout=7\n", 7 },
		  { "# timeout=7\n\n  timeout=8  \r\nother=9\n", 8 },
		  { "timeout=7\ntimeout=9", 9 },
		  { "timeout=0\n", FROM_SECONDS_NONE },
		  { "timeout=0.2\n", 1 },
		  { "timeout=1.5\n", 2 },
		  { "timeout=2m\n", 120 },
		  { "timeout=1h\n", 3600 },
		  { "timeout=99999999999999999999\n", FROM_SECONDS_NONE },
		  { "timeout=\n", FROM_SECONDS },
		  { "timeout=-1\n", FROM_SECONDS },
		  { "timeout=forever\n", FROM_SECONDS },
		  { "timeout=12abc\n", FROM_SECONDS },
		  { "timeout=nan\n", FROM_SECONDS },
		  { "timeout = 7\n", FROM_SECONDS },
		  { "TIMEOUT=7\n", FROM_SECONDS },
		  { "\1\2\377\n", FROM_SECONDS } };
	struct catalog c;

	for (size_t i = 0; i < N(t); i++) {
		put("mm/settings", t[i].text);
		if (from_load(&c, dir))
			exit(3);
		if (c.v[0].needs.seconds != t[i].seconds)
			printf("# expected %lu, found %lu\n", t[i].seconds,
			       c.v[0].needs.seconds);
		check(u, c.v[0].needs.seconds == t[i].seconds, "settings %zu", i + 1);
		from_set_seconds(&c, 3);
		check(u, c.v[0].needs.seconds == 3, "settings %zu, --seconds", i + 1);
		catalog_free(&c);
	}
	unlink("mm/settings");
	if (mkfifo("mm/settings", 0644) || from_load(&c, dir))
		exit(3);
	check(u, c.v[0].needs.seconds == FROM_SECONDS, "settings that are a FIFO");
	catalog_free(&c);
	unlink("mm/settings");
}

/* Lists that are none, each with one line; and what is no program. */
static void broken_lists(struct unit *u, const char *dir)
{
	static const char *const wrong[] = { "mm\n", ":plain\n", "mm:\n", "mm:a\tb\n",
					     "mm:../../etc/passwd\n" };
	struct catalog c;

	for (size_t i = 0; i < N(wrong); i++) {
		put("kselftest-list.txt", wrong[i]);
		check(u, from_load(&c, dir) == -1, "list %zu is refused", i + 1);
		catalog_free(&c);
	}
	put("kselftest-list.txt", "\n# nothing\n");
	check(u, from_load(&c, dir) == -1, "an empty list is refused");
	catalog_free(&c);
	put("kselftest-list.txt", "mm:plain\r\n\r\n  mm:fifo \n");
	if (mkfifo("mm/fifo", 0755))
		exit(3);
	check_names(u, dir, "mm.plain mm.fifo ", "a list with blanks, CR and a FIFO");
	put("kselftest-list.txt", ".hidden:x\nnet.lib:a.b\n");
	check_names(u, dir, "_hidden.x net_lib.a_b ", "dots in the name of a collection");
	unlink("kselftest-list.txt");
	put("mm/empty", "");
	put("mm/words.sh", "exit 0\n");
	put("mm/words.txt", "words\n");
	put("mm/README", "words\n");
	check_names(u, dir, "tree.top mm.empty mm.plain mm.words_sh ",
		    "an empty program is one, text only as a script");
	unlink("mm/fifo");
	unlink("mm/empty");
	unlink("mm/words.sh");
	put("kselftest-list.txt", "mm:plain\nmm:with space\n");
}

static void selectors(struct unit *u, const char *dir)
{
	static const struct {
		const char *glob;
		size_t n;
	} t[] = { { "mm", 2 },		{ "mm.plain", 1 }, { "mm.plain.some result*", 1 },
		  { "mm.*.result", 2 }, { "*space", 1 },   { "*", 2 } };
	struct catalog c;

	if (from_load(&c, dir))
		exit(3);
	for (size_t i = 0; i < N(t); i++) {
		struct strv globs = { 0 };
		struct selection s = { .selectors = &globs };
		struct plan p;
		struct held h;

		strv_add(&globs, t[i].glob);
		check(u, !plan_select(&c, &s, &p, &h) && p.n == t[i].n, "selector %s",
		      t[i].glob);
		plan_free(&p);
		held_free(&h);
		strv_free(&globs);
	}
	catalog_free(&c);
}

static void plan_file(struct unit *u)
{
	struct plan p = { 0 }, back;
	struct plan_entry *e = plan_add(&p, "mm.x", "/with.sh", 9);

	e->cwd = xstrdup("/mm");
	strv_add(&e->args, "/mm/x");
	strv_add(&e->args, "a b");
	strv_add(&e->args, "tab\tnewline\nback\\slash\\n");
	strv_add(&e->cases, "*");
	if (plan_write(&p, "plan") || plan_read(&back, "plan"))
		exit(3);
	check(u,
	      back.n == 1 && plan_foreign(&back.v[0]) && !strcmp(back.v[0].cwd, "/mm") &&
		      back.v[0].args.n == 3 && !strcmp(back.v[0].args.v[1], "a b") &&
		      !strcmp(back.v[0].args.v[2], "tab\tnewline\nback\\slash\\n"),
	      "a plan keeps directory and arguments");
	plan_free(&p);
	plan_free(&back);
}

static void libraries(struct unit *u)
{
	struct strv files = { 0 }, missing = { 0 };
	bool libc = false;

	elf_deps_all("/proc/self/exe", &files, &missing);
	for (size_t i = 0; i < files.n; i++)
		libc |= strstr(files.v[i], "/libc.so.6") != NULL;
	check(u, libc && files.n >= 2 && !missing.n, "loader and libraries of this program");
	strv_free(&files);
	put("garbage", "\177ELF\2\1\1garbage garbage garbage garbage garbage garbage garbage");
	elf_deps_all("garbage", &files, &missing);
	check(u, !files.n && !missing.n, "garbage needs nothing");
	strv_free(&files);
	strv_free(&missing);
}

/* One program, what it said with 0 and with the bug, and what that makes of the bug. */
static const struct {
	const char *what;
	struct result zero[2], bug[2];
	enum how how;
} rules[] = {
#define R(n, v)                                                               \
	{                                                                     \
		.name = (char *)"mm.p." n, .verdict = v, .reason = (char *)"" \
	}
#define W(v)                                                                              \
	{                                                                                 \
		.name = (char *)"mm.p", .verdict = v, .reason = (char *)"", .whole = true \
	}
	{ "passed, fails", { R("a", V_PASS) }, { R("a", V_FAIL) }, HOW_ASSERTION },
	{ "failed, fails", { R("a", V_FAIL) }, { R("a", V_FAIL) }, HOW_PASSED },
	{ "skipped, fails", { R("a", V_SKIP) }, { R("a", V_FAIL) }, HOW_PASSED },
	{ "one more failure",
	  { R("a", V_FAIL) },
	  { R("a", V_FAIL), R("b", V_FAIL) },
	  HOW_ASSERTION },
	{ "another failure", { R("a", V_FAIL) }, { R("b", V_FAIL) }, HOW_PASSED },
	{ "exit status", { W(V_PASS) }, { W(V_FAIL) }, HOW_ASSERTION },
	{ "exit status with 0 too", { W(V_FAIL) }, { W(V_FAIL) }, HOW_PASSED },
	{ "bails out", { R("a", V_PASS) }, { W(V_BROKEN) }, HOW_ASSERTION },
	{ "not reported", { R("a", V_PASS) }, { R("a", V_MISSING) }, HOW_PASSED },
	{ "time-out", { R("a", V_PASS) }, { W(V_TIMEOUT) }, HOW_CRASH },
	{ "time-out with 0 too", { W(V_TIMEOUT) }, { W(V_TIMEOUT) }, HOW_PASSED },
	{ "kernel log", { W(V_PASS) }, { W(V_PASS), W(V_DIRTY) }, HOW_LOG },
};

static size_t count(const struct result *v)
{
	return v[1].name ? 2 : 1;
}

static void matrix(struct unit *u)
{
	struct bug b = { .name = "x", .area = "a", .number = 7, .breaks = "b" };

	for (size_t i = 0; i < N(rules); i++) {
		struct program_report zp = { .name = (char *)"mm.p",
					     .v = (struct result *)rules[i].zero,
					     .n = count(rules[i].zero) };
		struct program_report bp = { .name = (char *)"mm.p",
					     .v = (struct result *)rules[i].bug,
					     .n = count(rules[i].bug) };
		struct report zero = { .v = &zp, .n = 1 }, bug = { .v = &bp, .n = 1 };
		struct matrix m = { 0 };

		matrix_compare_peer(matrix_add(&m, &b), &zero, &bug);
		check(u, m.v[0].peer && m.v[0].peer->how == rules[i].how, "peer: %s",
		      rules[i].what);
		matrix_free(&m);
	}
}

int main(void)
{
	char dir[] = "/tmp/mmguard-from.XXXXXX", *tree;
	struct unit u = { 0 };

	if (!mkdtemp(dir))
		return 3;
	tree = xasprintf("%s/tree", dir);
	if (mkdir(tree, 0755) || chdir(tree) || mkdir("mm", 0755))
		return 3;
	lists(&u, tree);
	settings(&u, tree);
	broken_lists(&u, tree);
	selectors(&u, tree);
	plan_file(&u);
	libraries(&u);
	matrix(&u);
	remove_tree(dir);
	free(tree);
	return unit_end(&u);
}
