/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine state that tests must give back. Every file is opened once and read
 * again with pread(), so that a snapshot costs some ten microseconds.
 *
 * Counters that move by themselves are not in it. In the taint mask the bits of
 * warnings, oopses and lockups are left out: the kernel log tells of those.
 */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mmrun.h"

#define BLOCKS_MAX   512
#define TAINT_MASKED ((1UL << 7) | (1UL << 9) | (1UL << 14))

struct item {
	char *key;
	int fd; /* -1: no file of its own */
	/* Puts the value for the text read from the file into @out. */
	void (*value)(struct state *st, const char *text, char *out, size_t len);
};

struct state {
	struct item *items;
	size_t n;
	int *blocks; /* fds of memory block states */
	size_t nblocks;
	int tasks;
};

/* "always [madvise] never" is "madvise"; newlines become blanks. */
static void plain(struct state *st, const char *text, char *out, size_t len)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t n;

	(void)st;
	if (close)
		snprintf(out, len, "%.*s", (int)(close - open - 1), open + 1);
	else
		snprintf(out, len, "%s", text);
	n = strlen(out);
	while (n && out[n - 1] == '\n')
		out[--n] = '\0';
	for (char *p = out; (p = strchr(p, '\n'));)
		*p = ' ';
}

static void taint(struct state *st, const char *text, char *out, size_t len)
{
	(void)st;
	snprintf(out, len, "%lu", strtoul(text, NULL, 10) & ~TAINT_MASKED);
}

/* Name, size and priority of each swap device; how full they are moves. */
static void swaps(struct state *st, const char *text, char *out, size_t len)
{
	char name[128], size[32], prio[32];
	size_t used = 0;

	(void)st;
	out[0] = '\0';
	while ((text = strchr(text, '\n')) && *++text && used < len)
		if (sscanf(text, "%127s %*s %31s %*s %31s", name, size, prio) == 3)
			used += (size_t)snprintf(out + used, len - used, "%s%s:%s:%s",
						 used ? "," : "", name, size, prio);
}

static size_t count_text(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void hugetlbfs(struct state *st, const char *text, char *out, size_t len)
{
	(void)st;
	snprintf(out, len, "%zu", count_text(text, " hugetlbfs "));
}

static void tmpfs(struct state *st, const char *text, char *out, size_t len)
{
	(void)st;
	snprintf(out, len, "%zu", count_text(text, " tmpfs "));
}

static void cgroups(struct state *st, const char *text, char *out, size_t len)
{
	const char *p = strstr(text, "nr_descendants ");

	(void)st;
	snprintf(out, len, "%d", p ? atoi(p + 15) : 0);
}

static void tasks(struct state *st, const char *text, char *out, size_t len)
{
	(void)text;
	snprintf(out, len, "%d", st->tasks);
}

static void zram(struct state *st, const char *text, char *out, size_t len)
{
	DIR *d = opendir("/sys/block");
	struct dirent *e;
	int n = 0;

	(void)st;
	(void)text;
	while (d && (e = readdir(d)))
		n += !strncmp(e->d_name, "zram", 4);
	if (d)
		closedir(d);
	snprintf(out, len, "%d", n);
}

static void nr_blocks(struct state *st, const char *text, char *out, size_t len)
{
	struct stat sb;

	(void)st;
	(void)text;
	if (stat("/sys/devices/system/memory", &sb))
		sb.st_nlink = 0;
	snprintf(out, len, "%lu", (unsigned long)sb.st_nlink);
}

static void offline_blocks(struct state *st, const char *text, char *out, size_t len)
{
	size_t used = 0;
	char state[16];

	(void)text;
	out[0] = '\0';
	for (size_t i = 0; i < st->nblocks && used + 16 < len; i++) {
		ssize_t n = pread(st->blocks[i], state, sizeof(state) - 1, 0);

		if (n < 6 || memcmp(state, "online", 6))
			used += (size_t)snprintf(out + used, len - used, "%s%zu",
						 used ? "," : "", i);
	}
}

static void add(struct state *st, const char *key, const char *path,
		void (*value)(struct state *, const char *, char *, size_t))
{
	struct item *more;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (path && fd < 0)
		return;
	more = reallocarray(st->items, st->n + 1, sizeof(*more));
	if (more)
		st->items = more;
	if (more && (more[st->n].key = strdup(key))) {
		more[st->n].fd = fd;
		more[st->n++].value = value;
	} else if (fd >= 0) {
		close(fd);
	}
}

/* Adds the files of a glob; the key is the path behind @strip bytes. */
static void add_glob(struct state *st, const char *pattern, const char *prefix, size_t strip)
{
	glob_t g;

	if (glob(pattern, GLOB_BRACE | GLOB_NOSORT, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char key[256];

		snprintf(key, sizeof(key), "%s%.200s", prefix, g.gl_pathv[i] + strip);
		for (char *p = key; (p = strchr(p, '/'));)
			*p = '.';
		add(st, key, g.gl_pathv[i], plain);
	}
	globfree(&g);
}

static void add_blocks(struct state *st)
{
	glob_t g;

	add(st, "memory.blocks", NULL, nr_blocks);
	if (glob("/sys/devices/system/memory/memory*/state", 0, NULL, &g))
		return;
	st->blocks = g.gl_pathc <= BLOCKS_MAX ? calloc(g.gl_pathc, sizeof(int)) : NULL;
	for (size_t i = 0; st->blocks && i < g.gl_pathc; i++)
		st->blocks[st->nblocks++] = open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC);
	globfree(&g);
	if (st->blocks)
		add(st, "memory.offline", NULL, offline_blocks);
}

static void raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= 2048)
		return;
	r.rlim_cur = r.rlim_max < 2048 ? r.rlim_max : 2048;
	setrlimit(RLIMIT_NOFILE, &r);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->key, ((const struct item *)b)->key);
}

