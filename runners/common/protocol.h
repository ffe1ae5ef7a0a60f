/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mmrun writes and mmguard reads: file names, schema number, exit
 * statuses, and the frames that carry the files over a serial line.
 *
 * A frame is "@PATH LEN\n", LEN bytes, "\n". PATH is relative to the run
 * directory and grows by the bytes. "@- 0\n\n" is a heartbeat.
 */
#ifndef MMGUARD_PROTOCOL_H
#define MMGUARD_PROTOCOL_H

#define MMG_SCHEMA 1

#define MMG_JOURNAL	 "journal.jsonl"
#define MMG_TESTS	 "tests"
#define MMG_STOP	 "stop"
#define MMG_STDOUT	 "stdout"
#define MMG_STDERR	 "stderr"
#define MMG_KMSG	 "kmsg"
#define MMG_STATE_BEFORE "state-before"
#define MMG_STATE_AFTER	 "state-after"
#define MMG_STUCK	 "stuck"
#define MMG_GIVEN_BACK	 "given-back"

/* First line of lost kernel records in a kmsg file: "# overrun: N records lost". */
#define MMG_KMSG_OVERRUN "# overrun: "

/* Longest frame payload mmrun sends, bytes; a reader may not rely on it. */
#define MMG_FRAME_MAX	65536
#define MMG_HEARTBEAT_S 2

/* Environment of a test: factor (float, at least 1) on every deadline. */
/*
 * In a guest or on another machine the number of a descriptor: a byte can be read from it for
 * each
 * "# case" line of stdout that has reached the host or the disk. A program that waits for it
 * before it begins the case will be named when the case takes the machine down.
 */
#define MMG_ENV_ACK  "MMGUARD_ACK"
#define MMG_ENV_SLOW "MMGUARD_SLOW"
/* Which run a process belongs to: what carries it after mmrun was killed is a leftover. */
#define MMG_ENV_RUN "MMGUARD_RUN"

/* Files of the guest, below the root of its initramfs. */
#define MMG_GUEST_DIR	  "/mmguard"
#define MMG_GUEST_PLAN	  "/mmguard/plan"
#define MMG_GUEST_OPTIONS "/mmguard/options"
#define MMG_GUEST_MODULES "/mmguard/modules"
#define MMG_GUEST_FROM	  "/mmguard/from" /* programs that are not ours */
#define MMG_GUEST_STREAM  "/dev/ttyS1"

/* Exit statuses of a test program. */
enum mmg_test_exit { MMG_TEST_PASS = 0, MMG_TEST_FAIL = 1, MMG_TEST_SKIP = 4 };

/* Exit statuses of mmrun and mmguard. */
enum mmg_exit {
	MMG_EXIT_OK = 0,
	MMG_EXIT_UNEXPECTED = 1,
	MMG_EXIT_USAGE = 2,
	MMG_EXIT_RUNNER = 3,
	MMG_EXIT_NOTHING = 4,
	MMG_EXIT_CRASH = 5,
	MMG_EXIT_INTERRUPTED = 6,
};

#endif
