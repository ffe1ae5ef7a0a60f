/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KTAP streams as programs speak them, and what a reader has to make of them.
 */
#ifndef MMGUARD_TESTS_KTAP_STREAMS_H
#define MMGUARD_TESTS_KTAP_STREAMS_H

#include "../common/verdict.h"

struct stream_case {
	const char *name;
	const char *text;
	size_t len;	 /* 0: up to the NUL */
	const char *log; /* leaves "path/name=VERDICT ", "?N" missing N, "!" errors */
	enum verdict verdict;
};

#define V "KTAP version 1\n"
#define T "TAP version 13\n"

static const struct stream_case streams[] = {
	{ "plan_first", V "1..2\nok 1 a\nok 2 b\n", 0, "a=PASS b=PASS ", V_PASS },
	{ "plan_last", T "ok 1 a\nok 2 b\n1..2\n", 0, "a=PASS b=PASS ", V_PASS },
	{ "plan_missing", T "ok 1 a\nok 2 b\n", 0, "a=PASS b=PASS ", V_PASS },
	{ "no_version", "1..1\nok 1 a\n", 0, "a=PASS ", V_PASS },
	{ "tap_14", "TAP version 14\n1..1\nok 1 - a\n", 0, "a=PASS ", V_PASS },
	{ "empty", "", 0, "", V_MISSING },
	{ "version_only", V, 0, "", V_MISSING },
	{ "plan_only", V "1..2\n", 0, "?1-2 ", V_MISSING },
	{ "empty_plan", V "1..0\n", 0, "", V_MISSING },
	{ "skip_all", V "1..0 # SKIP no THP\n", 0, "", V_SKIP },
	{ "skip_all_lower", T "1..0 # skipped: no THP\n", 0, "", V_SKIP },
	{ "empty_plan_with_result", V "1..0 # SKIP x\nok 1 a\n", 0, "!a=PASS ", V_BROKEN },
	{ "one_fails", V "1..2\nok 1 a\nnot ok 2 b\n", 0, "a=PASS b=FAIL ", V_FAIL },
	{ "fewer", V "1..3\nok 1 a\n", 0, "a=PASS ?2-3 ", V_MISSING },
	{ "gap", V "1..3\nok 1 a\nok 3 c\n", 0, "a=PASS c=PASS ?2-2 ", V_MISSING },
	{ "gap_without_plan", V "ok 1 a\nok 3 c\n", 0, "a=PASS c=PASS ?2-2 ", V_MISSING },
	{ "extra", V "1..1\nok 1 a\nok 2 b\n", 0, "a=PASS !b=PASS ", V_BROKEN },
	{ "extra_fails", V "1..1\nok 1 a\nnot ok 2 b\n", 0, "a=PASS !b=FAIL ", V_FAIL },
	{ "extra_plan_last", V "ok 1 a\nok 2 b\n1..1\n", 0, "a=PASS b=PASS !", V_BROKEN },
	{ "duplicate", V "1..2\nok 1 a\nok 1 a\nok 2 b\n", 0, "a=PASS !a=PASS b=PASS !",
	  V_BROKEN },
	{ "out_of_order", V "1..3\nok 1 a\nok 3 c\nok 2 b\n", 0, "a=PASS c=PASS !b=PASS ",
	  V_BROKEN },
	{ "second_plan", V "1..1\nok 1 a\n1..2\n", 0, "a=PASS !?2-2 ", V_MISSING },
	{ "no_numbers", T "1..2\nok a\nnot ok - b\n", 0, "a=PASS b=FAIL ", V_FAIL },
	{ "no_description", V "1..2\nok 1\nok 2 -\n", 0, "=PASS =PASS ", V_PASS },
	{ "dash", V "1..1\nok 1 - a - b\n", 0, "a - b=PASS ", V_PASS },
	{ "skip", V "1..2\nok 1 a # SKIP why\nok 2 b # skip\n", 0, "a=SKIP b=SKIP ", V_SKIP },
	{ "skip_not_ok", V "1..1\nnot ok 1 a # SKIP why\n", 0, "a=SKIP ", V_SKIP },
	{ "skip_and_pass", V "1..2\nok 1 a # SKIP\nok 2 b\n", 0, "a=SKIP b=PASS ", V_PASS },
	{ "skip_without_name", V "1..1\nok 1 # SKIP why\n", 0, "=SKIP ", V_SKIP },
	{ "todo", T "1..2\nnot ok 1 a # TODO x\nok 2 b # Todo x\n", 0, "a=XFAIL b=XPASS ",
	  V_XPASS },
	{ "xfail", V "1..2\nnot ok 1 a # XFAIL\nok 2 b # xfail\n", 0, "a=XFAIL b=XFAIL ",
	  V_XFAIL },
	{ "timeout", V "1..1\nnot ok 1 a # TIMEOUT 45 seconds\n", 0, "a=TIMEOUT ", V_TIMEOUT },
	{ "timeout_ok", V "1..1\nok 1 a # timeout\n", 0, "a=TIMEOUT ", V_TIMEOUT },
	{ "stuck", V "1..1\nnot ok 1 a # TIMEOUT stuck: in D\n", 0, "a=STUCK ", V_STUCK },
	{ "error", V "1..1\nnot ok 1 a # ERROR mmap\n", 0, "a=BROKEN ", V_BROKEN },
	{ "error_ok", V "1..1\nok 1 a # ERROR mmap\n", 0, "a=BROKEN ", V_BROKEN },
	{ "exit", V "1..2\nnot ok 1 a # exit=1\nok 2 b # exit=0\n", 0, "a=FAIL b=PASS ",
	  V_FAIL },
	{ "exit_contradicts", V "1..1\nok 1 a # exit=3\n", 0, "a=FAIL ", V_FAIL },
	{ "hash_in_name", V "1..1\nok 1 issue#12 C\\# x\n", 0, "issue#12 C\\# x=PASS ",
	  V_PASS },
	{ "hash_then_directive", V "1..1\nok 1 a # 3 ms # SKIP no\n", 0, "a=SKIP ", V_SKIP },
	{ "skipping_is_no_directive", V "1..1\nnot ok 1 a # skipping b\n", 0, "a=FAIL ",
	  V_FAIL },
	{ "bail", V "1..3\nok 1 a\nBail out! no memory\nok 2 b\n", 0, "a=PASS ^?2-3 ",
	  V_MISSING },
	{ "bail_at_end", V "1..1\nok 1 a\nBail out!\n", 0, "a=PASS ^", V_BROKEN },
	{ "unknown_lines", V "1..1\nhello\nokay 1\nnot okay\n1..x\nok\n", 0, "=PASS ", V_PASS },
	{ "diagnostics", V "1..1\n# ok 1 a\n# not ok 2 b\n# 1.. 3\nok 1 a\n", 0, "a=PASS ",
	  V_PASS },
	{ "indent_2", V "1..1\n  KTAP version 1\n  1..2\n  ok 1 a\n  ok 2 b\nok 1 p\n", 0,
	  "#1/a=PASS #1/b=PASS p:PASS ", V_PASS },
	{ "kunit",
	  V "1..1\n    KTAP version 1\n    # Subtest: s\n    1..2\n    ok 1 a\n    not ok 2 b\n"
	    "not ok 1 s\n",
	  0, "s/a=PASS s/b=FAIL s:FAIL ", V_FAIL },
	{ "kunit_old", T "1..1\n    # Subtest: s\n    1..1\n    ok 1 - a\nok 1 - s\n", 0,
	  "s/a=PASS s:PASS ", V_PASS },
	{ "tap14_subtest", "TAP version 14\n1..1\n# Subtest: s\n    ok 1 a\n    1..1\nok 1 s\n",
	  0, "s/a=PASS s:PASS ", V_PASS },
	{ "parent_lies", V "1..1\n  " V "  1..1\n  not ok 1 a\nok 1 p\n", 0,
	  "#1/a=FAIL p:FAIL ", V_FAIL },
	{ "parent_of_missing", V "1..1\n  " V "  1..2\n  ok 1 a\nok 1 p\n", 0,
	  "#1/a=PASS #1/?2-2 p:MISSING ", V_MISSING },
	{ "parent_of_extra", V "1..1\n  " V "  1..1\n  ok 1 a\n  ok 2 b\nok 1 p\n", 0,
	  "#1/a=PASS !#1/b=PASS p:BROKEN ", V_BROKEN },
	{ "parent_of_skips", V "1..1\n  " V "  1..1\n  ok 1 a # SKIP\nok 1 p\n", 0,
	  "#1/a=SKIP p:SKIP ", V_SKIP },
	{ "parent_skip_child_fails", V "1..1\n  " V "  1..1\n  not ok 1 a\nok 1 p # SKIP\n", 0,
	  "#1/a=FAIL p:FAIL ", V_FAIL },
	{ "parent_worse", V "1..1\n  " V "  1..1\n  ok 1 a\nnot ok 1 p\n", 0,
	  "#1/a=PASS p:FAIL ", V_FAIL },
	{ "parent_missing", V "1..1\n  " V "  1..1\n  ok 1 a\n", 0, "#1/a=PASS !?1-1 ",
	  V_MISSING },
	{ "child_skips_all", V "1..1\n  " V "  1..0 # SKIP no\nok 1 p # SKIP\n", 0, "p=SKIP ",
	  V_SKIP },
	{ "child_says_nothing", V "1..1\n  " V "ok 1 p\n", 0, "p=MISSING ", V_MISSING },
	{ "kselftest",
	  T "1..2\n# timeout set to 45\n# selftests: mm: cow\n# TAP version 13\n# 1..2\n"
	    "# ok 1 a\n# # text\n# not ok 2 b\nnot ok 1 selftests: mm: cow # exit=1\n"
	    "# selftests: mm: x\n# plain\nok 2 selftests: mm: x\n",
	  0,
	  "selftests: mm: cow/a=PASS selftests: mm: cow/b=FAIL selftests: mm: cow:FAIL "
	  "selftests: mm: x=PASS ",
	  V_FAIL },
	{ "kselftest_three_deep",
	  T
	  "1..1\n# TAP version 13\n# 1..1\n# # TAP version 13\n# # 1..1\n# # # TAP version 13\n"
	  "# # # 1..1\n# # # not ok 1 x\n# # ok 1 c\n# ok 1 b\nok 1 a\n",
	  0, "#1/#1/#1/x=FAIL #1/#1/c:FAIL #1/b:FAIL a:FAIL ", V_FAIL },
	{ "kselftest_timeout",
	  T "1..1\n# TAP version 13\n# 1..2\n# ok 1 a\nnot ok 1 s # TIMEOUT 45 seconds\n", 0,
	  "#1/a=PASS #1/?2-2 s:TIMEOUT ", V_TIMEOUT },
	{ "two_suites",
	  V "1..2\n  " V "  1..1\n  ok 1 a\nok 1 p\n  " V "  1..1\n  ok 1 b\nok 2 q\n", 0,
	  "#1/a=PASS p:PASS #2/b=PASS q:PASS ", V_PASS },
	{ "nested_bail", V "1..1\n  " V "  1..2\n  ok 1 a\n  Bail out! x\n  ok 2 b\nok 1 p\n",
	  0, "#1/a=PASS ^#1/?2-2 p:MISSING ", V_MISSING },
	{ "printk",
	  "[    0.100000] KTAP version 1\n[    0.100001] 1..2\n[    1.0]     KTAP version 1\n"
	  "<6>[    1.2]     1..1\n[    1.2]     ok 1 a\n[ 1234.567890][  T42] ok 1 p\n"
	  "[99999.000000] not ok 2 q\n",
	  0, "#1/a=PASS p:PASS q=FAIL ", V_FAIL },
	{ "printk_in_the_middle",
	  V "1..2\nok 1 a[   12.345678] random: x\njunk[   12.345679] ok 2 b\n", 0,
	  "a=PASS b=PASS ", V_PASS },
	{ "printk_joins_results", V "1..2\nok 1 a[   12.345678] not ok 2 b\n", 0,
	  "a=PASS b=FAIL ", V_FAIL },
	{ "brackets_stay", V "1..1\nok 1 a[0] [1.5] b\n", 0, "a[0] [1.5] b=PASS ", V_PASS },
	{ "crlf", "KTAP version 1\r\n1..1\r\nok 1 a # SKIP x\r\n", 0, "a=SKIP ", V_SKIP },
	{ "colours", V "1..1\n\033[32mok 1\033[0m a\033[0m\n", 0, "a=PASS ", V_PASS },
	{ "colours_not_ok", V "1..1\n\033[1;31mnot ok 1 a\033[0m\n", 0, "a=FAIL ", V_FAIL },
	{ "nul", "1..1\n\0\0ok 1 a\0b\n", 16, "ab=PASS ", V_PASS },
	{ "bad_utf8", V "1..1\nok 1 \xff\xc3(\xe2\x82\xac\n", 0, "?\?(\xe2\x82\xac=PASS ",
	  V_PASS },
	{ "overlong_utf8", V "1..1\nok 1 \xc0\xafx\xed\xa0\x80\n", 0, "?\?x?\?\?=PASS ",
	  V_PASS },
	{ "no_newline", V "1..1\nok 1 a", 0, "a=PASS ", V_PASS },
	{ "truncated_plan", V "1..2\nok 1 a\nnot o", 0, "a=PASS ?2-2 ", V_MISSING },
	{ "huge_number", V "1..1\nok 99999999999999999999999 a\n", 0, "!a=PASS ?1-1 ",
	  V_MISSING },
	{ "huge_plan", V "1..99999999999999999999999\nok 1 a\n", 0, "!a=PASS ", V_BROKEN },
	{ "big_plan", V "1..4000000\nok 1 a\n", 0, "a=PASS ?2-4000000 ", V_MISSING },
	{ "number_zero", V "1..1\nok 0 a\nok 1 b\n", 0, "!a=PASS b=PASS !", V_BROKEN },
	{ "yaml", T "1..2\nok 1 a\n  ---\n  ok 7 x\n  message: ok\n  ...\nok 2 b\n", 0,
	  "a=PASS b=PASS ", V_PASS },
	{ "yaml_not_closed", T "1..2\nok 1 a\n  ---\n  x: y\nok 2 b\n", 0, "a=PASS b=PASS ",
	  V_PASS },
	{ "concatenated", V "1..1\nok 1 a\n" V "1..1\nnot ok 1 b\n", 0, "a=PASS b=FAIL ",
	  V_FAIL },
	{ "concatenated_first_short", V "1..2\nok 1 a\n" V "1..1\nok 1 b\n", 0,
	  "a=PASS ?2-2 b=PASS ", V_MISSING },
	{ "blank_lines", "\n\n" V "\n1..1\n\nok 1 a\n\n", 0, "a=PASS ", V_PASS },
	{ "trailing_blanks", V "1..1 \nok 1 a  \n", 0, "a=PASS ", V_PASS },
};

#undef V
#undef T

#endif
