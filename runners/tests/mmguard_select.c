// SPDX-License-Identifier: GPL-2.0-only
/* Selectors, nearest names, ranges of kernels and known issues. */
#include "mmguard/known.h"
#include "mmguard/kver.h"
#include "mmguard/select.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_match(struct unit *c)
{
	check(c, select_match("cow_leak", "cow_leak.vmsplice.child.thp"),
	      "area covers what is below");
	check(c, select_match("cow_leak.vms*", "cow_leak.vmsplice.child"),
	      "glob covers what is below");
	check(c, select_match("*.child.thp", "cow_leak.vmsplice.child.thp"),
	      "glob from the end");
	check(c, !select_match("cow", "cow_leak.vmsplice.child"), "only on a dot border");
	check(c, !select_match("cow_leak.vmsplice.child.thp.x", "cow_leak.vmsplice.child.thp"),
	      "a longer selector is another case");
}

static void test_nearest(struct unit *c)
{
	struct strv all = { 0 }, near = { 0 };

	strv_add(&all, "cow_leak.vmsplice.child.thp");
	strv_add(&all, "cow_leak.iouring.child.thp");
	strv_add(&all, "gup_pin.split.parent.thp");
	select_nearest("cow_laek", &all, 3, &near);
	check(c, near.n && !strcmp(near.v[0], "cow_leak"), "mistyped area");
	strv_free(&near);
	select_nearest("cow_leak.vmslice", &all, 3, &near);
	check(c, near.n && !strcmp(near.v[0], "cow_leak.vmsplice"), "mistyped program");
	strv_free(&near);
	select_nearest("vmsplice", &all, 1, &near);
	check(c, near.n == 1 && !strcmp(near.v[0], "cow_leak.vmsplice"), "area left out");
	check(c, edit_distance("kitten", "sitting") == 3 && edit_distance("", "abc") == 3,
	      "edit distance");
	strv_free(&near);
	strv_free(&all);
}

static void test_source_versions(struct unit *c)
{
	static const struct {
		const char *release, *banner, *version;
	} t[] = {
		{ "6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-02)",
		  "6.1.192" },
		{ "6.12.118+deb13-amd64", "#1 SMP Debian 6.12.118-1", "6.12.118" },
		{ "6.18.44-fc", "#1 SMP Tue Nov 3", "6.18.44-fc" },
		{ "6.1.0", "#1 Debian sid", "6.1.0" },
		{ "6.1.0", NULL, "6.1.0" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *version = kver_source(t[i].release, t[i].banner);

		check(c, !strcmp(version, t[i].version), "%s is built from %s", t[i].release,
		      t[i].version);
		free(version);
	}
}

static void test_ranges(struct unit *c)
{
	static const struct {
		const char *release, *range;
		bool in;
	} t[] = {
		{ "6.1.192", "6.1", true },
		{ "6.10.3", "6.1", false },
		{ "6.1.0-56-amd64", "6.1..6.12", true },
		{ "6.12.118+deb13-amd64", "6.1..6.12", true },
		{ "6.13.0", "6.1..6.12", false },
		{ "5.15.3", "5.16..", false },
		{ "5.16.0", "5.16..", true },
		{ "7.2.13", "5.16..", true },
		{ "5.10.262", "..5.10", true },
		{ "5.11.0", "..5.10", false },
		{ "6.18.44-fc-v669", "6.18", true },
		{ "6.18.44", "6.18.45..", false },
		{ "garbage", "6.1..", false },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(c, kver_in_range(t[i].release, t[i].range) == t[i].in, "%s is %sin %s",
		      t[i].release, t[i].in ? "" : "not ", t[i].range);
	check(c,
	      !kver_range_valid("..") && !kver_range_valid("6.1.") &&
		      !kver_range_valid("6.1..x") && !kver_range_valid("new"),
	      "malformed ranges");
}

/* Loads one file with @text as the only known issue. */
static int load(struct known_issues *k, const char *text)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX", *path;
	int err;

	if (!mkdtemp(dir))
		return -2;
	path = xasprintf("%s/issue", dir);
	file_write(path, text, strlen(text));
	err = known_load(k, dir);
	remove_tree(dir);
	free(path);
	return err;
}

static void test_known(struct unit *c)
{
	static const char *const wrong[] = { "cases: a.b\nreason: r\ncolour: red\n",
					     "cases: a.b\nkernels: new\nreason: r\n",
					     "cases: a.b\nharm: much\nreason: r\n",
					     "cases: a.b\n",
					     "reason: r\n",
					     "nonsense\n" };
	struct known_issues k;
	const struct known_issue *i;

	check(c,
	      !load(&k,
		    "# c\ncases: a.b.x* a.c\ncases: d\nkernels: 6.1..6.12 ..5.4\nharm: crash\n"
		    "reason: why: so\n"),
	      "a good file");
	i = known_find(&k, "a.b.x1.thp", "6.1.0-9");
	check(c, i && known_harms(i) && !i->flaky && !strcmp(i->reason, "why: so"),
	      "found by glob");
	check(c, known_find(&k, "d.e.f", "5.4.1") != NULL, "found by area and second range");
	check(c, !known_find(&k, "d.e.f", "5.10.1"), "not on another kernel");
	check(c, !known_find(&k, "a.b.y", "6.1.0"), "not another case");
	known_free(&k);
	for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
		check(c, load(&k, wrong[j]) == -1, "bad file %zu is refused", j + 1);
		known_free(&k);
	}
}

int main(void)
{
	struct unit c = { 0 };

	test_match(&c);
	test_nearest(&c);
	test_source_versions(&c);
	test_ranges(&c);
	test_known(&c);
	return unit_end(&c);
}
