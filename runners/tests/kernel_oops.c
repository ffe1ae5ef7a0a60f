/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of many lines, as kernels write them: the titles that come out of each, and
 * which of two reports are of the same bug.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../common/klog.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define USER	 "4,90,1,-;RIP: 0033:0x7f3c5d1a04a9\n"

static const struct {
	const char *name, *text;
	const char *titles; /* "kind: title; " of each complaint */
} reports[] = {
	{ "page_fault",
	  "1,70,1,-;BUG: unable to handle page fault for address: ffffea0004f28034\n"
	  "1,71,1,-;#PF: supervisor read access in kernel mode\n"
	  "1,72,1,-;#PF: error_code(0x0000) - not-present page\n"
	  "4,73,1,-;Oops: Oops: 0000 [#1] SMP NOPTI\n"
	  "4,74,1,-;CPU: 1 UID: 0 PID: 311 Comm: whole_move Not tainted 6.18.1 #1\n"
	  "4,75,1,-;RIP: 0010:move_huge_pte+0x8c/0x2a0\n"
	  "4,76,1,-;Code: 48 8b 07 a8 01 <0f> b6 43 34\n"
	  "4,77,1,-;Call Trace:\n4,78,1,-; <TASK>\n"
	  "4,79,1,-; hugetlb_fault+0x1d4/0xd10\n" USER
	  "4,91,1,-;---[ end trace 0000000000000000 ]---\n"
	  "4,92,1,-;RIP: 0010:another_one+0x1/0x2\n",
	  "oops: BUG: unable to handle page fault for address: ffffea0004f28034 in "
	  "move_huge_pte; oops: Oops: Oops: 0000 [#1] SMP NOPTI in move_huge_pte; " },
	{ "null_pointer",
	  "[   12.345678][  T311] BUG: kernel NULL pointer dereference, address: "
	  "0000000000000008\n"
	  "[   12.345679][  T311] RIP: 0010:folio_add_lru.cold+0x5/0x31 [mm_bug]\n",
	  "oops: BUG: kernel NULL pointer dereference, address: 0000000000000008 in "
	  "folio_add_lru; " },
	{ "general_protection",
	  "4,70,1,-;general protection fault, probably for non-canonical address "
	  "0xdead000000000108: 0000 [#1] PREEMPT SMP NOPTI\n"
	  "4,71,1,-;RIP: 0010:free_huge_folio+0x120/0x350\n",
	  "oops: general protection fault, probably for non-canonical address "
	  "0xdead000000000108: 0000 [#1] PREEMPT SMP NOPTI in free_huge_folio; " },
	{ "kernel_bug",
	  "4,70,1,-;------------[ cut here ]------------\n"
	  "2,71,1,-;kernel BUG at mm/hugetlb.c:1682!\n"
	  "4,72,1,-;Oops: invalid opcode: 0000 [#1] SMP\n"
	  "4,73,1,-;RIP: 0010:dissolve_free_hugetlb_folio+0x2b1/0x2c0\n",
	  "bug: kernel BUG at mm/hugetlb.c:1682! in dissolve_free_hugetlb_folio; "
	  "oops: Oops: invalid opcode: 0000 [#1] SMP in dissolve_free_hugetlb_folio; " },
	{ "arm64",
	  "1,70,1,-;Unable to handle kernel paging request at virtual address 0000aaaac8a\n"
	  "4,71,1,-;Internal error: Oops: 0000000096000005 [#1] SMP\n"
	  "4,72,1,-;pc : copy_hugetlb_page_range+0x2d8/0x6c0\n"
	  "4,73,1,-;lr : copy_page_range+0x6a0/0xa54\n",
	  "oops: Unable to handle kernel paging request at virtual address 0000aaaac8a in "
	  "copy_hugetlb_page_range; oops: Internal error: Oops: 0000000096000005 [#1] SMP in "
	  "copy_hugetlb_page_range; " },
	{ "list_add",
	  "3,70,1,-;list_add corruption. next->prev should be prev (ffff88810a2b3c48), but "
	  "was dead000000000122. (next=ffffea0004a10008).\n"
	  "2,71,1,-;kernel BUG at lib/list_debug.c:29!\n"
	  "4,72,1,-;RIP: 0010:__list_add_valid_or_report+0x78/0xa0\n",
	  "list: list_add corruption. next->prev should be prev (ffff88810a2b3c48), but was "
	  "dead000000000122. (next=ffffea0004a10008).; bug: kernel BUG at "
	  "lib/list_debug.c:29! in __list_add_valid_or_report; " },
	{ "bad_page",
	  "1,70,1,-;BUG: Bad page state in process cow  pfn:10a3c7\n"
	  "1,71,1,-;page: refcount:0 mapcount:1 mapping:0000000000000000 index:0x0\n"
	  "4,72,1,-; bad_page+0x71/0xf0\n" USER,
	  "page: BUG: Bad page state in process cow  pfn:10a3c7; " },
	{ "soft_lockup",
	  "0,70,1,-;watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [shared_move:412]\n"
	  "4,71,1,-;RIP: 0010:native_queued_spin_lock_slowpath+0x6a/0x2d0\n",
	  "slow machine: watchdog: BUG: soft lockup - CPU#1 stuck for 26s! "
	  "[shared_move:412]; " },
	{ "hung_task",
	  "3,70,1,-;INFO: task shared_move:412 blocked for more than 120 seconds.\n"
	  "3,71,1,-;      Not tainted 6.18.1 #1\n" USER,
	  "hung task: INFO: task shared_move:412 blocked for more than 120 seconds.; " },
	{ "rcu_stall",
	  "3,70,1,-;rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
	  "3,71,1,-;rcu: \t1-...0: (1 GPs behind) idle=3d7c/1/0x4000000000000000\n"
	  "4,72,1,-;RIP: 0010:hugetlb_vma_lock_write+0x1c/0x60\n",
	  "slow machine: rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:; " },
	{ "kasan",
	  "3,69,1,-;=================================================================\n"
	  "3,70,1,-;BUG: KASAN: slab-use-after-free in hugetlb_vma_lock_release+0x41/0x90\n"
	  "3,71,1,-;Read of size 8 at addr ffff88810c5d2e40 by task fork_move/233\n" USER,
	  "kasan: BUG: KASAN: slab-use-after-free in hugetlb_vma_lock_release+0x41/0x90; " },
	{ "kfence", "3,70,1,-;BUG: KFENCE: use-after-free read in region_del+0x1f/0x310\n",
	  "kasan: BUG: KFENCE: use-after-free read in region_del+0x1f/0x310; " },
	{ "ubsan",
	  "3,70,1,-;UBSAN: shift-out-of-bounds in mm/hugetlb.c:4711:23\n"
	  "3,71,1,-;shift exponent 64 is too large for 64-bit type 'unsigned long'\n",
	  "ubsan: UBSAN: shift-out-of-bounds in mm/hugetlb.c:4711:23; " },
	{ "lockdep",
	  "4,70,1,-;======================================================\n"
	  "4,71,1,-;WARNING: possible circular locking dependency detected\n"
	  "4,72,1,-;6.18.1 #1 Not tainted\n" USER,
	  "lockdep: WARNING: possible circular locking dependency detected; " },
	{ "two_oopses",
	  "1,70,1,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "4,71,1,-;RIP: 0010:first_one+0x8c/0x2a0\n"
	  "4,72,1,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "4,73,1,-;RIP: 0010:second_one+0x8c/0x2a0\n",
	  "oops: BUG: kernel NULL pointer dereference, address: 0000000000000000 in "
	  "first_one; oops: BUG: kernel NULL pointer dereference, address: "
	  "0000000000000000 in second_one; " },
	{ "no_function",
	  "1,70,1,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "4,71,1,-;RIP: 0010:0x0\n" USER,
	  "oops: BUG: kernel NULL pointer dereference, address: 0000000000000000; " },
};

