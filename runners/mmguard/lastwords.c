// SPDX-License-Identifier: GPL-2.0-only
/* The kernel keeps the end of its log in firmware or in memory that a reset spares (pstore). */
#include "lastwords.h"
#include "common/protocol.h"
#include "console.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of one record that are read. */
#define RECORD_MAX (1u << 20)

struct record {
	char *path;
	time_t time;
	unsigned int part; /* firmware keeps a log in parts, the last one is 1 */
};

struct records {
	struct record *v;
	size_t n;
	double since;
};

/* nftw() has no argument for its callback. */
static struct records *found;

static unsigned int part_of(const char *path)
{
	char *text = file_read(path, 200, NULL), *part = text ? strstr(text, " Part") : NULL;
	unsigned int n = part ? (unsigned int)strtoul(part + 5, NULL, 10) : 0;

	free(text);
	return n;
}

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base, *dot = strrchr(name, '.');

	/* What the kernel could not decompress is of no use. */
	if (type != FTW_F || (double)st->st_mtime + 1 < found->since ||
	    (strncmp(name, "dmesg", 5) && strncmp(name, "console", 7)) ||
	    (dot && !strcmp(dot, ".z")))
		return 0;
	found->v = xrealloc(found->v, (found->n + 1) * sizeof(*found->v));
	found->v[found->n++] = (struct record){ xstrdup(path), st->st_mtime, part_of(path) };
	return 0;
}

static int in_order(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->part != y->part)
		return x->part > y->part ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* All records, one after the other, each below its name; NULL without any. */
static char *read_records(const char *where, double since, size_t *len)
{
	struct records r = { .since = since };
	struct strv dirs = { 0 };
	char *text = NULL;
	FILE *f;

	strv_split(&dirs, where, ":");
	found = &r;
	for (size_t i = 0; i < dirs.n; i++)
		nftw(dirs.v[i], look_at, 8, FTW_PHYS);
	strv_free(&dirs);
	if (!r.n)
		return NULL;
	qsort(r.v, r.n, sizeof(*r.v), in_order);
	f = open_memstream(&text, len);
	for (size_t i = 0; i < r.n; i++) {
		size_t n = 0;
		char *one = file_read(r.v[i].path, RECORD_MAX, &n);

		if (f && one) {
			fprintf(f, "# %s\n", r.v[i].path);
			fwrite(one, 1, n, f);
			fputc('\n', f);
		}
		free(one);
		free(r.v[i].path);
	}
	free(r.v);
	if (f)
		fclose(f);
	return text;
}

static char *file_of_boot(const char *dir, const char *name, unsigned int boot)
{
	return boot > 1 ? xasprintf("%s/%s.%u", dir, name, boot)
			: xasprintf("%s/%s", dir, name);
}

/* "6,1234,5678,-;text" becomes "text", so that it reads as a console does. */
static void strip_records(char *text)
{
	char *to = text, *save = text, *line;

	while ((line = strsep(&save, "\n"))) {
		char *body = strchr(line, ';');
		size_t n;

		/* A line that begins with a blank describes the record before it. */
		if (!*line || *line == ' ' || *line == '#')
			continue;
		body = body ? body + 1 : line;
		n = strlen(body);
		memmove(to, body, n);
		to += n;
		if (save)
			*to++ = '\n';
	}
	*to = '\0';
}

static char *words_of_log(const char *dir, unsigned int boot, const char *running)
{
	char *tests = xasprintf("%s/%s/%s", dir, MMG_TESTS, running ? running : "");
	char *path = file_of_boot(tests, MMG_KMSG, boot);
	char *text = console_read(running ? path : "", 0), *words = NULL;

	strip_records(text);
	if (*text)
		words = console_cause(text);
	free(text);
	free(path);
	free(tests);
	return words;
}

char *lastwords_find(const char *dir, unsigned int boot, const char *running,
		     const char *pstore, double since)
{
	char *copy = file_of_boot(dir, "pstore", boot), *words, *text, *reason;
	size_t len = 0;
	char *records = read_records(pstore, since, &len);

	if (records && !file_write(copy, records, len)) {
		text = console_read(copy, 0);
		reason = console_cause(text);
		free(text);
	} else {
		words = words_of_log(dir, boot, running);
		reason = xasprintf("the machine was restarted; no record in pstore%s%s",
				   words ? "; the kernel log kept: " : "", words ? words : "");
		free(words);
	}
	free(records);
	free(copy);
	return reason;
}
