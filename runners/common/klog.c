/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel log classification: which lines are complaints, of what kind.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "klog.h"
#include "klog_title.h"

struct pattern {
	const char *text;
	enum klog_kind kind;
	bool anywhere; /* else only at the start of the text */
};

/* The first match wins: the narrow ones stand before the wide ones. */
static const struct pattern patterns[] = {
	{ "Kernel panic - not syncing", KLOG_PANIC, false },
	{ "BUG: KASAN:", KLOG_KASAN, false },
	{ "BUG: KFENCE:", KLOG_KASAN, false },
	{ "BUG: KCSAN:", KLOG_KASAN, false },
	{ "BUG: KMSAN:", KLOG_KASAN, false },
	{ "new suspected memory leaks", KLOG_KASAN, true },
	{ "kmemleak: ", KLOG_NONE, false },
	{ "BUG: Bad page", KLOG_PAGE, false },
	{ "BUG: Bad rss-counter state", KLOG_PAGE, false },
	{ "BUG: non-zero pgtables_bytes", KLOG_PAGE, false },
	{ "BUG: soft lockup", KLOG_SLOW, true },
	{ "BUG: workqueue lockup", KLOG_SLOW, false },
	{ "Watchdog detected hard LOCKUP", KLOG_SLOW, true },
	{ "detected stall", KLOG_SLOW, true },
	{ "self-detected stall", KLOG_SLOW, true },
	{ "detected expedited stalls", KLOG_SLOW, true },
	{ "kthread starved for", KLOG_SLOW, true },
	{ "blocked for more than", KLOG_HUNG, true },
	{ "BUG: unable to handle", KLOG_OOPS, false },
	{ "BUG: kernel NULL pointer", KLOG_OOPS, false },
	{ "Unable to handle kernel", KLOG_OOPS, false },
	{ "general protection fault", KLOG_OOPS, false },
	{ "Oops: ", KLOG_OOPS, false },
	{ "Internal error: ", KLOG_OOPS, false },
	{ "stack segment: ", KLOG_OOPS, false },
	{ "invalid opcode: ", KLOG_OOPS, false },
	{ "kernel BUG at ", KLOG_BUG, false },
	{ "divide error: ", KLOG_OOPS, false },
	{ "double fault: ", KLOG_OOPS, false },
	{ "CFI failure at ", KLOG_OOPS, false },
	{ "BUG: ", KLOG_BUG, false },
	/* The slab allocator names the cache: "BUG kmalloc-64 (Not tainted): Poison
	   overwritten". */
	{ "BUG ", KLOG_LIST, false },
	{ "INFO: trying to register non-static key", KLOG_LOCKDEP, false },
	{ "WARNING: possible circular locking", KLOG_LOCKDEP, false },
	{ "WARNING: possible recursive locking", KLOG_LOCKDEP, false },
	{ "WARNING: possible irq lock inversion", KLOG_LOCKDEP, false },
	{ "WARNING: inconsistent lock state", KLOG_LOCKDEP, false },
	{ "WARNING: suspicious RCU usage", KLOG_LOCKDEP, false },
	{ "WARNING: bad unlock balance", KLOG_LOCKDEP, false },
	{ "WARNING: held lock freed", KLOG_LOCKDEP, false },
	{ "WARNING: ", KLOG_WARNING, false },
	{ "list_add corruption", KLOG_LIST, true },
	{ "list_del corruption", KLOG_LIST, true },
	{ "refcount_t: ", KLOG_LIST, false },
	{ "UBSAN: ", KLOG_UBSAN, false },
	{ "page allocation failure: order:0", KLOG_PAGE, true },
	{ "Trying to vfree() ", KLOG_BUG, false },
};

const char *klog_kind_name(enum klog_kind kind)
{
	static const char *const names[] = { "none",	    "warning",	 "bug",
					     "oops",	    "panic",	 "kasan",
					     "lockdep",	    "hung task", "page",
					     "list",	    "ubsan",	 "lost records",
					     "slow machine" };

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

bool klog_dirty(enum klog_kind kind, double slow, bool stuck)
{
	if (kind == KLOG_SLOW)
		return slow <= 1;
	if (kind == KLOG_HUNG)
		return slow <= 1 && !stuck;
	return kind != KLOG_NONE;
}

enum klog_kind klog_classify(const char *line, struct klog_hit *hit)
{
	const char *text = klog_text(line);

	hit->kind = KLOG_NONE;
	/* Records of user space have a facility: whoever may write can say anything. */
	if (text > line && line[strspn(line, "0123456789")] == ',' && atoi(line) > 7)
		return KLOG_NONE;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const struct pattern *p = &patterns[i];

		if (p->anywhere ? !strstr(text, p->text)
				: strncmp(text, p->text, strlen(p->text)))
			continue;
		hit->kind = p->kind;
		if (p->kind != KLOG_NONE)
			klog_title(text, hit);
		return p->kind;
	}
	hit->kind = KLOG_NONE;
	return KLOG_NONE;
}
