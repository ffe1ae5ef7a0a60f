/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logs as they are kept: consoles, dmesg, syslog, CI, kselftest of many versions, suites
 * turned into TAP; cut, mixed and damaged. ktap_streams.h has the rules one by one.
 */
#ifndef MMGUARD_TESTS_KTAP_LOGS_H
#define MMGUARD_TESTS_KTAP_LOGS_H

#include "ktap_streams.h"

#define V "KTAP version 1\n"
#define T "TAP version 13\n"

/* Lines as dmesg -T, journald, a CI and /dev/kmsg write them. */
#define DATE  "[Sun Nov 29 19:35:32 2026] "
#define DATE2 "[Mon Nov 30 00:00:01 2026] "
#define HOST  "Nov 29 19:35:32 rack-4 kernel: "
#define HOST2 "Dec  1 00:00:01 rack-4 kernel: "
#define CI    "2026-11-29T19:35:32.1234567Z "
#define CI2   "2026-11-30T00:00:01.7654321Z "

static const struct stream_case logs[] = {
	{ "dmesg_dates",
	  DATE V DATE "1..1\n" DATE "    " V DATE "    # Subtest: s\n" DATE "    1..2\n" DATE
		      "    ok 1 a\n" DATE2 "    not ok 2 b\n" DATE2 "not ok 1 s\n",
	  0, "s/a=PASS s/b=FAIL s:FAIL ", V_FAIL },
	{ "journald",
	  HOST "Linux version 6.1\n" HOST V HOST "1..1\n" HOST "    # Subtest: s\n" HOST
	       "    1..1\n" HOST2 "    ok 1 a\n" HOST2 "ok 1 s\n",
	  0, "s/a=PASS s:PASS ", V_PASS },
	{ "journald_truncated", HOST V HOST "1..2\n" HOST "ok 1 a\n" HOST2 "not", 0,
	  "a=PASS !?2-2 ", V_MISSING },
	{ "syslog_with_stamps",
	  HOST "[    9.123456] " V HOST "[    9.123457] 1..1\n" HOST
	       "[   10.000000] not ok 1 a\n",
	  0, "a=FAIL ", V_FAIL },
	{ "dmesg_decoded",
	  "kern  :info  : [    1.234567] " V "kern  :info  : [    1.234568] 1..1\n"
	  "kern  :err   : [   11.234568] not ok 1 a\n",
	  0, "a=FAIL ", V_FAIL },
	{ "dev_kmsg",
	  "6,98,140900,-;" V "6,99,140901,-;1..2\n6,100,1140901,-;ok 1 a\n"
	  " SUBSYSTEM=mm\n3,101,91140901,-;not ok 2 b\n",
	  0, "a=PASS b=FAIL ", V_FAIL },
	{ "ci_times", CI "Booting\n" CI T CI "1..2\n" CI "ok 1 a # SKIP no\n" CI2 "ok 2 b\n", 0,
	  "a=SKIP b=PASS ", V_PASS },
	{ "ci_times_missing", CI T CI "1..3\n" CI "ok 1 a\n" CI2 "ok 3 c\n", 0,
	  "a=PASS c=PASS ?2-2 ", V_MISSING },
	{ "ci_times_over_stamps",
	  CI "[    1.000000] " V CI "[    1.000001] 1..1\n" CI2 "[    1.000002] not ok 1 a\n",
	  0, "a=FAIL ", V_FAIL },
	{ "two_hosts_in_one_log",
	  "a: " V "a: 1..1\na: ok 1 x\nrack/b: " V "rack/b: 1..2\nrack/b: not ok 1 y\n", 0,
	  "x=PASS y=FAIL ?2-2 ", V_FAIL },
	{ "prefix_is_no_word",
	  "console " V "console 1..1\nconsole not ok 1 a\nanother ok 2 b\n", 0, "a=FAIL ",
	  V_FAIL },
	{ "a_version_behind_not", "not " V "1..2\nok 1 a\nnot ok 2 b\n", 0, "a=PASS b=FAIL ",
	  V_FAIL },
	{ "a_version_behind_n", "n" V "1..2\nok 1 a\nnot ok 2 b\n", 0, "a=PASS b=FAIL ",
	  V_FAIL },
	{ "a_version_behind_bail", "Bail o" V "1..1\nok 1 a\nBail out! x\n", 0, "a=PASS ^",
	  V_BROKEN },
	{ "a_version_in_a_sentence", V "1..2\nok 1 a\nsays: KTAP version 1\nok 2 b\n", 0,
	  "a=PASS b=PASS ", V_PASS },
	{ "a_version_in_a_name", "ok 1 speaks TAP version 13\nnot ok 2 b\n1..2\n", 0,
	  "speaks TAP version 13=PASS b=FAIL ", V_FAIL },
	{ "byte_order_mark",
	  "\xef\xbb\xbf"
	  "1..2\r\nok 1 a\r\n",
	  0, "a=PASS ?2-2 ", V_MISSING },
	{ "byte_order_mark_failure", "\xef\xbb\xbfnot ok 1 a\nok 2 b\n", 0, "a=FAIL b=PASS ",
	  V_FAIL },
	{ "tput_colours", V "1..2\n\033[32mok\033(B\033[m 1 a\n\033(B\033[mnot ok 2 b\n", 0,
	  "a=PASS b=FAIL ", V_FAIL },
	{ "linux_console_colours", V "1..1\n\033[31m\033[m\017not ok 1 a\033[m\017\n", 0,
	  "a=FAIL ", V_FAIL },
	{ "bell", V "1..1\n\anot ok 1 a\n", 0, "a=FAIL ", V_FAIL },
	{ "device_control_string", V "1..1\n\033P1$r0m\033\\not ok 1 a\n", 0, "a=FAIL ",
	  V_FAIL },
	{ "colours_in_between", V "1..1\n\033[1mnot\033[0m \033[31mok\033[0m 1 a\n", 0,
	  "a=FAIL ", V_FAIL },
	{ "serial_garbage", "\xff\xfe\x80" V "1..2\n\x81ok 1 a\nok 2 b\n", 0, "b=PASS ?1-1 ",
	  V_MISSING },
	{ "double_cr", "KTAP version 1\r\r\n1..2\r\r\nok 1 a\r\r\nnot ok 2 b\r\r\n", 0,
	  "a=PASS b=FAIL ", V_FAIL },
	{ "cr_only", "1..2\rok 1 a\rnot ok 2 b\r", 0, "a=PASS b=FAIL ", V_FAIL },
	{ "ends_in_a_failure", V "ok 1 a\nnot o", 0, "a=PASS !", V_BROKEN },
	{ "ends_in_a_failure_plan_last", T "ok 1 a\n1..1\n# not ", 0, "a=PASS !", V_BROKEN },
	{ "ends_in_a_nested_failure", T "1..1\n# TAP version 13\n# ok 1 a\n# not", 0,
	  "#1/a=PASS !!?1-1 ", V_MISSING },
	{ "ends_in_text", V "1..1\nok 1 a\nnothing", 0, "a=PASS ", V_PASS },
	{ "torn_after_not_o", V "1..1\nnot o[    1.000000] random: x\nok 1 a\n", 0, "!a=PASS ",
	  V_BROKEN },
	{ "kselftest_skip",
	  T "1..2\n# timeout set to 45\n# selftests: mm: x\n# no huge pages\n"
	    "ok 1 selftests: mm: x # SKIP\n# selftests: mm: y\n# [PASS]\n"
	    "ok 2 selftests: mm: y\n",
	  0, "selftests: mm: x=SKIP selftests: mm: y=PASS ", V_PASS },
	{ "kselftest_skips_itself",
	  T "1..1\n# selftests: mm: x\n# TAP version 13\n# 1..0 # SKIP no swap\n"
	    "ok 1 selftests: mm: x # SKIP\n",
	  0, "selftests: mm: x=SKIP ", V_SKIP },
	{ "kselftest_crash",
	  T
	  "1..1\n# selftests: mm: x\n# TAP version 13\n# 1..2\n# ok 1 a\n# Segmentation fault\n"
	  "not ok 1 selftests: mm: x # exit=139\n",
	  0, "selftests: mm: x/a=PASS selftests: mm: x/?2-2 selftests: mm: x:FAIL ", V_FAIL },
	{ "kselftest_time_out",
	  T "1..1\n# timeout set to 45\n# selftests: mm: x\n#\n"
	    "not ok 1 selftests: mm: x # TIMEOUT 45 seconds\n",
	  0, "selftests: mm: x=TIMEOUT ", V_TIMEOUT },
	{ "kselftest_plan_last",
	  T "1..1\n# selftests: mm: x\n# ok 1 a\n# not ok 2 b\n# 1..2\nok 1 selftests: mm: x\n",
	  0, "selftests: mm: x/a=PASS selftests: mm: x/b=FAIL selftests: mm: x:FAIL ", V_FAIL },
	{ "kselftest_without_version",
	  T "1..1\n# selftests: mm: x\n# ok 1 a\n# ok 3 c\nok 1 selftests: mm: x\n", 0,
	  "selftests: mm: x/a=PASS selftests: mm: x/c=PASS selftests: mm: x/?2-2 "
	  "selftests: mm: x:MISSING ",
	  V_MISSING },
	{ "kselftest_chatter",
	  T "1..1\n# selftests: mm: x\n# ok 5 files\n# ok, done\n# not okay\nok 1 selftests: "
	    "mm: x\n",
	  0, "selftests: mm: x=PASS ", V_PASS },
	{ "kselftest_cut",
	  T "# selftests: mm: x\nok 1 selftests: mm: x\n# selftests: mm: y\n# 12\n", 0,
	  "selftests: mm: x=PASS !", V_BROKEN },
	{ "kselftest_lost_one",
	  T "# selftests: mm: x\n# selftests: mm: y\nok 1 selftests: mm: y\n", 0,
	  "!selftests: mm: y=PASS ", V_BROKEN },
	{ "kselftest_two_collections",
	  T "1..1\n# selftests: mm: x\nok 1 selftests: mm: x\n" T
	    "1..2\n# selftests: net: y\nok 1 selftests: net: y\n",
	  0, "selftests: mm: x=PASS selftests: net: y=PASS ?2-2 ", V_MISSING },
	{ "kselftest_of_4_19",
	  T "selftests: mm: x\n========\nok 1..1 selftests: x [PASS]\nselftests: y\n"
	    "not ok 1..2 selftests: y [SKIP]\nnot ok 1..3 selftests: z [FAIL]\n",
	  0, "selftests: x=PASS selftests: y=SKIP selftests: z=FAIL ", V_FAIL },
	{ "run_vmtests",
	  T "1..1\n# selftests: mm: run_vmtests.sh\n# TAP version 13\n# # -------\n"
	    "# # running ./cow\n# # -------\n# # TAP version 13\n# # 1..2\n# # ok 1 a\n"
	    "# # not ok 2 b\n# # # Totals: pass:1 fail:1\n# # [FAIL]\n# not ok 1 cow # exit=1\n"
	    "# # running ./va\n# # [SKIP]\n# ok 2 va # SKIP\n# 1..2\n"
	    "not ok 1 selftests: mm: run_vmtests.sh # exit=1\n",
	  0,
	  "selftests: mm: run_vmtests.sh/#1/a=PASS selftests: mm: run_vmtests.sh/#1/b=FAIL "
	  "selftests: mm: run_vmtests.sh/cow:FAIL selftests: mm: run_vmtests.sh/va=SKIP "
	  "selftests: mm: run_vmtests.sh:FAIL ",
	  V_FAIL },
	{ "harness",
	  T "1..2\n# Starting 2 tests from 1 test cases.\n#  RUN           global.a ...\n"
	    "#            OK  global.a\nok 1 global.a\n#  RUN           global.b ...\n"
	    "# b.c:9:b:Expected 1 (1) == 2 (2)\n# b: Test failed\n#          FAIL  global.b\n"
	    "not ok 2 global.b\n# FAILED: 1 / 2 tests passed.\n"
	    "# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\n",
	  0, "global.a=PASS global.b=FAIL ", V_FAIL },
	{ "kunit_modules",
	  "[    5.000000] " V "[    5.000001] 1..1\n[    5.000002]     " V
	  "[    5.000003]     # Subtest: one\n[    5.000004]     # module: one_test\n"
	  "[    5.000005]     1..1\n[    5.000006]     ok 1 a\n[    5.000007] ok 1 one\n"
	  "[    6.000000] usb 1-1: new device\n[    7.000000] " V "[    7.000001] 1..1\n"
	  "[    7.000002]     " V "[    7.000003]     # Subtest: two\n"
	  "[    7.000004]     1..2\n[    7.000005]     ok 1 a\n[    7.000006] ok 1 two\n",
	  0, "one/a=PASS one:PASS two/a=PASS two/?2-2 two:MISSING ", V_MISSING },
	{ "kunit_parameters",
	  V "1..1\n    " V "    # Subtest: s\n    1..1\n        " V "        # Subtest: p\n"
	    "        ok 1 x=1\n        not ok 2 x=2\n    # p: pass:1 fail:1 skip:0 total:2\n"
	    "    not ok 1 p\n# s: pass:0 fail:1\nnot ok 1 s\n",
	  0, "s/p/x=1=PASS s/p/x=2=FAIL s/p:FAIL s:FAIL ", V_FAIL },
	{ "kunit_crash",
	  "[    1.000000] " V "[    1.000001] 1..2\n[    1.000002]     " V
	  "[    1.000003]     # Subtest: s\n[    1.000004]     1..3\n[    1.000005]     ok 1 "
	  "a\n"
	  "[    1.000006] BUG: kernel NULL pointer dereference\n",
	  0, "s/a=PASS s/?2-3 !?1-2 ", V_MISSING },
	{ "ltp_as_tap",
	  T "1..4\nok 1 - mmap01\n  ---\n  duration_ms: 12\n  output: |\n"
	    "    mmap01.c:60: TPASS: ok 1 read\n    not ok 7 is only text here\n  ...\n"
	    "ok 2 - madvise06 # SKIP TCONF: no swap\nnot ok 3 - mtest06 # ERROR TBROK: fork\n"
	    "not ok 4 - hugemmap10\n  ---\n  message: \"TFAIL: 4 != 8\"\n  severity: fail\n  "
	    "...\n",
	  0, "mmap01=PASS madvise06=SKIP mtest06=BROKEN hugemmap10=FAIL ", V_FAIL },
	{ "ltp_cut_in_yaml", T "1..2\nok 1 - a\n  ---\n  output: |\n    TPASS\n", 0,
	  "a=PASS ?2-2 ", V_MISSING },
	{ "tap_14_everything",
	  "TAP version 14\n1..3 # three\npragma +strict\n# Subtest: first\n    1..2\n"
	  "    ok 1 - a\n      ---\n      at: 1\n      ...\n    ok 2 - b # time=1ms\n"
	  "ok 1 - first\nok 2 - \\# is a hash # TODO later\nnot ok 3 - t # TODO soon\n",
	  0, "first/a=PASS first/b=PASS first:PASS \\# is a hash=XPASS t=XFAIL ", V_XPASS },
	{ "tap_12", "1..3 todo 3;\nok\nok 2\nnot ok 3 # TODO\n", 0, "#1=PASS #2=PASS #3=XFAIL ",
	  V_XFAIL },
	{ "tap_12_short", "1..3 todo 3;\nok\nok\n", 0, "#1=PASS #2=PASS ?3-3 ", V_MISSING },
	{ "todo_is_no_name", T "1..2\nnot ok 1 a # todo\nnot ok 2 todo # it\n", 0,
	  "a=XFAIL todo=FAIL ", V_FAIL },
	{ "not_ok_xpass", V "1..1\nnot ok 1 a # XPASS strict\n", 0, "a=FAIL ", V_FAIL },
	{ "one_blank_before_a_failure", V "ok 1 a\n not ok 2 b\nok 2 c\n", 0,
	  "a=PASS #2/b=FAIL #2/?1-1 c:FAIL ", V_FAIL },
	{ "bail_out_in_a_program",
	  T "1..2\n# selftests: mm: x\n# TAP version 13\n# 1..3\n# ok 1 a\n# Bail out! mmap\n"
	    "# # Planned tests != run tests (3 != 1)\nnot ok 1 selftests: mm: x # exit=1\n"
	    "# selftests: mm: y\nok 2 selftests: mm: y\n",
	  0,
	  "selftests: mm: x/a=PASS ^selftests: mm: x/?2-3 selftests: mm: x:FAIL "
	  "selftests: mm: y=PASS ",
	  V_FAIL },
	{ "bail_out_before_all", T "Bail out! Need root\n", 0, "^", V_MISSING },
	{ "wrong_count_said_in_words", V "1..2\nok 1 a\nok 2 b\n# Totals: pass:1 fail:1\n", 0,
	  "a=PASS b=PASS ", V_PASS },
	{ "numbers_begin_again", V "1..2\nok 1 a\nok 2 b\nok 1 c\nok 2 d\n", 0,
	  "a=PASS b=PASS !c=PASS !d=PASS !", V_BROKEN },
	{ "written_twice_by_fork", "1..2\nok 1 a\n1..2\nok 1 a\nok 2 b\n", 0,
	  "a=PASS !a#2=PASS b=PASS !", V_BROKEN },
	{ "text_without_newline", V "1..2\nworking...ok 1 a\nok 2 b\n", 0, "b=PASS ?1-1 ",
	  V_MISSING },
};

#undef V
#undef T
#undef DATE
#undef DATE2
#undef HOST
#undef HOST2
#undef CI
#undef CI2

#endif
