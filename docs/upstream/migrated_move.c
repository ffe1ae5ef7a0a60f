// SPDX-License-Identifier: GPL-2.0-only
/*
 * mremap of a private HugeTLB mapping while its page migrates: the page is left behind and
 * lost. Needs two nodes with memory and two CPUs; tries for 100 s.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HUGE	(2ul << 20)
#define SECONDS 100

static char *places[2];
static volatile int over;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("# %s: %m\n", path);
	close(fd);
}

/* From node to node, wherever the page is. */
static void *migrate(void *arg)
{
	for (int node = 0; !over; node = !node)
		for (int i = 0; i < 2; i++) {
			void *page = places[i];
			int status;

			syscall(SYS_move_pages, 0, 1ul, &page, &node, &status,
				4 /* MOVE_ALL */);
		}
	return arg;
}

int main(void)
{
	unsigned long moves = 0;
	time_t end = time(NULL) + SECONDS;
	pthread_t thread;
	int at = 0, bad = 0;
	char *hole;

	printf("KTAP version 1\n1..1\n");
	if (access("/sys/devices/system/node/node1", F_OK)) {
		printf("ok 1 migrated_move # SKIP one node\n");
		return 4;
	}
	put("/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", "2");
	put("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "2");
	hole = mmap(NULL, 8 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hole = (char *)(((unsigned long)hole + HUGE - 1) & -HUGE);
	places[0] = mmap(hole, HUGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0);
	places[1] = hole + 4 * HUGE;
	if (places[0] == MAP_FAILED) {
		printf("ok 1 migrated_move # SKIP no huge page\n");
		return 4;
	}
	strcpy(places[0], "data");
	pthread_create(&thread, NULL, migrate, NULL);
	for (; !bad && time(NULL) < end; moves++, at = !at) {
		if (mremap(places[at], HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   places[!at]) == MAP_FAILED) {
			printf("# mremap: %m\n");
			break;
		}
		bad = strcmp(places[!at], "data") != 0;
	}
	over = 1;
	pthread_join(thread, NULL);
	printf("# %lu moves, then %s\n", moves, bad ? "zeroes instead of the data" : "no more");
	printf("%s 1 migrated_move\n", bad ? "not ok" : "ok");
	return bad;
}
