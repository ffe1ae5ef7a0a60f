/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log of a program: fingerprints, the allow-list, and what becomes of
 * complaints, lost records and taint flags.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../common/klog.h"
#include "../common/protocol.h"
#include "../common/results.h"
#include "../common/state.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Two lines each: the same bug at other addresses, processes, offsets; or two bugs. */
static const struct {
	const char *name, *a, *b;
	bool same;
} pairs[] = {
	{ "kasan", "BUG: KASAN: use-after-free in f+0x1/0x2",
	  "BUG: KASAN: use-after-free in f+0x9/0xa", true },
	{ "kasan_other", "BUG: KASAN: use-after-free in f+0x1/0x2",
	  "BUG: KASAN: use-after-free in g+0x1/0x2", false },
	{ "kfence", "BUG: KFENCE: out-of-bounds read in f+0x1/0x2",
	  "BUG: KFENCE: out-of-bounds read in f+0x11/0x20", true },
	{ "page_fault", "BUG: unable to handle page fault for address: ffff888000001000",
	  "BUG: unable to handle page fault for address: ffffc90000000fff", true },
	{ "oops", "Oops: 0000 [#1] PREEMPT SMP", "Oops: 0002 [#2] PREEMPT SMP", true },
	{ "bug", "kernel BUG at mm/hugetlb.c:123!", "kernel BUG at mm/hugetlb.c:130!", true },
	{ "list",
	  "list_del corruption. prev->next should be ffff8881000, but was dead000000000100",
	  "list_del corruption. prev->next should be ffff8882abc, but was dead000000000122",
	  true },
	{ "hung", "INFO: task cow:12 blocked for more than 120 seconds.",
	  "INFO: task cow:9123 blocked for more than 241 seconds.", true },
	{ "lockup", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [cow:1]",
	  "watchdog: BUG: soft lockup - CPU#0 stuck for 48s! [cow:771]", true },
	{ "ubsan", "UBSAN: shift-out-of-bounds in mm/a.c:10:2",
	  "UBSAN: shift-out-of-bounds in mm/a.c:11:9", true },
	{ "slab", "BUG kmalloc-64 (Not tainted): Poison overwritten",
	  "BUG kmalloc-64 (Not tainted): Poison overwritten", true },
	{ "slab_other", "BUG kmalloc-64 (Not tainted): Poison overwritten",
	  "BUG anon_vma (Not tainted): Poison overwritten", false },
	{ "kmemleak", "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
	  "kmemleak: 31 new suspected memory leaks (see /sys/kernel/debug/kmemleak)", true },
};

static bool pair_ok(size_t i)
{
	struct klog_hit a, b;

	return klog_classify(pairs[i].a, &a) && klog_classify(pairs[i].b, &b) &&
	       !strcmp(a.fingerprint, b.fingerprint) == pairs[i].same;
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f))
		exit(1);
}

static struct klog_allow *load(const char *dir, const char *text, char *err, size_t len)
{
	char path[256];

	put(dir, "allow", text);
	snprintf(path, sizeof(path), "%s/allow", dir);
	err[0] = '\0';
	return klog_allow_load(path, err, len);
}

/* What is wrong with a list is said with file and line. */
static bool refused(const char *dir, const char *text, const char *why)
{
	char err[300];
	struct klog_allow *a = load(dir, text, err, sizeof(err));

	klog_allow_free(a);
	return !a && strstr(err, why);
}

static void on_result(const struct case_result *r, void *arg)
{
	char *found = arg;

	if (!r->name)
		sprintf(found + strlen(found), "%s: %s; ", verdict_name(r->verdict), r->reason);
}

/* All results of the program as a whole, for a kernel log and two taint masks. */
static const char *judge(const char *dir, const char *kmsg, const char *tainted,
			 const struct klog_allow *allow)
{
	static char found[8192];
	static const char *const cases[] = { "a" };
	struct program_query q = { .program = "area.program",
				   .boot = 1,
				   .cases = cases,
				   .ncases = 1,
				   .allow = allow,
				   .slow = 1 };
	struct program_end end = { .started = true, .ended = true };

	put(dir, MMG_STDOUT, "KTAP version 1\n1..1\n# case a\nok 1 a\n");
	put(dir, MMG_KMSG, kmsg);
	put(dir, MMG_STATE_BEFORE, "kernel.tainted 4096\n");
	put(dir, MMG_STATE_AFTER, tainted);
	found[0] = '\0';
	program_results(dir, &q, &end, on_result, found);
	return found;
}

