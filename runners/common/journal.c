/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal of a run: which programs were started, and how they ended.
 */
#include <errno.h>
#include <stdint.h>
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
	const char *seconds = value(line, "seconds"), *dying = value(line, "dying");

	end->ended = true;
	end->exit = number_or(line, "exit", -1);
	end->signal = number_or(line, "signal", 0);
	end->timeout = is_true(line, "timeout");
	end->stuck = is_true(line, "stuck");
	end->interrupted = is_true(line, "interrupted");
	end->seconds = seconds ? strtod(seconds, NULL) : -1;
	end->dying = dying ? strtod(dying, NULL) : 0;
}

const char *round_dir(unsigned long round, char *buf, size_t len)
{
	if (round > 1)
		snprintf(buf, len, MMG_TESTS ".%lu", round);
	else
		snprintf(buf, len, "%s", MMG_TESTS);
	return buf;
}

static struct journal_entry *add_start(struct journal *j, const char *line)
{
	const char *program = value(line, "program");
	size_t room = j->room ? j->room * 2 : 64;
	struct journal_entry *e;

	if (!program || *program != '"')
		return NULL;
	if (j->n == j->room) {
		e = reallocarray(j->v, room, sizeof(*e));
		if (!e)
			return NULL;
		j->v = e;
		j->room = room;
	}
	e = &j->v[j->n];
	*e = (struct journal_entry){ .nr = j->n };
	e->program = strndup(program + 1, strcspn(program + 1, "\""));
	if (e->program)
		j->n++;
	return e->program ? e : NULL;
}

static void read_line(struct journal *j, const char *line, unsigned int boot)
{
	const char *round = value(line, "round");
	struct journal_entry *e;

	if (is_text(line, "event", "start")) {
		e = add_start(j, line);
		if (!e)
			return;
		e->boot = boot;
		e->round = round ? strtoul(round, NULL, 10) : 1;
		e->end = (struct program_end){ .started = true, .exit = -1, .seconds = -1 };
		if (e->round > j->rounds)
			j->rounds = e->round;
	} else if (is_text(line, "event", "end") && j->n) {
		e = &j->v[j->n - 1];
		/* One runs at a time: it can only be the last. */
		if (e->boot == boot && is_text(line, "program", e->program))
			read_end(line, &e->end);
	}
}

/* Copies the text that is the value of "key"; "" when it is not there. */
static void copy_text(const char *line, const char *key, char *out, size_t len)
{
	const char *v = value(line, key);
	size_t n = v && *v == '"' ? strcspn(v + 1, "\"") : 0;

	snprintf(out, len, "%.*s", (int)n, n ? v + 1 : "");
}

static bool is_whole(const char *line, ssize_t len)
{
	return len >= 3 && line[0] == '{' && !strcmp(line + len - 2, "}\n");
}

int journal_unfinished(const char *rundir, char *program, size_t len, unsigned int *boot,
		       char *boot_id, size_t idlen)
{
	char path[4096];
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", rundir, MMG_JOURNAL);
	f = fopen(path, "re");
	program[0] = boot_id[0] = '\0';
	*boot = 1;
	while (f && (n = getline(&line, &size, f)) > 0) {
		if (!is_whole(line, n))
			continue;
		if (is_text(line, "event", "boot")) {
			*boot = (unsigned int)number_or(line, "boot", 1);
			copy_text(line, "boot_id", boot_id, idlen);
			program[0] = '\0';
		} else if (is_text(line, "event", "start")) {
			copy_text(line, "program", program, len);
		} else if (is_text(line, "event", "end") ||
			   is_text(line, "event", "given-back")) {
			program[0] = '\0';
		}
	}
	free(line);
	if (f)
		fclose(f);
	return program[0] ? 0 : -ENOENT;
}

static int by_key(const void *a, const void *b)
{
	const struct journal_entry *x = a, *y = b;
	int order;

	if (x->round != y->round)
		return x->round < y->round ? -1 : 1;
	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	order = strcmp(x->program, y->program);
	return order ? order : x->nr < y->nr ? -1 : x->nr > y->nr;
}

int journal_load(struct journal *j, const char *rundir)
{
	unsigned int boot = 1;
	char path[4096];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	*j = (struct journal){ 0 };
	snprintf(path, sizeof(path), "%s/%s", rundir, MMG_JOURNAL);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while ((len = getline(&line, &size, f)) > 0) {
		/* A power cut leaves blocks of zeroes; what was written behind them counts. */
		const char *nul = memrchr(line, '\0', (size_t)len);
		const char *event = nul ? nul + 1 : line;

		if (!is_whole(event, len - (event - line)))
			continue;
		if (is_text(event, "event", "boot"))
			boot = (unsigned int)number_or(event, "boot", (int)boot);
		else
			read_line(j, event, boot);
	}
	free(line);
	fclose(f);
	if (j->n)
		qsort(j->v, j->n, sizeof(*j->v), by_key);
	return 0;
}

void journal_free(struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		free(j->v[i].program);
	free(j->v);
	*j = (struct journal){ 0 };
}

/* Of several with one key the last start counts. */
struct program_end journal_find(const struct journal *j, const char *program, unsigned int boot,
				unsigned long round)
{
	struct journal_entry key = {
		.program = (char *)(size_t)program, .boot = boot, .round = round, .nr = SIZE_MAX
	};
	size_t low = 0, high = j->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_key(&j->v[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low) {
		const struct journal_entry *e = &j->v[low - 1];

		if (e->boot == boot && e->round == round && !strcmp(e->program, program))
			return e->end;
	}
	return (struct program_end){ .exit = -1, .seconds = -1 };
}

bool journal_parse_end(const char *line, struct program_end *end)
{
	if (!is_text(line, "event", "end"))
		return false;
	*end = (struct program_end){ .started = true };
	read_end(line, end);
	return true;
}