static void on_hit(const struct klog_hit *hit, const char *allowed, void *arg)
{
	char *found = arg;

	(void)allowed;
	sprintf(found + strlen(found), "%s: %s; ", klog_kind_name(hit->kind), hit->title);
}

static void on_print(const struct klog_hit *hit, const char *allowed, void *arg)
{
	(void)allowed;
	strcpy(arg, hit->fingerprint);
}

static const char *scan(const char *path, const char *text, klog_cb *cb)
{
	static char found[4][4096];
	static int next;
	char *to = found[next++ % 4];
	FILE *f = fopen(path, "we");

	*to = '\0';
	if (!f || fputs(text, f) < 0 || fclose(f) ||
	    klog_scan_file(path, "area.program", NULL, cb, to) < 0)
		exit(1);
	return to;
}

static void check_titles(struct unit *u, const char *path)
{
	for (size_t i = 0; i < COUNT(reports); i++) {
		const char *found = scan(path, reports[i].text, on_hit);

		if (!unit_ok(u, !strcmp(found, reports[i].titles), reports[i].name))
			printf("# expected %s\n# found    %s\n", reports[i].titles, found);
	}
}

#define FAULT(address, rip)                                                       \
	"1,7,1,-;BUG: unable to handle page fault for address: " address "\n4,8," \
	"1,-;RIP: 0010:" rip "\n"

static void check_fingerprints(struct unit *u, const char *path)
{
	const char *a =
		scan(path, FAULT("ffffea0004f28034", "move_huge_pte+0x8c/0x2a0"), on_print);
	const char *b =
		scan(path, FAULT("ffffea0001102040", "move_huge_pte+0x91/0x2b0"), on_print);
	const char *c =
		scan(path, FAULT("ffffea0004f28034", "zap_huge_pmd+0x8c/0x2a0"), on_print);

	unit_ok(u, !strcmp(a, b), "same_function_elsewhere");
	unit_ok(u, strcmp(a, c) != 0, "other_function");
}

int main(void)
{
	char path[] = "/tmp/mmguard-oops.XXXXXX";
	struct unit u = { 0 };
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	unit_begin();
	check_titles(&u, path);
	check_fingerprints(&u, path);
	unlink(path);
	return unit_end(&u);
}
