// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan as a file: "area.program<TAB>SECONDS<TAB>PATH<TAB>CASE CASE ..." for each program.
 * The cases of one that is not ours are "*"; its directory and its arguments follow.  Paths and
 * arguments have \t, \n and \\ for what would end them.  When it is done more than once also
 * "@rounds FIRST LAST" (0: without end), "@seconds S", and "@again" before what only later
 * rounds do.
 */
#include "plan.h"
#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A directory may be called anything. */
static void write_text(FILE *f, const char *text)
{
	fputc('\t', f);
	for (; *text; text++) {
		if (strchr("\t\n\\", *text))
			fputc('\\', f);
		fputc(*text == '\t' ? 't' : *text == '\n' ? 'n' : *text, f);
	}
}

static void write_entry(FILE *f, const struct plan_entry *e)
{
	fprintf(f, "%s\t%lu", e->program, e->seconds);
	write_text(f, e->path);
	fputc('\t', f);
	for (size_t i = 0; i < e->cases.n; i++)
		fprintf(f, "%s%s", i ? " " : "", e->cases.v[i]);
	if (plan_foreign(e))
		write_text(f, e->cwd);
	for (size_t i = 0; plan_foreign(e) && i < e->args.n; i++)
		write_text(f, e->args.v[i]);
	fputc('\n', f);
}

static void write_settings(FILE *f, const struct plan *p)
{
	unsigned long first = p->round ? p->round : 1, last = p->repeat.rounds;

	if (first > 1 || last > 1)
		fprintf(f, "@rounds %lu %lu\n", first, last == ROUNDS_ENDLESS ? 0 : last);
	if (p->repeat.seconds > 0)
		fprintf(f, "@seconds %.1f\n", p->repeat.seconds);
}

int plan_text(const struct plan *p, char **text, size_t *len)
{
	FILE *f = open_memstream(text, len);

	if (!f)
		return -errno;
	write_settings(f, p);
	for (size_t i = 0; i < p->n; i++) {
		if (i && i == p->again)
			fputs("@again\n", f);
		if (p->v[i].cases.n)
			write_entry(f, &p->v[i]);
	}
	return fclose(f) ? -errno : 0;
}

int plan_write(const struct plan *p, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	int err = plan_text(p, &text, &len);

	if (!err)
		err = file_write(path, text, len);
	free(text);
	return err;
}

static bool read_entry(struct plan *p, char *line)
{
	char *save = line, *program = strsep(&save, "\t"), *seconds = strsep(&save, "\t");
	char *path = text_field(&save), *cases = strsep(&save, "\t"), *end;
	char *cwd = text_field(&save);
	struct plan_entry *e;
	unsigned long n;

	if (!cases || !safe_component(program))
		return false;
	n = strtoul(seconds, &end, 10);
	if (*end)
		return false;
	e = plan_add(p, program, path, n);
	strv_split(&e->cases, cases, " ");
	e->cwd = cwd ? xstrdup(cwd) : NULL;
	while (save)
		strv_add(&e->args, text_field(&save));
	return true;
}

static bool read_setting(struct plan *p, const char *line)
{
	int end = 0;

	if (!strcmp(line, "@again")) {
		p->again = p->n;
		return p->n > 0;
	}
	if (sscanf(line, "@rounds %lu %lu%n", &p->round, &p->repeat.rounds, &end) == 2) {
		if (!p->repeat.rounds)
			p->repeat.rounds = ROUNDS_ENDLESS;
		return !line[end];
	}
	return sscanf(line, "@seconds %lf%n", &p->repeat.seconds, &end) == 1 && !line[end];
}

int plan_read(struct plan *p, const char *path)
{
	char *text = file_read(path, 16u << 20, NULL), *save = text, *line;
	bool ok = text != NULL;

	*p = (struct plan){ 0 };
	while (ok && (line = strsep(&save, "\n")))
		ok = !*line || (*line == '@' ? read_setting(p, line) : read_entry(p, line));
	free(text);
	if (!ok)
		plan_free(p);
	return ok ? 0 : -1;
}
