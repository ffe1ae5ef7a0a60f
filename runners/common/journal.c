/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the journal of a run.
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
		if (!is_whole(line, len))
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
