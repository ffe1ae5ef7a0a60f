/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes, and leaves the machine changed in one way: its case says which. Each says
 * "SKIP" where the machine does not have what it would leave behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

static long get(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (f && fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static int add(const char *path, long more)
{
	long before = get(path);
	char text[32];

	snprintf(text, sizeof(text), "%ld", before + more);
	return before < 0 || put(path, text) || get(path) == before ? -1 : 0;
}

static int pool(void)
{
	return add("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", 1);
}

static int node_pool(void)
{
	return add("/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", 1);
}

static int overcommit(void)
{
	return add("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages", 3);
}

static int thp(void)
{
	return put("/sys/kernel/mm/transparent_hugepage/defrag", "never");
}

static int mthp(void)
{
	return put("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "madvise");
}

static int ksm(void)
{
	return add("/sys/kernel/mm/ksm/pages_to_scan", 7);
}

static int numa(void)
{
	return add("/proc/sys/kernel/numa_balancing", 1);
}

static int zswap(void)
{
	return add("/sys/module/zswap/parameters/max_pool_percent", 1);
}

/* Each of the two sets the other to 0. */
static int sysctl(void)
{
	return add("/proc/sys/vm/overcommit_kbytes", 24 << 20);
}

static int hugetlbfs(void)
{
	mkdir("/tmp/mmguard leak", 0700);
	return mount("none", "/tmp/mmguard leak", "hugetlbfs", 0, NULL);
}

static int sysv(void)
{
	return shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600) < 0 ? -1 : 0;
}

static int posix(void)
{
	int fd = open("/dev/shm/mmguard leak", O_RDWR | O_CREAT, 0600);

	return fd < 0 ? -1 : ftruncate(fd, 8192);
}

/* One with a child, wherever a hierarchy is mounted. */
static int cgroup(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", roots[i]);
		if (access(path, F_OK))
			continue;
		snprintf(path, sizeof(path), "%s/mmguard-leak", roots[i]);
		if (mkdir(path, 0700))
			return -1;
		strcat(path, "/child");
		return mkdir(path, 0700);
	}
	return -1;
}

/* A new zram device that is swapped to. The header is that of mkswap(8). */
static int swap(void)
{
	long n = get("/sys/class/zram-control/hot_add"), page = sysconf(_SC_PAGESIZE);
	uint32_t info[3] = { 1, (uint32_t)((4 << 20) / page - 1), 0 };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/block/zram%ld/disksize", n);
	if (n < 0 || put(path, "4194304"))
		return -1;
	snprintf(path, sizeof(path), "/dev/zram%ld", n);
	for (int i = 0; i < 400 && access(path, W_OK); i++)
		usleep(5000);
	fd = open(path, O_RDWR);
	if (fd < 0 || pwrite(fd, info, sizeof(info), 1024) != sizeof(info) ||
	    pwrite(fd, "SWAPSPACE2", 10, page - 10) != 10 || fsync(fd))
		return -1;
	close(fd);
	return swapon(path, 0);
}

static void stop(int sig)
{
	(void)sig;
}

/* The kernel tries for ever; a signal ends that. */
static int block(void)
{
	struct sigaction act = { .sa_handler = stop };
	char path[96];

	sigaction(SIGALRM, &act, NULL);
	for (int i = 1023; i >= 0; i--) {
		char text[16] = "";
		int fd;

		snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/state", i);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
		alarm(1);
		if (!strncmp(text, "online", 6) && !put(path, "offline"))
			return 0;
		alarm(0);
	}
	return -1;
}

static const struct leak {
	const char *name;
	int (*make)(void);
} leaks[] = {
	{ "pool", pool },	{ "node_pool", node_pool }, { "overcommit", overcommit },
	{ "thp", thp },		{ "mthp", mthp },	    { "ksm", ksm },
	{ "numa", numa },	{ "zswap", zswap },	    { "sysctl", sysctl },
	{ "mount", hugetlbfs }, { "sysv", sysv },	    { "posix", posix },
	{ "cgroup", cgroup },	{ "swap", swap },	    { "block", block },
};

/* Arguments as mmrun gives them: -t CASE; a case "wait" at the end never ends. */
int main(int argc, char **argv)
{
	printf("KTAP version 1\n1..%d\n", (argc - 1) / 2);
	for (int i = 2; i < argc; i += 2) {
		printf("# case %s\n", argv[i]);
		fflush(stdout);
		if (!strcmp(argv[i], "wait"))
			for (;;)
				pause();
		for (size_t k = 0; k < sizeof(leaks) / sizeof(leaks[0]); k++) {
			if (strcmp(leaks[k].name, argv[i]))
				continue;
			if (leaks[k].make())
				printf("ok %d %s # SKIP %s\n", i / 2, argv[i], strerror(errno));
			else
				printf("ok %d %s\n", i / 2, argv[i]);
		}
		fflush(stdout);
	}
	return 0;
}
