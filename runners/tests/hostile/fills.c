/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes memory without end, in its second case of three. So that the machine does not
 * starve, it does so in a memory cgroup, or else below a limit of its address space.
 * "make" as argument makes the cgroup (exit status 0: it is there), "drop" removes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT "67108864"
#define STEP  (1UL << 20)

/* Version 1 and version 2, as they are mounted. */
static const char *const groups[] = { "/sys/fs/cgroup/memory/mmguard-fills",
				      "/sys/fs/cgroup/unified/mmguard-fills",
				      "/sys/fs/cgroup/mmguard-fills" };
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int put(const char *dir, const char *file, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "r+");
	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static int make(void)
{
	for (size_t i = 0; i < GROUPS; i++) {
		if (mkdir(groups[i], 0700) && errno != EEXIST)
			continue;
		/* Not out to swap: that would only move the end. */
		put(groups[i], "memory.swappiness", "0");
		put(groups[i], "memory.swap.max", "0");
		if (!put(groups[i], "memory.limit_in_bytes", LIMIT) ||
		    !put(groups[i], "memory.max", LIMIT))
			return 0;
		rmdir(groups[i]);
	}
	return 1;
}

static int drop(void)
{
	for (size_t i = 0; i < GROUPS; i++)
		for (int n = 0; rmdir(groups[i]) && errno == EBUSY && n < 100; n++)
			usleep(20000);
	return 0;
}

static void limit(void)
{
	struct rlimit most = { 256 << 20, 256 << 20 };
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (size_t i = 0; i < GROUPS; i++)
		if (!put(groups[i], "cgroup.procs", pid))
			return;
	if (setrlimit(RLIMIT_AS, &most))
		_exit(1);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "make"))
		return make();
	if (argc > 1 && !strcmp(argv[1], "drop"))
		return drop();
	puts("KTAP version 1\n1..3\n# case a\nok 1 a\n# case b");
	fflush(stdout);
	limit();
	for (;;) {
		char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			abort();
		memset(p, 1, STEP);
	}
}
