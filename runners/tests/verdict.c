/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts and the classification of kernel log lines.
 */
#include <string.h>
#include "../common/klog.h"
#include "../common/verdict.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct line {
	const char *text;
	enum klog_kind kind;
	const char *title; /* NULL: not looked at */
} lines[] = {
	{ "4,5,6,-;WARNING: CPU: 1 PID: 77 at mm/page_counter.c:57 "
	  "page_counter_cancel+0x34/0x40",
	  KLOG_WARNING, "WARNING: mm/page_counter.c:57 page_counter_cancel" },
	{ "[   12.345678] WARNING: mm/page_counter.c:60 at page_counter_cancel+0x37/0x50, "
	  "CPU#0: "
	  "a/1",
	  KLOG_WARNING, "WARNING: mm/page_counter.c:60 page_counter_cancel" },
	{ "4,5,6,-,caller=T1;BUG: Bad page state in process cow  pfn:10a3f2", KLOG_PAGE, NULL },
	{ "BUG: KASAN: use-after-free in foo+0x1/0x2", KLOG_KASAN, NULL },
	{ "BUG: unable to handle page fault for address: ffff888000000000", KLOG_OOPS, NULL },
	{ "Unable to handle kernel paging request at virtual address 0", KLOG_OOPS, NULL },
	{ "Oops: 0000 [#1] PREEMPT SMP", KLOG_OOPS, NULL },
	{ "general protection fault, probably for non-canonical address", KLOG_OOPS, NULL },
	{ "kernel BUG at mm/hugetlb.c:123!", KLOG_BUG, NULL },
	{ "WARNING: possible circular locking dependency detected", KLOG_LOCKDEP, NULL },
	{ "INFO: task cow:12 blocked for more than 120 seconds.", KLOG_HUNG, NULL },
	{ "list_del corruption. next->prev should be x", KLOG_LIST, NULL },
	{ "UBSAN: array-index-out-of-bounds in mm/a.c:1:2", KLOG_UBSAN, NULL },
	{ "rcu: INFO: rcu_preempt self-detected stall on CPU", KLOG_SLOW, NULL },
	{ "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", KLOG_SLOW, NULL },
	{ "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [cow:1]", KLOG_SLOW, NULL },
	{ "cow: page allocation failure: order:0, mode:0x1", KLOG_PAGE, NULL },
	{ "cow: page allocation failure: order:9, mode:0x1", KLOG_NONE, NULL },
	{ "Kernel panic - not syncing: sysrq triggered crash", KLOG_PANIC, NULL },
	{ "MCE: Killing uffd:12 due to hardware memory corruption fault at 7f", KLOG_NONE,
	  NULL },
	{ "page: refcount:1 mapcount:0 mapping:0 index:0 pfn:0x1", KLOG_NONE, NULL },
	{ "page dumped because: gup_test: dump_pages() test", KLOG_NONE, NULL },
	{ "process 12 (x) did not claim interrupt", KLOG_NONE, NULL },
	{ "audit: type=1400 msg=WARNING: x", KLOG_NONE, NULL },
	{ "hello WARNING: x", KLOG_NONE, NULL },
};

static bool line_ok(const struct line *l)
{
	struct klog_hit hit;
	enum klog_kind kind = klog_classify(l->text, &hit);

	if (kind == l->kind && (!l->title || !strcmp(hit.title, l->title)))
		return true;
	printf("# '%s': expected %s '%s', found %s '%s'\n", l->text, klog_kind_name(l->kind),
	       l->title ? l->title : "", klog_kind_name(kind), kind ? hit.title : "");
	return false;
}

static bool same_fingerprint(const char *one, const char *two)
{
	struct klog_hit a, b;

	klog_classify(one, &a);
	klog_classify(two, &b);
	return a.kind && b.kind && !strcmp(a.fingerprint, b.fingerprint);
}

static bool names_round_trip(void)
{
	enum verdict v;

	for (int i = 0; i < V_COUNT; i++)
		if (!verdict_parse(verdict_name((enum verdict)i), &v) || v != (enum verdict)i)
			return false;
	return !verdict_parse("pass", &v);
}

int main(void)
{
	struct unit u = { 0 };
	char name[32];

	unit_begin();
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(name, sizeof(name), "line.%zu", i);
		unit_ok(&u, line_ok(&lines[i]), name);
	}
	unit_ok(&u, same_fingerprint(lines[0].text, lines[1].text),
		"fingerprint.of_two_kernels");
	unit_ok(&u,
		same_fingerprint("BUG: Bad page state in process x  pfn:10a3f2",
				 "BUG: Bad page state in process x  pfn:ab1"),
		"fingerprint.without_pfn");
	unit_ok(&u, !same_fingerprint(lines[0].text, lines[2].text), "fingerprint.differs");
	unit_ok(&u, klog_dirty(KLOG_SLOW, 1, false) && !klog_dirty(KLOG_SLOW, 3, false),
		"slow_machine");
	unit_ok(&u, klog_dirty(KLOG_HUNG, 1, false) && !klog_dirty(KLOG_HUNG, 1, true),
		"hung_task_of_a_stuck_program");
	unit_ok(&u, names_round_trip(), "names");
	unit_ok(&u,
		verdict_worst(V_SKIP, V_PASS) == V_PASS &&
			verdict_worst(V_FAIL, V_PASS) == V_FAIL &&
			verdict_worst(V_CRASH, V_STUCK) == V_CRASH,
		"worst");
	return unit_end(&u);
}
