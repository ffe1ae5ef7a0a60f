// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap of a shared HugeTLB mapping to where it could share a page table: waits for itself.
 * The task cannot be killed and holds i_mmap: only in a guest.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE (2ul << 20)
#define GIGA (1ul << 30)

static char *aligned(void)
{
	char *p = mmap(NULL, 2 * GIGA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (char *)(((unsigned long)p + GIGA - 1) & -GIGA);
}

/* One page is enough; the VMA has to cover a whole 1 GiB. */
static int move(void)
{
	char *from = aligned(), *to = aligned();

	mmap(from, GIGA, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE | MAP_FIXED, -1, 0);
	from[0] = 1;
	if (mremap(from, GIGA, GIGA, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return 4;
	return to[0] != 1;
}

int main(void)
{
	FILE *pool = fopen("/proc/sys/vm/nr_hugepages", "w");
	int status = -1;
	pid_t child;

	fprintf(pool, "8");
	fclose(pool);
	child = fork();
	if (!child)
		_exit(move());
	for (int i = 0; i < 100 && waitpid(child, &status, WNOHANG) != child; i++)
		usleep(100000);
	printf("KTAP version 1\n1..1\n");
	if (status == -1)
		printf("# after 10 s the child is still in mremap()\n");
	else
		printf("# the child ended, wait status 0x%x\n", status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		printf("ok 1 shared_move # SKIP this kernel does not move HugeTLB mappings\n");
	else
		printf("%s 1 shared_move\n", status ? "not ok" : "ok");
	return status != 0;
}
