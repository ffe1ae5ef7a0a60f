// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write by the owner of a private huge page, after fork and mremap, with no free page: tries
 * in the kernel until the child ends, here after two seconds. Needs a pool with one free page.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUGE (2ul << 20)

static char *aligned(void)
{
	char *p = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (char *)(((unsigned long)p + HUGE - 1) & -HUGE);
}

int main(void)
{
	char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	char *to = aligned();
	time_t start;

	if (p == MAP_FAILED) {
		perror("mmap of a huge page");
		return 1;
	}
	p[0] = 1;
	if (fork() == 0) {
		alarm(2);
		pause();
	}
	if (mremap(p, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to) {
		perror("mremap");
		return 1;
	}
	start = time(NULL);
	to[0] = 2; /* the page is to be taken from the child, at once */
	printf("the write took %ld s\n", (long)(time(NULL) - start));
	wait(NULL);
	return time(NULL) - start > 1;
}
