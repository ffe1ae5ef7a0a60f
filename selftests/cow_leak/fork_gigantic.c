// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after a fork the child reads zeroes where the parent's
 * data was, now and then, or dies of SIGBUS.
 *
 * Mechanism: fork() copies the page table entries of huge pages one by one and
 * leaves out what lies in a page table that the child shares already. For a
 * page as large as a PUD entry the question is asked of a table that is no PMD
 * table; its count of users is a field that means something else there, and a
 * stale value in it says "shared".
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: the child sees the parent's data in each of many forks, with page
 * tables made of pages that a slab has just used and freed. Does not prove: anything
 * about copying the page (gigantic_cow).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>

#include "child.h"
#include "gigantic.h"
#include "hugepage.h"
#include "tasks.h"

#define SIZE	  GIGANTIC
#define FORKS	  400
#define FORKS_MIN 10   /* fewer show nothing */
#define LOCKS	  2000 /* objects of a slab, used and freed between two forks */

MM_PROGRAM(cow_leak, fork_gigantic, "a fork gives the child every 1 GiB page");
MM_NEEDS("root: yes\ngigantic: 1\nseconds: 120\nbudget: 6\nharm: none\nprofile: full\n");
MM_NO_KINDS

static long check_page(void *arg)
{
	return gigantic_check("child after the fork", arg, 1);
}

/*
 * Pages of a slab, used and freed: the child's page tables are made of them next. The list of
 * free objects that is left in their page structs is what a stale count is read from.
 */
static void recycle_slabs(void)
{
	int fd = memfd_create("mmguard", MFD_CLOEXEC);

	if (fd < 0)
		mm_broken("memfd_create: %m");
	/* Downwards: each is the first of the list. */
	for (off_t i = LOCKS; i > 0; i--) {
		struct flock one = {
			.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * i, .l_len = 1
		};

		if (fcntl(fd, F_SETLK, &one))
			mm_broken("lock %ld of a file: %m", (long)i);
	}
	close(fd);
}

/* Freed pages wait on the CPU that freed them. */
static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		mm_broken("sched_setaffinity: %m");
}

MM_SCENARIO_SECONDS(child_sees_parents_data, 60)
{
	struct hugepage_pool base = hugepage_pool_read(SIZE, -1);
	struct hugepage_pool used = { .free = -1 };
	double end = seconds_now() + mm_budget();
	bool good = true;
	int forks = 0;
	char *p;

	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(SIZE), -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of a 1 GiB page: %m");
	gigantic_fill("parent", p, 1);
	stay_here();
	if (!hugepage_pool_expect("after the first touch", SIZE, base, used))
		return;
	while (good && forks < FORKS && seconds_now() < end) {
		struct child child;

		recycle_slabs();
		child = child_fork();
		forks++;
		good = child_call(&child, check_page, p) == true;
		child_end(&child);
	}
	mm_note("%d forks", forks);
	mm_expect(good, "1 GiB page: the child of a fork did not see the parent's data");
	if (good && forks < FORKS_MIN)
		mm_skip("needs time for %d forks, found time for %d; run on a faster machine",
			FORKS_MIN, forks);
	hugepage_pool_expect("after the forks", SIZE, base, used);
	munmap(p, SIZE);
	hugepage_pool_expect("after munmap", SIZE, base, (struct hugepage_pool){ 0 });
}

MM_MAIN
