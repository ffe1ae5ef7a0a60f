// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap of a private HugeTLB mapping that fails for want of memory: the mapping stays, its
 * reservations do not. Needs CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC and debugfs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE  (2ul << 20)
#define APART (1ul << 30) /* each target needs a page table of its own */
#define TRIES 20

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
	close(fd);
}

static long reserved(void)
{
	char line[128];
	long value = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (fgets(line, sizeof(line), f))
		sscanf(line, "HugePages_Rsvd: %ld", &value);
	fclose(f);
	return value;
}

int main(void)
{
	int nth = open("/proc/thread-self/fail-nth", O_RDWR), bad = 0;
	char *hole = mmap(NULL, (TRIES + 1) * APART, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
	     *map;
	long before;

	printf("KTAP version 1\n1..1\n");
	if (nth < 0) {
		printf("ok 1 failed_move # SKIP no fault injection\n");
		return 4;
	}
	put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	put("/proc/sys/vm/nr_hugepages", "4");
	munmap(hole, (TRIES + 1) * APART);
	hole = (char *)(((unsigned long)hole + APART - 1) & -APART);
	before = reserved();
	map = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	map[0] = 1; /* an entry that has to move */
	for (int n = 1; n < TRIES && !bad; n++) {
		char text[16], left[16] = "";
		void *got;

		snprintf(text, sizeof(text), "%d", n);
		pwrite(nth, text, strlen(text), 0);
		got = mremap(map, 2 * HUGE, 2 * HUGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			     hole + n * APART);
		pread(nth, left, sizeof(left) - 1, 0);
		pwrite(nth, "0", 1, 0);
		if (got != MAP_FAILED)
			map = got;
		bad = reserved() - before != 1;
		printf("# allocation %d%s: %s, %ld page reserved of 1\n", n,
		       *left == '0' ? " failed" : " was not reached",
		       got == MAP_FAILED ? "refused" : "moved", reserved() - before);
		if (*left != '0')
			break;
	}
	printf("%s 1 failed_move\n", bad ? "not ok" : "ok");
	return bad;
}
