/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel log classification: which lines mean that the kernel complained, a
 * title to print, a fingerprint that stays the same from boot to boot, and the
 * list of complaints that are allowed.
 */
#ifndef MMGUARD_KLOG_H
#define MMGUARD_KLOG_H

#include <stdbool.h>
#include <stddef.h>

enum klog_kind {
	KLOG_NONE,
	KLOG_WARNING,
	KLOG_BUG,
	KLOG_OOPS,    /* Oops, general protection, unable to handle */
	KLOG_PANIC,   /* Kernel panic */
	KLOG_KASAN,   /* KASAN, KFENCE, KCSAN, KMSAN, kmemleak */
	KLOG_LOCKDEP, /* possible deadlock, suspicious RCU usage, ... */
	KLOG_HUNG,    /* hung task */
	KLOG_PAGE,    /* bad page state, bad page map, order-0 allocation failure */
	KLOG_LIST,    /* list corruption, refcount saturation */
	KLOG_UBSAN,
	KLOG_LOST, /* records that were overwritten before they were read */
	KLOG_SLOW, /* RCU stall, soft lockup, workqueue lockup: see klog_dirty() */
};

struct klog_hit {
	enum klog_kind kind;
	char title[192];      /* one line, without prefix, CPU and PID */
	char fingerprint[17]; /* 16 hex digits, of the title without numbers */
};

struct klog_allow; /* an allow-list; NULL is the empty one */

/* One word for a kind: "warning", ..., "slow machine". */
const char *klog_kind_name(enum klog_kind kind);

/*
 * Classifies one line, in /dev/kmsg form ("6,1,2,-;text"), console form
 * ("[  1.2] text") or plain. Fills *hit unless the answer is KLOG_NONE.
 */
enum klog_kind klog_classify(const char *line, struct klog_hit *hit);

/*
 * An oops names its function in a later line (RIP:, pc :). klog_waits(): is this complaint
 * one of those? klog_where(): if  is the one, completes title and fingerprint, which
 * it does once: the same kind of fault in two functions is two bugs.
 */
bool klog_waits(const struct klog_hit *hit);
bool klog_where(const char *line, struct klog_hit *hit);

/* So many lines after an oops its function is still looked for. */
#define KLOG_WHERE_LINES 60

/*
 * Does a complaint of this kind count against a program? Stalls and lockups do
 * not when @slow > 1 (an emulated CPU misses those deadlines on its own); a hung
 * task counts only when the program was not @stuck itself.
 */
bool klog_dirty(enum klog_kind kind, double slow, bool stuck);

/*
 * Reads an allow-list: lines "glob<TAB>extended regex<TAB>reason", blank lines
 * and lines that begin with '#' apart. The glob matches the program
 * (area.program), the regex the title. NULL with a message in @err on an error.
 */
struct klog_allow *klog_allow_load(const char *path, char *err, size_t errlen);
void klog_allow_free(struct klog_allow *allow);

/* Reason why @program may cause @title; NULL when it may not. */
const char *klog_allowed(const struct klog_allow *allow, const char *program,
			 const char *title);

typedef void klog_cb(const struct klog_hit *hit, const char *allowed, void *arg);

/*
 * Calls @cb for every complaint in the file, with the reason when it is allowed
 * or else NULL. A report of many lines gives one call per telling line. Returns
 * the number of calls, 0 when the file does not exist, -errno on an error. Records
 * that were lost (MMG_KMSG_OVERRUN) are a complaint too: nobody knows what they said.
 */
int klog_scan_file(const char *path, const char *program, const struct klog_allow *allow,
		   klog_cb *cb, void *arg);

#endif
