// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap of a shared HugeTLB mapping to where it could share a page table: waits for itself.
 * The task cannot be killed and holds i_mmap: only in a guest.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE (2ul << 20)
#define GIGA (1ul << 30)

static char *aligned(void)
{
	char *p = mmap(NULL, 2 * GIGA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (char *)(((unsigned long)p + GIGA - 1) & -GIGA);
}

int main(void)
{
	char *from = aligned(), *to = aligned();
	FILE *pool = fopen("/proc/sys/vm/nr_hugepages", "w");
	pid_t child;

	fprintf(pool, "1");
	fclose(pool);
	printf("KTAP version 1\n1..1\n");
	fflush(stdout);
	child = fork();
	if (!child) {
		/* One page is enough; the VMA has to cover a whole 1 GiB. */
		mmap(from, GIGA, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE | MAP_FIXED, -1,
		     0);
		from[0] = 1;
		mremap(from, GIGA, GIGA, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		printf("ok 1 shared_move\n");
		return to[0] != 1;
	}
	sleep(10);
	return 0;
}
