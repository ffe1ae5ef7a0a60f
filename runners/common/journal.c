/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the journal and the state files of a run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "protocol.h"
#include "results.h"

/* The value of "key": in a line of the journal; NULL when it is not there. */
static const char *value(const char *line, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = line; (p = strchr(p, '"')); p++) {
		if (strncmp(p + 1, key, n) || p[n + 1] != '"')
			continue;
		p += n + 2;
		p += strspn(p, " ");
		if (*p == ':')
			return p + 1 + strspn(p + 1, " ");
	}
	return NULL;
}

static bool is_text(const char *line, const char *key, const char *want)
{
	const char *v = value(line, key);
	size_t n = strlen(want);

	return v && *v == '"' && !strncmp(v + 1, want, n) && v[n + 1] == '"';
}

static int number_or(const char *line, const char *key, int none)
{
	const char *v = value(line, key);

	return v && strchr("-0123456789", *v) ? atoi(v) : none;
}

static bool is_true(const char *line, const char *key)
{
	const char *v = value(line, key);

	return v && !strncmp(v, "true", 4);
}

static void read_end(const char *line, struct program_end *end)
{
	const char *seconds = value(line, "seconds");

	end->ended = true;
	end->exit = number_or(line, "exit", -1);
	end->signal = number_or(line, "signal", 0);
	end->timeout = is_true(line, "timeout");
	end->stuck = is_true(line, "stuck");
	end->interrupted = is_true(line, "interrupted");
	end->seconds = seconds ? strtod(seconds, NULL) : -1;
}

static void read_line(const char *line, const char *program, struct program_end *end)
{
	if (!is_text(line, "program", program))
		return;
	if (is_text(line, "event", "start")) {
		*end = (struct program_end){ .started = true, .exit = -1, .seconds = -1 };
	} else if (is_text(line, "event", "end")) {
		end->started = true;
		read_end(line, end);
	}
}

int journal_find(const char *rundir, const char *program, unsigned int boot,
		 struct program_end *end)
{
	unsigned int now = 1;
	char path[4096];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	*end = (struct program_end){ .exit = -1, .seconds = -1 };
	snprintf(path, sizeof(path), "%s/%s", rundir, MMG_JOURNAL);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while ((len = getline(&line, &size, f)) > 0) {
		if (len < 3 || line[0] != '{' || strcmp(line + len - 2, "}\n"))
			continue;
		if (is_text(line, "event", "boot"))
			now = (unsigned int)number_or(line, "boot", (int)now);
		else if (now == boot)
			read_line(line, program, end);
	}
	free(line);
	fclose(f);
	return 0;
}

struct state_file {
	FILE *f;
	char *line;
	size_t size;
	char *val; /* behind the key, which ends with a NUL */
	bool more;
};

static void next(struct state_file *s)
{
	ssize_t len = getline(&s->line, &s->size, s->f);

	s->more = len > 0;
	if (!s->more)
		return;
	s->line[strcspn(s->line, "\n")] = '\0';
	s->val = s->line + strcspn(s->line, " ");
	if (*s->val)
		*s->val++ = '\0';
}

static void note(char *out, size_t len, int nr, const char *key, const char *values[2])
{
	size_t used = strlen(out);

	if (used + 1 < len)
		snprintf(out + used, len - used, "%s%s: %s -> %s", nr ? "; " : "", key,
			 values[0], values[1]);
}

static int compare(struct state_file *a, struct state_file *b, char *out, size_t outlen)
{
	int changes = 0;

	next(a);
	next(b);
	while (a->more || b->more) {
		int order = !a->more ? 1 : !b->more ? -1 : strcmp(a->line, b->line);
		const char *values[2] = { order <= 0 ? a->val : "none",
					  order >= 0 ? b->val : "none" };

		if (strcmp(values[0], values[1])) {
			note(out, outlen, changes, order <= 0 ? a->line : b->line, values);
			changes++;
		}
		if (order <= 0)
			next(a);
		if (order >= 0)
			next(b);
	}
	return changes;
}

int state_diff(const char *before, const char *after, char *out, size_t outlen)
{
	struct state_file a = { .f = fopen(before, "re") };
	struct state_file b = { .f = fopen(after, "re") };
	int changes = 0;

	if (outlen)
		out[0] = '\0';
	if (a.f && b.f)
		changes = compare(&a, &b, out, outlen);
	if (a.f)
		fclose(a.f);
	if (b.f)
		fclose(b.f);
	free(a.line);
	free(b.line);
	return changes;
}
