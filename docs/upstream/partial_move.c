// SPDX-License-Identifier: GPL-2.0-only
/* mremap of one half of a private HugeTLB mapping: what stays loses its reservation. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE (2ul << 20)

static long field(const char *name)
{
	char line[128];
	long value = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), "%ld", &value);
	fclose(f);
	return value;
}

static void set_pool(long pages)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "w");

	fprintf(f, "%ld", pages);
	fclose(f);
}

/* The pool has exactly the pages of the mapping, and the mapping has reserved them. */
static void move_and_touch(void)
{
	char *map = mmap(NULL, 4 * HUGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	char *to = mmap(NULL, 4 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	to = (char *)(((unsigned long)to + HUGE - 1) & -HUGE);
	if (mremap(map, 2 * HUGE, 2 * HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		_exit(4);
	to[0] = to[HUGE] = 1;
	map[2 * HUGE] = map[3 * HUGE] = 1; /* SIGBUS with the bug */
	_exit(0);
}

int main(void)
{
	long pages = field("HugePages_Total:"), reserved = field("HugePages_Rsvd:"), left;
	int status, bad;

	set_pool(pages + 4 - field("HugePages_Free:") + reserved);
	if (!fork())
		move_and_touch();
	wait(&status);
	left = field("HugePages_Rsvd:") - reserved;
	set_pool(pages);
	bad = WIFSIGNALED(status) || left;
	printf("KTAP version 1\n1..1\n");
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		printf("ok 1 partial_move # SKIP this kernel does not move HugeTLB mappings\n");
		return 4;
	}
	printf("# the two pages that stay: %s; pages reserved by nobody: %ld\n",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "usable", left);
	printf("%s 1 partial_move\n", bad ? "not ok" : "ok");
	return bad;
}