static void add_settings(struct state *st)
{
	static const char sysctl[] = "/proc/sys/vm/{overcommit_memory,overcommit_ratio,"
				     "overcommit_kbytes,swappiness,hugetlb_optimize_vmemmap,"
				     "unprivileged_userfaultfd,max_map_count,"
				     "compact_unevictable_allowed,memory_failure_recovery}";
	static const char pools[] = "hugepages/hugepages-*/{nr_hugepages,free_hugepages,"
				    "resv_hugepages,surplus_hugepages,nr_overcommit_hugepages}";
	static const char thp[] =
		"/sys/kernel/mm/transparent_hugepage/{enabled,defrag,"
		"shmem_enabled,use_zero_page,split_underused_thp,"
		"hugepages-*/enabled,hugepages-*/shmem_enabled,"
		"khugepaged/{defrag,max_ptes_none,max_ptes_swap,max_ptes_shared,"
		"pages_to_scan,scan_sleep_millisecs,alloc_sleep_millisecs}}";
	static const char ksm[] = "/sys/kernel/mm/ksm/{run,pages_to_scan,sleep_millisecs,"
				  "merge_across_nodes,use_zero_pages,max_page_sharing}";
	char path[512];

	snprintf(path, sizeof(path), "/sys/kernel/mm/%s", pools);
	add_glob(st, path, "", strlen("/sys/kernel/mm/"));
	snprintf(path, sizeof(path), "/sys/devices/system/node/node*/%s", pools);
	add_glob(st, path, "", strlen("/sys/devices/system/node/"));
	add_glob(st, thp, "thp.", strlen("/sys/kernel/mm/transparent_hugepage/"));
	add_glob(st, ksm, "ksm.", strlen("/sys/kernel/mm/ksm/"));
	add_glob(st, sysctl, "vm.", strlen("/proc/sys/vm/"));
	add(st, "kernel.numa_balancing", "/proc/sys/kernel/numa_balancing", plain);
	add(st, "kernel.io_uring_disabled", "/proc/sys/kernel/io_uring_disabled", plain);
	add(st, "kernel.tainted", "/proc/sys/kernel/tainted", taint);
}

struct state *state_open(bool alone)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	raise_file_limit();
	add_settings(st);
	add_blocks(st);
	add(st, "swaps", "/proc/swaps", swaps);
	add(st, "mounts.hugetlbfs", "/proc/self/mounts", hugetlbfs);
	add(st, "tasks", NULL, tasks);
	add(st, "zram", NULL, zram);
	/* Elsewhere a service manager makes and drops cgroups and tmpfs mounts all the time. */
	if (alone) {
		add(st, "cgroups", "/sys/fs/cgroup/cgroup.stat", cgroups);
		add(st, "mounts.tmpfs", "/proc/self/mounts", tmpfs);
	}
	qsort(st->items, st->n, sizeof(*st->items), by_key);
	return st;
}

void state_free(struct state *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->n; i++) {
		if (st->items[i].fd >= 0)
			close(st->items[i].fd);
		free(st->items[i].key);
	}
	for (size_t i = 0; i < st->nblocks; i++)
		close(st->blocks[i]);
	free(st->blocks);
	free(st->items);
	free(st);
}

char *state_take(struct state *st, int ntasks)
{
	static const size_t room = 65536, longest = 2048;
	char *text = malloc(room);
	size_t used = 0;

	st->tasks = ntasks;
	for (size_t i = 0; text && i < st->n && used + longest < room; i++) {
		struct item *it = &st->items[i];
		char raw[8192] = "", value[1024];
		ssize_t n = it->fd >= 0 ? pread(it->fd, raw, sizeof(raw) - 1, 0) : 0;

		raw[n > 0 ? n : 0] = '\0';
		it->value(st, raw, value, sizeof(value));
		used += (size_t)snprintf(text + used, room - used, "%s %s\n", it->key,
					 value[0] ? value : "-");
	}
	if (text)
		text[used] = '\0';
	return text;
}