#define WARN "4,5,6,-;WARNING: CPU: 1 PID: 77 at mm/a.c:57 f+0x34/0x40\n"

static void check_verdicts(struct unit *u, const char *dir)
{
	static const char list[] = "# why\n\nother.*\tmm/a\\.c\tnot ours\narea.*\tWARNING: "
				   "mm/a\\.c:[0-9]+ f$\tby design\n";
	char err[300];
	struct klog_allow *allow = load(dir, list, err, sizeof(err));

	unit_ok(u, allow && !err[0], "allow.loads");
	unit_ok(u, !strcmp(judge(dir, "", "kernel.tainted 4096\n", NULL), ""), "clean");
	unit_ok(u,
		!strcmp(judge(dir, WARN, "kernel.tainted 4608\n", NULL),
			"DIRTY: WARNING: mm/a.c:57 f; "),
		"warning_explains_its_flag");
	unit_ok(u, !strcmp(judge(dir, WARN, "kernel.tainted 4608\n", allow), ""), "allowed");
	unit_ok(u,
		strstr(judge(dir, WARN "4,6,7,-;BUG: Bad page state in process x  pfn:1\n",
			     "kernel.tainted 4640\n", allow),
		       "DIRTY: BUG: Bad page") != NULL,
		"allowed_is_only_what_is_listed");
	unit_ok(u,
		strstr(judge(dir, "", "kernel.tainted 4640\n", allow),
		       "DIRTY: the kernel is tainted now: BW") != NULL,
		"flag_without_a_reason");
	unit_ok(u,
		strstr(judge(dir, MMG_KMSG_OVERRUN "12 records lost\n", "kernel.tainted 4096\n",
			     allow),
		       "DIRTY: kernel log overrun: 12 records lost") != NULL,
		"lost_records");
	unit_ok(u,
		!strcmp(judge(dir,
			      "12,5,6,-;WARNING: CPU: 1 PID: 77 at mm/a.c:57 f+0x34/0x40\n",
			      "kernel.tainted 4096\n", NULL),
			""),
		"user_space_may_say_anything");
	klog_allow_free(allow);
}

/* Differences of memory count beyond the margin only, and when nobody holds it. */
static void check_margins(struct unit *u)
{
	static const char before[] =
		"memory.Committed_AS 1000 kB\nmemory.MemAvailable 9000 kB\n"
		"memory.held 100 kB\nmemory.margin 500 kB\n";

	unit_ok(u,
		!state_compare(before,
			       "memory.Committed_AS 1400 kB\nmemory.MemAvailable 8600 kB\n"
			       "memory.held 100 kB\nmemory.margin 500 kB\n",
			       NULL, NULL),
		"memory.within");
	unit_ok(u,
		state_compare(before,
			      "memory.Committed_AS 1600 kB\nmemory.MemAvailable 8400 kB\n"
			      "memory.held 100 kB\nmemory.margin 500 kB\n",
			      NULL, NULL) == 2,
		"memory.beyond");
	unit_ok(u,
		!state_compare(before,
			       "memory.Committed_AS 1000 kB\nmemory.MemAvailable 7000 kB\n"
			       "memory.held 2100 kB\nmemory.margin 500 kB\n",
			       NULL, NULL),
		"memory.held_by_others");
	unit_ok(u,
		!state_compare("shm.sysv.1 there\n", "", NULL, NULL) &&
			state_compare("", "shm.sysv.1 there\n", NULL, NULL) == 1,
		"shm.new_only");
}

int main(void)
{
	char dir[] = "/tmp/mmguard-klog.XXXXXX", command[64];
	struct unit u = { 0 };

	if (!mkdtemp(dir))
		return 1;
	unit_begin();
	for (size_t i = 0; i < COUNT(pairs); i++)
		unit_ok(&u, pair_ok(i), pairs[i].name);
	check_verdicts(&u, dir);
	unit_ok(&u, refused(dir, "# x\narea.*\tWARNING\n", ":2: "), "allow.needs_a_reason");
	unit_ok(&u, refused(dir, "area.*\tWARN(ING\twhy\n", ":1: bad regular"),
		"allow.bad_regex");
	unit_ok(&u, refused(dir, "area.*\tWARNING\t\n", ":1: "), "allow.empty_reason");
	check_margins(&u);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return unit_end(&u) || system(command);
}
