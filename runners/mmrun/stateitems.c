/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which files hold the state of the machine: settings, pools of huge pages, memory blocks.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mmrun.h"
#include "state.h"

/* "always [madvise] never" is "madvise"; newlines become blanks. */
static void plain(const char *text, char *out, size_t len)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t n;

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

static void cgroups(const char *text, char *out, size_t len)
{
	const char *p = strstr(text, "nr_descendants ");

	snprintf(out, len, "%d", p ? atoi(p + 15) : 0);
}

static void add(struct state *st, const char *key, const char *path, bool writable,
		void (*value)(const char *, char *, size_t))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct item *more;

	if (fd < 0)
		return;
	more = reallocarray(st->items, st->n + 1, sizeof(*more));
	if (!more) {
		close(fd);
		return;
	}
	st->items = more;
	more[st->n++] = (struct item){ .key = strdup(key),
				       .path = writable ? strdup(path) : NULL,
				       .fd = fd,
				       .value = value };
}

/* Adds the files of a glob; the key is the path behind @strip bytes. */
static void add_glob(struct state *st, const char *pattern, bool writable, const char *prefix,
		     size_t strip)
{
	glob_t g;

	if (glob(pattern, GLOB_NOSORT, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char key[256];

		snprintf(key, sizeof(key), "%s%.200s", prefix, g.gl_pathv[i] + strip);
		for (char *p = key; (p = strchr(p, '/'));)
			*p = '.';
		add(st, key, g.gl_pathv[i], writable, plain);
	}
	globfree(&g);
}

static void add_pools(struct state *st)
{
	static const struct {
		const char *name;
		bool writable;
	} files[] = { { "nr_hugepages", true },
		      { "nr_overcommit_hugepages", true },
		      { "free_hugepages", false },
		      { "resv_hugepages", false },
		      { "surplus_hugepages", false } };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-*/%s",
			 files[i].name);
		add_glob(st, path, files[i].writable, "", strlen("/sys/kernel/mm/"));
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node*/hugepages/hugepages-*/%s",
			 files[i].name);
		add_glob(st, path, files[i].writable, "", strlen("/sys/devices/system/node/"));
	}
}

static void add_settings(struct state *st)
{
#define THP "/sys/kernel/mm/transparent_hugepage/"
#define KSM "/sys/kernel/mm/ksm/"
	static const struct {
		const char *prefix;
		size_t strip;
		const char *pattern;
	} settings[] = {
		{ "thp.", strlen(THP), THP "enabled" },
		{ "thp.", strlen(THP), THP "defrag" },
		{ "thp.", strlen(THP), THP "shmem_enabled" },
		{ "thp.", strlen(THP), THP "use_zero_page" },
		{ "thp.", strlen(THP), THP "shrink_underused" },
		{ "thp.", strlen(THP), THP "split_underused_thp" },
		{ "thp.", strlen(THP), THP "hugepages-*/*enabled" },
		{ "thp.", strlen(THP), THP "khugepaged/defrag" },
		{ "thp.", strlen(THP), THP "khugepaged/max_ptes_*" },
		{ "thp.", strlen(THP), THP "khugepaged/pages_to_scan" },
		{ "thp.", strlen(THP), THP "khugepaged/*_sleep_millisecs" },
		{ "ksm.", strlen(KSM), KSM "run" },
		{ "ksm.", strlen(KSM), KSM "pages_to_scan" },
		{ "ksm.", strlen(KSM), KSM "sleep_millisecs" },
		{ "ksm.", strlen(KSM), KSM "merge_across_nodes" },
		{ "ksm.", strlen(KSM), KSM "use_zero_pages" },
		{ "ksm.", strlen(KSM), KSM "max_page_sharing" },
		{ "zswap.", 29, "/sys/module/zswap/parameters/*" },
		{ "vm.", 13, "/proc/sys/vm/overcommit_*" },
		{ "vm.", 13, "/proc/sys/vm/swappiness" },
		{ "vm.", 13, "/proc/sys/vm/hugetlb_optimize_vmemmap" },
		{ "vm.", 13, "/proc/sys/vm/unprivileged_userfaultfd" },
		{ "vm.", 13, "/proc/sys/vm/max_map_count" },
		{ "vm.", 13, "/proc/sys/vm/compact_unevictable_allowed" },
		{ "vm.", 13, "/proc/sys/vm/memory_failure_*" },
		{ "kernel.", 17, "/proc/sys/kernel/numa_balancing" },
		{ "kernel.", 17, "/proc/sys/kernel/io_uring_disabled" },
		{ "kernel.", 17, "/proc/sys/kernel/shm???" },
		{ "kernel.", 17, "/proc/sys/kernel/shm_rmid_forced" },
	};
#undef THP
#undef KSM
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		add_glob(st, settings[i].pattern, true, settings[i].prefix, settings[i].strip);
	add(st, "kernel.tainted", "/proc/sys/kernel/tainted", false, plain);
	/* Elsewhere a service manager makes and drops cgroups all the time. */
	if (st->alone)
		add(st, "cgroups", "/sys/fs/cgroup/cgroup.stat", false, cgroups);
}

static void note_movable(struct state *st, int block)
{
	size_t used = strlen(st->movable);
	char path[96], text[64];

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/valid_zones", block);
	if (read_file(path, text, sizeof(text)) > 0 && !strncmp(text, "Movable", 7))
		snprintf(st->movable + used, sizeof(st->movable) - used, ",%d,", block);
}

/* By their numbers; on a machine with more of them they are not watched. */
static void add_blocks(struct state *st)
{
	struct dents d;
	const char *name;

	st->blocks = malloc(BLOCKS_MAX * sizeof(int));
	for (size_t i = 0; st->blocks && i < BLOCKS_MAX; i++)
		st->blocks[i] = -1;
	if (!st->blocks || dents_open(&d, -1, "/sys/devices/system/memory"))
		return;
	while ((name = dents_next(&d))) {
		char path[300];
		int nr = strncmp(name, "memory", 6) ? -1 : atoi(name + 6);

		if (nr < 0 || nr >= BLOCKS_MAX || !name[6])
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/memory/%.255s/state", name);
		st->blocks[nr] = open(path, O_RDONLY | O_CLOEXEC);
		if ((size_t)nr >= st->nblocks)
			st->nblocks = (size_t)nr + 1;
		note_movable(st, nr);
	}
	dents_close(&d);
}

void state_items_open(struct state *st)
{
	add_settings(st);
	add_pools(st);
	add_blocks(st);
}
