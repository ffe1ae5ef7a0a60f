// SPDX-License-Identifier: GPL-2.0-only
/* fork of a private 1 GiB page: now and then the child has no entry for it and reads zeroes. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS	   200
#define HUGE_1GB   (30 << 26) /* MAP_HUGE_1GB */
#define PAGE_TABLE (2ul << 20)

/* Page tables that were just freed are what the child's are made of. */
static void recycle_page_tables(void)
{
	char *p = mmap(NULL, 64 * PAGE_TABLE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, 64 * PAGE_TABLE, MADV_NOHUGEPAGE);
	for (int i = 0; i < 64; i++)
		p[i * PAGE_TABLE] = 1;
	munmap(p, 64 * PAGE_TABLE);
}

int main(void)
{
	char *map = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_1GB, -1, 0);
	int lost = 0;

	printf("KTAP version 1\n1..1\n");
	if (map == MAP_FAILED) {
		printf("ok 1 fork_gigantic # SKIP no free 1 GiB page\n");
		return 4;
	}
	map[0] = 1;
	for (int i = 0; i < FORKS; i++) {
		int status;

		recycle_page_tables();
		fflush(stdout);
		if (!fork())
			_exit(map[0] != 1);
		wait(&status);
		lost += status != 0; /* zeroes, or SIGBUS when no second page is free */
	}
	printf("# %d of %d children did not see what their parent wrote\n", lost, FORKS);
	printf("%s 1 fork_gigantic\n", lost ? "not ok" : "ok");
	return lost != 0;
}
