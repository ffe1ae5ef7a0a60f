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
 * tables made of pages that other memory has just used and freed. Does not prove: anything
 * about copying a page of 1 GiB, which takes too long.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugepage.h"
#include "pagemap.h"
#include "tasks.h"

#define SIZE	  (1UL << 30)
#define FORKS	  4000
#define FORKS_MIN 50  /* fewer show nothing */
#define PAGES	  512 /* base pages used and freed between two forks */
#define SAMPLE	  64  /* bytes looked at, at each of */
#define SAMPLES	  5   /* places */

MM_PROGRAM(cow_leak, fork_gigantic, "a fork gives the child every 1 GiB page");
MM_NEEDS("root: yes\ngigantic: 1\nseconds: 120\nbudget: 6\nharm: none\nprofile: full\n");
MM_NO_KINDS

static char *sample(char *page, int i)
{
	return page + i * ((SIZE - SAMPLE) / (SAMPLES - 1) & ~7UL);
}

static long check_samples(void *arg)
{
	for (int i = 0; i < SAMPLES; i++)
		if (!pattern_check("1 GiB page: child after the fork", sample(arg, i), SAMPLE,
				   i))
			return false;
	return true;
}

/* Data pages, used and freed: the child's page tables are made of them next. */
static void recycle_pages(size_t page)
{
	size_t len = PAGES * page;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", len);
	madvise(p, len, MADV_NOHUGEPAGE);
	for (size_t off = 0; off < len; off += page)
		p[off] = 1;
	munmap(p, len);
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
	for (int i = 0; i < SAMPLES; i++)
		pattern_fill(sample(p, i), SAMPLE, i);
	if (!hugepage_pool_expect("after the first touch", SIZE, base, used))
		return;
	while (good && forks < FORKS && seconds_now() < end) {
		struct child child;

		recycle_pages(page_size());
		child = child_fork();
		forks++;
		good = child_call(&child, check_samples, p) == true;
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
