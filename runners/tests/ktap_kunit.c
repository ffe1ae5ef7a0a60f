// SPDX-License-Identifier: GPL-2.0-only
/*
 * The logs with which the kernel tests kunit.py, against what kunit_tool_test.py
 * expects of them. They are read from a kernel source tree (KSRC), or from what the
 * setup took out of one.
 *
 * Four times the reader says otherwise, on purpose:
 * - no_tests_run_with_header ("1..0"), insufficient_memory and no_tests_run_no_header
 *   are MISSING, where kunit.py has words of its own for nothing at all;
 * - kernel_panic_interrupt is MISSING: a stream does not say that the kernel died,
 *   the console does. kunit.py says TEST_CRASHED for it. Both are failures.
 */
#include "../common/ktap.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct expected {
	const char *log;
	enum verdict verdict;
	unsigned long pass, fail, skip, missing;
	const char *has; /* a result with this full name; NULL: none is expected */
};

static const struct expected table[] = {
	{ "config_printk_time", V_PASS, 10, 0, 0, 0, "kunit-resource-test" },
	{ "insufficient_memory", V_MISSING, 0, 0, 0, 0, NULL },
	{ "interrupted_tap_output", V_PASS, 10, 0, 0, 0, "kunit-resource-test" },
	{ "is_test_passed-all_passed", V_PASS, 10, 0, 0, 0, "example" },
	{ "is_test_passed-all_passed_nested", V_PASS, 7, 0, 0, 0,
	  "sysctl_test/example/example_mock_test" },
	{ "is_test_passed-failure", V_FAIL, 9, 1, 0, 0, "example/example_simple_test" },
	{ "is_test_passed-kselftest", V_PASS, 4, 0, 0, 0,
	  "selftests: membarrier: membarrier_test_multi_thread" },
	{ "is_test_passed-missing_plan", V_PASS, 10, 0, 0, 0, "example" },
	{ "is_test_passed-no_tests_no_plan", V_MISSING, 0, 0, 0, 1, "suite/case" },
	{ "is_test_passed-no_tests_run_no_header", V_MISSING, 0, 0, 0, 0, NULL },
	{ "is_test_passed-no_tests_run_with_header", V_MISSING, 0, 0, 0, 0, NULL },
	{ "kernel_panic_interrupt", V_MISSING, 8, 0, 0, 3, "kunit-resource-test" },
	{ "multiple_prefixes", V_PASS, 10, 0, 0, 0, "kunit-resource-test" },
	{ "output_isolated_correctly", V_PASS, 2, 0, 0, 0, "example/example_mock_test" },
	{ "output_with_prefix_isolated_correctly", V_PASS, 10, 0, 0, 0, "string-stream-test" },
	{ "parse_ktap_output", V_PASS, 3, 0, 0, 0, "#1/case_2" },
	{ "parse_subtest_header", V_PASS, 1, 0, 0, 0, "suite/test" },
	{ "pound_no_prefix", V_PASS, 10, 0, 0, 0, "#1/kunit-resource-test" },
	{ "pound_sign", V_PASS, 10, 0, 0, 0, "kunit-resource-test" },
	{ "skip_all_tests", V_SKIP, 0, 0, 5, 0, "example/example_skip_test" },
	{ "skip_tests", V_PASS, 4, 0, 1, 0, "example/example_skip_test" },
	{ "strip_hyphen", V_PASS, 2, 0, 0, 0, "sysctl_test" },
};

struct seen {
	const char *wanted;
	bool found, any;
};

static void on_event(const struct ktap_event *ev, void *arg)
{
	struct seen *s = arg;

	if (ev->type != KTAP_RESULT)
		return;
	s->any = true;
	s->found |= s->wanted && !strcmp(ev->full, s->wanted);
}

static bool agrees(const struct expected *e, const char *data, size_t len)
{
	struct seen seen = { .wanted = e->has };
	struct ktap *k = ktap_new(on_event, &seen);
	const struct ktap_outcome *o;
	unsigned long missing;
	bool ok;

	ktap_feed(k, data, len);
	o = ktap_finish(k);
	missing = o->missing + o->leaves[V_MISSING];
	ok = o->verdict == e->verdict && o->leaves[V_PASS] == e->pass &&
	     o->leaves[V_FAIL] == e->fail && o->leaves[V_SKIP] == e->skip &&
	     missing == e->missing && (e->has ? seen.found : !seen.any);
	if (!ok)
		printf("# fail: %s, %lu PASS, %lu FAIL, %lu SKIP, %lu MISSING; %s: %d\n",
		       verdict_name(o->verdict), o->leaves[V_PASS], o->leaves[V_FAIL],
		       o->leaves[V_SKIP], missing, e->has ? e->has : "(no results)",
		       seen.found);
	ktap_free(k);
	return ok;
}

static char *data_dir(void)
{
	const char *tree = getenv("KSRC"), *cache = getenv("MMGUARD_CACHE");

	if (tree)
		return xasprintf("%s/tools/testing/kunit/test_data", tree);
	if (cache)
		return xasprintf("%s/kernel/tools/testing/kunit/test_data", cache);
	return xasprintf("%s/.cache/mmguard/kernel/tools/testing/kunit/test_data",
			 getenv("HOME") ?: "");
}

int main(void)
{
	char *dir = data_dir();
	struct unit u = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *path = xasprintf("%s/test_%s.log", dir, table[i].log);
		size_t len;
		char *data = file_read(path, 1 << 20, &len);

		if (data)
			check(&u, agrees(&table[i], data, len), "%s", table[i].log);
		else
			check(&u, true,
			      "%s # SKIP needs %s, it is not there; run make setup, or "
			      "set KSRC to a kernel tree",
			      table[i].log, path);
		free(data);
		free(path);
	}
	free(dir);
	return unit_end(&u);
}
