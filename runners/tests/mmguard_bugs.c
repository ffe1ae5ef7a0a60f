// SPDX-License-Identifier: GPL-2.0-only
/* Headers of bugs, and whom a failed build of the lab is blamed on. */
#include "mmguard/bugs.h"
#include "mmguard/labmake.h"
#include "mmguard/spatch.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER "// SPDX-License-Identifier: GPL-2.0-only\n// bug: x\n// number: 7\n"
#define REST   "// breaks: b\n// undoes: unverified\n// symptom: s\n// kernels: 6.1 7.2\n\n"
#define BODY   "@@\n@@\n- f();\n+ if (!mm_bug(7))\n+	f();\n"

static void headers(struct unit *u)
{
	static const struct {
		const char *name, *text, *base, *why;
		unsigned int matches;
	} cases[] = {
		{ "whole", HEADER "// file: mm/a.c mm/b.c\n" REST BODY, "x.cocci", NULL, 1 },
		{ "version", HEADER "// file: mm/a.c\n" REST BODY, "x.7.2.cocci", NULL, 1 },
		{ "matches", HEADER "// file: mm/a.c\n// matches: 3\n" REST BODY, "x.cocci",
		  NULL, 3 },
		{ "sed",
		  "# bug: x\n# number: 7\n# file: a\n# breaks: b\n# undoes: u\n"
		  "# symptom: s\n# kernels: 6.1\ns/a/mm_bug(7)/\n",
		  "x.edit", NULL, 1 },
		{ "no_file", HEADER REST BODY, "x.cocci", "its header has no 'file:'", 0 },
		{ "other_name", HEADER "// file: mm/a.c\n" REST BODY, "y.cocci",
		  "its header says bug: x", 0 },
		{ "longer_name", HEADER "// file: mm/a.c\n" REST BODY, "xy.cocci",
		  "its header says bug: x", 0 },
		{ "outside", HEADER "// file: ../a.c\n" REST BODY, "x.cocci",
		  "its header names a file outside of the tree", 0 },
		{ "no_switch", HEADER "// file: mm/a.c\n" REST "@@\n@@\n- f();\n", "x.cocci",
		  "mm_bug(7) does not occur in it", 0 },
		{ "number", "// number: 7x\n", "x.cocci", "number is no number", 0 },
		{ "empty", "", "x.cocci", "its header has no 'bug:'", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[200] = "";
		struct bug b;
		int err = bug_parse(&b, cases[i].text, cases[i].base, why, sizeof(why));
		bool ok = cases[i].why ? err && !strcmp(why, cases[i].why)
				       : !err && b.matches == cases[i].matches;

		if (!ok)
			printf("# %s: %d '%s' %u\n", cases[i].name, err, why, b.matches);
		check(u, ok, "header.%s", cases[i].name);
		bug_free(&b);
	}
}

static void selection(struct unit *u)
{
	struct bug b = { .name = "x-y", .area = "cow", .number = 204 };
	static const struct {
		const char *glob;
		bool hit;
	} cases[] = { { "204", true },	   { "20*", true },  { "x-*", true }, { "cow", true },
		      { "cow.x-y", true }, { "205", false }, { "co", false } };

	strv_add(&b.kernels, "6.1");
	strv_add(&b.kernels, "6.12..7.2");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strv globs = { 0 };

		strv_add(&globs, cases[i].glob);
		check(u, bug_selected(&b, &globs) == cases[i].hit, "selected.%s",
		      cases[i].glob);
		strv_free(&globs);
	}
	check(u, bug_for(&b, "6.1") && bug_for(&b, "6.18") && !bug_for(&b, "6.6"), "for");
	strv_free(&b.kernels);
}

/* The error is two lines below the switch of 8, and five above that of 9. */
static const char source[] = "1\nif (mm_bug(8))\n3\nfoo(;\n5\n6\n7\n8\nmm_bug(9)\n";

static void blame(struct unit *u)
{
	static const struct {
		const char *name, *log, *text;
		unsigned int number;
	} cases[] = {
		{ "near", "  CC mm/a.o\nmm/a.c:4:5: error: no\nmm/a.c:9:1: error: x\n",
		  "mm/a.c:4:5: error: no", 8 },
		{ "absolute", "/somewhere/tree/mm/a.c:9:5: error: no\n",
		  "/somewhere/tree/mm/a.c:9:5: error: no", 9 },
		{ "far", "mm/a.c:90:5: error: no\n", "mm/a.c:90:5: error: no", 0 },
		{ "other", "mm/b.c:4:5: error: no\n", "mm/b.c:4:5: error: no", 0 },
		{ "disk", "mm/a.c:4:5: error: x\ncc1: No space left on device\n",
		  "No space left on device", 0 },
		{ "make", "make[1]: *** No rule to make target\n",
		  "make[1]: *** No rule to make target", 0 },
		{ "silent", "", "make failed without a message", 0 },
	};
	char dir[] = "/tmp/mmguard-test.XXXXXX", *mm, *path;

	if (!mkdtemp(dir))
		exit(3);
	mm = xasprintf("%s/mm", dir);
	path = xasprintf("%s/a.c", mm);
	mkdirs(mm);
	file_write(path, source, strlen(source));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab_error e;

		labmake_first_error(cases[i].log, dir, &e);
		if (strcmp(e.text, cases[i].text) || e.number != cases[i].number)
			printf("# '%s' %u\n", e.text, e.number);
		check(u, !strcmp(e.text, cases[i].text) && e.number == cases[i].number,
		      "blame.%s", cases[i].name);
		free(e.text);
	}
	remove_tree(dir);
	free(path);
	free(mm);
}

/* The sed kind needs no Coccinelle; the rest of the way is the same. */
static void apply(struct unit *u)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX", *patch, *why, *cache;
	struct source_text in = { .data = (char *)"f();\nf();\n", .len = 10 }, out;
	struct bug b = { .number = 7, .sed = true };

	if (!mkdtemp(dir))
		exit(3);
	patch = b.path = xasprintf("%s/x.edit", dir);
	cache = xasprintf("%s/kept", dir);
	file_write(patch, "s/^f/mm_bug(7) || f/\n", 21);
	check(u,
	      !spatch_apply(cache, &b, "mm/a.c", &in, &out, &why) &&
		      spatch_switches(&out, 7) == 2 && !spatch_switches(&out, 70),
	      "apply.sed");
	free(out.data);
	file_write(patch, "s/^g/mm_bug(7) || g/\n", 21);
	check(u,
	      spatch_apply(cache, &b, "mm/a.c", &in, &out, &why) &&
		      !strcmp(why, "it matches nothing in mm/a.c"),
	      "apply.matches_nothing");
	free(why);
	file_write(patch, "s/^g\n", 5);
	check(u, spatch_apply(cache, &b, "mm/a.c", &in, &out, &why) && strstr(why, "sed:"),
	      "apply.malformed");
	free(why);
	remove_tree(dir);
	free(cache);
	free(patch);
}

int main(void)
{
	struct unit u = { 0 };

	headers(&u);
	selection(&u);
	blame(&u);
	apply(&u);
	return unit_end(&u);
}
