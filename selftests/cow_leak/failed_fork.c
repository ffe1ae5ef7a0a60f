// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: fork() fails for want of memory, and the parent has lost
 * data, is killed by its next write, or copies every page that nobody shares.
 *
 * Mechanism: fork() copies VMAs and page tables one after the other and makes
 * pages shared as it goes. When an allocation fails, what was copied is undone;
 * the parent goes on with pages whose exclusive marker and whose entry's write bit
 * are gone, and has to get them back at the next write.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whichever allocation of the call fails, it is either done without, and
 * the child sees what the parent wrote, or the call says so, and the parent reads
 * and writes as before. Does not prove: that nothing of the kernel's own leaks.
 */
#include "mmtest.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "failnth.h"
#include "hugepage.h"
#include "memory.h"
#include "view.h"

#define OLD 1 /* seeds: before all, */
#define NEW 2 /* and written between two forks */

MM_PROGRAM(cow_leak, failed_fork, "a fork that lacks memory for itself takes nothing");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MM_KIND(base)
{ .memory = MEMORY_BASE };
MM_KIND(thp)
{ .memory = MEMORY_THP };
MM_KIND(thp_pte)
{ .memory = MEMORY_THP_PTE };
MM_KIND(swapped)
{ .memory = MEMORY_SWAPPED };
MM_KIND(hugetlb)
{ .memory = MEMORY_HUGETLB };
MM_KIND(hugetlb_many)
{ .memory = MEMORY_HUGETLB_MANY };

FIXTURE_SETUP(test)
{
	failnth_need();
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

/* fork() without what the C library does around it; the child's own allocations do not fail. */
static pid_t fork_failing(int n, bool *hit)
{
	pid_t pid;

	failnth_arm(n);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid)
		*hit = failnth_hit();
	return pid;
}

/* The child was made, though an allocation failed: it must be whole. */
static void expect_whole(pid_t pid, int n)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		mm_broken("waitpid: %m");
	mm_expect(WIFEXITED(status) && !WEXITSTATUS(status),
		  "child of a fork of which allocation %d failed: %s", n,
		  WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "does not see the data");
}

MM_SCENARIO_SECONDS(parent_goes_on, 40)
{
	struct memory *m = &self->memory;
	struct hugepage_pool base = { 0 };
	bool huge = variant->memory >= MEMORY_HUGETLB, hit = false;
	unsigned char seed = OLD;
	int refused = 0;

	if (huge)
		base = hugepage_pool_read(hugepage_default_size(), -1);
	for (int n = 1; failnth_more(n); n++) {
		pid_t pid = fork_failing(n, &hit);

		if (!pid)
			_exit(!view_check("child of a fork that did without", m, seed));
		if (pid > 0) {
			expect_whole(pid, n);
		} else if (!mm_expect(errno == ENOMEM || errno == EAGAIN,
				      "fork: expected ENOMEM or EAGAIN, found %m")) {
			return;
		}
		refused += pid < 0;
		if (!view_check("parent after a fork that failed", m, seed))
			return;
		seed = seed == OLD ? NEW : OLD;
		if (!view_write("parent after a fork that failed", m, seed))
			return;
		if (huge &&
		    !hugepage_pool_expect("after a fork that failed", hugepage_default_size(),
					  base, (struct hugepage_pool){ 0 }))
			return;
	}
	mm_note("%d forks were refused", refused);
	mm_expect(refused, "fork: no allocation was missed, the injection does not work");
}

MM_MAIN
