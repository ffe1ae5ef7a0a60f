/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of machine state. Every file is opened once and read again with
 * pread(), so that a snapshot costs some hundred microseconds.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "mmrun.h"
#include "state.h"

#define MARGIN_KB 65536L

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

struct state *state_open(bool alone)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->given = mmap(NULL, SNAPSHOT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	if (st->given == MAP_FAILED) {
		free(st);
		return NULL;
	}
	st->alone = alone;
	add_settings(st);
	add_pools(st);
	add_blocks(st);
	sets_open(st);
	st->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	return st;
}

void state_free(struct state *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->n; i++) {
		close(st->items[i].fd);
		free(st->items[i].key);
		free(st->items[i].path);
	}
	for (size_t i = 0; st->blocks && i < st->nblocks; i++)
		if (st->blocks[i] >= 0)
			close(st->blocks[i]);
	sets_close(st);
	if (st->meminfo >= 0)
		close(st->meminfo);
	munmap(st->given, SNAPSHOT_MAX);
	free(st->blocks);
	free(st->items);
	free(st);
}

bool state_read(struct state *st, int fd)
{
	size_t used = 0;
	ssize_t n = 0;

	while (fd >= 0 && used + 1 < sizeof(st->raw) &&
	       (n = pread(fd, st->raw + used, sizeof(st->raw) - 1 - used, (off_t)used)) > 0)
		used += (size_t)n;
	st->raw[used] = '\0';
	return !n;
}

static void take_blocks(struct state *st)
{
	char name[24], state[16];

	for (size_t i = 0; i < st->nblocks; i++) {
		ssize_t n = st->blocks[i] < 0 ? 6 : pread(st->blocks[i], state, 7, 0);

		if (st->blocks[i] < 0 || (n >= 6 && !memcmp(state, "online", 6)))
			continue;
		snprintf(name, sizeof(name), "%zu", i);
		lines_add(&st->lines, "memory.block.", name, n > 0 ? "offline" : "gone");
	}
	if (st->movable[0])
		lines_add(&st->lines, "memory.", "movable", st->movable);
}

static long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

static void add_kb(struct state *st, const char *name, long kb)
{
	char value[32];

	snprintf(value, sizeof(value), "%ld kB", kb);
	lines_add(&st->lines, "memory.", name, value);
}

static void take_memory(struct state *st)
{
	long margin;

	if (!state_read(st, st->meminfo))
		return;
	/* Where others work, what they take and give back must not be seen as ours. */
	margin = field(st->raw, "MemTotal:") / (st->alone ? 32 : 4);
	add_kb(st, "margin", margin > MARGIN_KB ? margin : MARGIN_KB);
	add_kb(st, "held", field(st->raw, "\nAnonPages:") + field(st->raw, "\nShmem:"));
	add_kb(st, "MemAvailable", field(st->raw, "\nMemAvailable:"));
	add_kb(st, "Committed_AS", field(st->raw, "\nCommitted_AS:"));
}

void lines_add(struct lines *l, const char *prefix, const char *name, const char *value)
{
	size_t room = sizeof(l->room) - l->used, at;
	char *line = l->room + l->used;

	if (l->n == sizeof(l->at) / sizeof(l->at[0]) ||
	    room < strlen(prefix) + 4 * strlen(name) + strlen(value) + 3)
		return;
	at = (size_t)sprintf(line, "%s", prefix);
	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p == 0x7f)
			at += (size_t)sprintf(line + at, "\\%03o", (unsigned char)*p);
		else
			line[at++] = *p;
	}
	at += (size_t)sprintf(line + at, " %s", value);
	l->at[l->n++] = line;
	l->used += at + 1;
}

/* Most lines come in order already. */
static void sort(struct lines *l)
{
	for (size_t i = 1; i < l->n; i++) {
		const char *line = l->at[i];
		size_t k = i;

		for (; k && strcmp(l->at[k - 1], line) > 0; k--)
			l->at[k] = l->at[k - 1];
		l->at[k] = line;
	}
}

static void take_items(struct state *st)
{
	for (size_t i = 0; i < st->n; i++) {
		const struct item *it = &st->items[i];
		char raw[1024], value[1024];
		ssize_t n = pread(it->fd, raw, sizeof(raw) - 1, 0);

		raw[n > 0 ? n : 0] = '\0';
		it->value(raw, value, sizeof(value));
		lines_add(&st->lines, "", it->key, value[0] ? value : "-");
	}
}

void state_take(struct state *st, char *text, bool first, const char *tasks)
{
	size_t used = 0;

	if (first)
		st->since = time(NULL);
	st->lines.n = st->lines.used = 0;
	take_items(st);
	take_blocks(st);
	take_memory(st);
	sets_take(st, first);
	lines_add(&st->lines, "", "tasks", tasks);
	sort(&st->lines);
	for (size_t i = 0; i < st->lines.n; i++) {
		size_t len = strlen(st->lines.at[i]);

		if (used + len + 2 > SNAPSHOT_MAX)
			break;
		memcpy(text + used, st->lines.at[i], len);
		text[used + len] = '\n';
		used += len + 1;
	}
	text[used] = '\0';
}
