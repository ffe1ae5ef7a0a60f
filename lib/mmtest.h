/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test program includes first: the kernel's kselftest harness, plus
 * what the harness lacks: needs as data, kinds and scenarios that can be listed
 * without running, a deadline for each case, and a main() that speaks KTAP the
 * same way whichever kernel the harness comes from.
 *
 *	MM_PROGRAM(hugetlb_mremap, whole_move, "what it proves, one line");
 *	MM_NEEDS("root: yes\nhugepages: 8\nseconds: 60\nharm: none\n");
 *
 *	FIXTURE(test) { ... };
 *	FIXTURE_VARIANT(test) { ... };
 *	MM_KIND(private_anon) { .flags = MAP_PRIVATE };
 *	FIXTURE_SETUP(test) { ... }
 *	FIXTURE_TEARDOWN(test) { ... }
 *
 *	MM_SCENARIO(every_page_returns_once) { ... uses self and variant ... }
 *
 *	MM_MAIN
 *
 * A program without kinds writes MM_NO_KINDS in place of the fixture. The case
 * is called "scenario.kind". Each case runs in a process of its own; global
 * state is changed through guard.h, never undone by hand in a teardown.
 */
#ifndef MMGUARD_MMTEST_H
#define MMGUARD_MMTEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "kselftest_harness.h"
#include "caseloop.h"
#include "report.h"

/*
 * Adds "key: value" lines to the ELF section that the runner reads, and to the
 * list that the program itself reads.
 */
#ifdef __clang__
#define MM_IN_ORDER
#else
#define MM_IN_ORDER __attribute__((no_reorder))
#endif
#define MM_RECORD_AT(n, text)                                                        \
	MM_IN_ORDER static const char mm_record_##n[]                                \
		__attribute__((section(MM_NEEDS_SECTION), used, aligned(1))) = text; \
	MM_IN_ORDER static const char *const mm_record_ptr_##n                       \
		__attribute__((section("mm_records"), used)) = mm_record_##n
#define MM_RECORD_N(n, text) MM_RECORD_AT(n, text)
#define MM_RECORD(text)	     MM_RECORD_N(__COUNTER__, text)

#define MM_PROGRAM(area, program, summary) \
	MM_RECORD("area: " #area "\nprogram: " #program "\nsummary: " summary "\n")
#define MM_NEEDS(text) MM_RECORD(text)

#define MM_KIND(name)                   \
	MM_RECORD("kind: " #name "\n"); \
	FIXTURE_VARIANT_ADD(test, name)

#define MM_NO_KINDS            \
	FIXTURE(test){};       \
	FIXTURE_SETUP(test)    \
	{                      \
	}                      \
	FIXTURE_TEARDOWN(test) \
	{                      \
	}

/* A case that is not over after @seconds (times MMGUARD_SLOW) is a TIMEOUT. */
#define MM_SCENARIO_SECONDS(name, seconds)  \
	MM_RECORD("scenario: " #name "\n"); \
	TEST_F_TIMEOUT(test, name, seconds)
#define MM_SCENARIO(name) MM_SCENARIO_SECONDS(name, 20)

/* Newer harnesses keep an exit code where older ones keep "passed". */
#ifdef KSELFTEST_PRIO_TEST
#define MM_HARNESS_RESET(t)  ((t)->exit_code = KSFT_PASS)
#define MM_HARNESS_PASSED(t) __test_passed(t)
#else
#define MM_HARNESS_RESET(t)  ((t)->passed = 1, (t)->skip = 0, (t)->step = 1)
#define MM_HARNESS_PASSED(t) ((t)->passed)
#endif

/* Runs one case in the calling process; false when one of its EXPECTs failed. */
static bool mm_harness_call(void *test, void *variant)
{
	static struct __test_results results;
	static struct __fixture_variant_metadata none = { .name = "" };
	struct __test_metadata *t = test;

	t->results = &results;
	t->trigger = 0;
	MM_HARNESS_RESET(t);
	t->fn(t, variant ? variant : &none);
	return MM_HARNESS_PASSED(t);
}

/* Writes up to @max cases to @cases; returns how many there are. */
static size_t mm_harness_cases(struct mm_case *cases, size_t max)
{
	struct __fixture_variant_metadata *v;
	struct __fixture_metadata *f;
	struct __test_metadata *t;
	size_t n = 0;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next) {
			v = f->variant;
			do {
				if (n < max)
					cases[n] = (struct mm_case){
						.scenario = t->name,
						.kind = v ? v->name : NULL,
						.seconds = t->timeout,
						.test = t,
						.variant = v,
					};
				n++;
				v = v ? v->next : NULL;
			} while (v);
		}
	return n;
}

#define MM_MAIN                                                        \
	int main(int argc, char **argv)                                \
	{                                                              \
		static struct mm_case cases[MM_CASES_MAX];             \
		size_t n = mm_harness_cases(cases, MM_CASES_MAX);      \
                                                                       \
		return mm_main(argc, argv, cases, n, mm_harness_call); \
	}

#endif
