// SPDX-License-Identifier: GPL-2.0-only
/* A hugetlbfs mount with min_size= reserves more than its minimum once a page is freed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#define HUGE (2ul << 20)

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

static void set_pool(long pages)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	fprintf(f, "%ld", pages);
	fclose(f);
}

int main(void)
{
	char dir[] = "/tmp/subpool.XXXXXX", file[64];
	long before, after;
	char *p;
	int fd;

	printf("KTAP version 1\n1..1\n");
	set_pool(4);
	before = reserved();
	if (!mkdtemp(dir) || mount("none", dir, "hugetlbfs", 0, "min_size=4M")) {
		printf("ok 1 subpool_minimum # SKIP no hugetlbfs or no free huge pages\n");
		return 4;
	}
	snprintf(file, sizeof(file), "%s/f", dir);
	fd = open(file, O_RDWR | O_CREAT, 0600);
	p = mmap(NULL, 4 * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (int i = 0; i < 4; i++)
		p[i * HUGE] = 1;
	/* Three stay in use; the minimum is two. */
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3 * HUGE, HUGE);
	after = reserved() - before;
	printf("# 3 pages in use, minimum 2, reserved beside: %ld\n", after);
	printf("%s 1 subpool_minimum\n", after ? "not ok" : "ok");
	munmap(p, 4 * HUGE);
	close(fd);
	unlink(file);
	umount(dir);
	rmdir(dir);
	set_pool(0);
	return after != 0;
}
