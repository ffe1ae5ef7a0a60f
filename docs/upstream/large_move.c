// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap of 4 GiB of private HugeTLB memory with one page in use: ENOMEM, and the page's data
 * are gone. Needs one free huge page, no other memory.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#define LEN (4ul << 30)

int main(void)
{
	char *p = mmap(NULL, LEN, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	char *hole =
		mmap(NULL, LEN + (2ul << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *to = (char *)(((unsigned long)hole + (2ul << 20) - 1) & -(2ul << 20));

	if (p == MAP_FAILED || hole == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	p[0] = 42;
	if (mremap(p, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to) {
		printf("moved, the data are %s\n", to[0] == 42 ? "there" : "gone");
		return to[0] != 42;
	}
	perror("mremap");
	printf("not moved, the data are %s\n", p[0] == 42 ? "there" : "gone");
	return 1;
}
