/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of machine state. Every file is opened once (stateitems.c) and read again
 * with pread(), so that a snapshot costs some hundred microseconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "mmrun.h"
#include "state.h"

#define MARGIN_KB 65536L

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
	state_items_open(st);
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
