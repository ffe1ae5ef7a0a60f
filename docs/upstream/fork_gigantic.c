// SPDX-License-Identifier: GPL-2.0-only
/* fork of a private 1 GiB page: the child has no entry for it and reads zeroes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS	 10
#define HUGE_1GB (30 << 26) /* MAP_HUGE_1GB */
#define LOCKS	 2000

/*
 * Pages of a slab cache that were just freed are what the child's page tables are made of.
 * Their struct page still holds the slab's list of free objects where a page table has its
 * count.
 */
static void recycle_slabs(void)
{
	int fd = memfd_create("locks", 0);

	/* Downwards: each is the first of the list. */
	for (off_t i = LOCKS; i > 0; i--) {
		struct flock one = {
			.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * i, .l_len = 1
		};

		fcntl(fd, F_SETLK, &one);
	}
	close(fd);
}

int main(void)
{
	char *map = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_1GB, -1, 0);
	cpu_set_t here = { 0 };
	int lost = 0;

	printf("KTAP version 1\n1..1\n");
	if (map == MAP_FAILED) {
		printf("ok 1 fork_gigantic # SKIP no free 1 GiB page\n");
		return 4;
	}
	map[0] = 1;
	CPU_SET(sched_getcpu(), &here); /* freed pages wait on the CPU that freed them */
	sched_setaffinity(0, sizeof(here), &here);
	for (int i = 0; i < FORKS; i++) {
		int status;

		recycle_slabs();
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
