/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to run: from a plan file, or from the needs of the programs.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/needs.h"
#include "mmrun.h"

static void *must(void *p)
{
	if (p)
		return p;
	say("no memory for the plan");
	exit(MMG_EXIT_RUNNER);
}

static char *dup_text(const char *s)
{
	return must(strdup(s));
}

/* The name is also the name of a directory. */
static bool good_name(const char *s)
{
	return *s && *s != '.' && strlen(s) < 256 &&
	       !s[strspn(s,
			 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")];
}

static struct job *add_job(struct plan *p, const char *name, const char *path)
{
	struct job *j;

	p->jobs = must(reallocarray(p->jobs, p->n + 1, sizeof(*p->jobs)));
	j = &p->jobs[p->n++];
	*j = (struct job){ .name = dup_text(name), .path = dup_text(path) };
	return j;
}

static void add_case(struct job *j, const char *name)
{
	j->cases = must(reallocarray(j->cases, j->ncases + 1, sizeof(*j->cases)));
	j->cases[j->ncases++] = dup_text(name);
}

/* Arguments for exec: all cases, or "-t CASE" for each that was asked for. */
static void make_args(struct job *j, bool all)
{
	size_t n = all ? 0 : j->ncases, at = 0;

	j->args = must(calloc(2 * n + 2, sizeof(*j->args)));
	j->args[at++] = dup_text(j->path);
	for (size_t i = 0; i < n; i++) {
		j->args[at++] = dup_text("-t");
		j->args[at++] = dup_text(j->cases[i]);
	}
}

static void cases_from_needs(struct job *j, const struct needs *n)
{
	char name[256];

	for (size_t i = 0; i < needs_ncases(n); i++)
		if (needs_case(n, i, name, sizeof(name)) > 0)
			add_case(j, name);
}

static void all_cases(struct job *j)
{
	struct needs n;
	char err[200];

	if (!needs_read(j->path, &n, err, sizeof(err))) {
		cases_from_needs(j, &n);
		needs_free(&n);
	}
	make_args(j, true);
}

/* A program that is not ours: its directory, then its arguments. */
static bool make_foreign(struct job *j, char *rest)
{
	size_t n = 0;

	j->cwd = dup_text(text_field(&rest));
	j->args = must(calloc(2, sizeof(*j->args)));
	j->args[n++] = dup_text(j->path);
	while (rest) {
		j->args = must(reallocarray(j->args, n + 2, sizeof(*j->args)));
		j->args[n++] = dup_text(text_field(&rest));
		j->args[n] = NULL;
	}
	return *j->cwd == '/';
}

static bool add_line(struct plan *p, char *line)
{
	char *name = strsep(&line, "\t"), *seconds = strsep(&line, "\t");
	char *path = text_field(&line), *cases = strsep(&line, "\t");
	char *end, *one;
	struct job *j;

	if (!cases || !good_name(name) || !*path)
		return false;
	j = add_job(p, name, path);
	j->seconds = strtod(seconds, &end);
	if (*end || !(j->seconds > 0))
		return false;
	if (!strcmp(cases, "*")) {
		if (line)
			return make_foreign(j, line);
		all_cases(j);
		return true;
	}
	while ((one = strsep(&cases, " ")))
		if (*one)
			add_case(j, one);
	make_args(j, false);
	return j->ncases > 0;
}

/*
 * What holds for the plan as a whole: "@rounds FIRST LAST", "@seconds S", and
 * "@again" before the part that all rounds after FIRST do.
 */
static bool add_setting(struct plan *p, const char *line)
{
	int end = 0;

	if (!strcmp(line, "@again") && !p->again) {
		p->again = p->n;
		return p->n > 0;
	}
	if (sscanf(line, "@rounds %lu %lu%n", &p->first, &p->last, &end) == 2 && !line[end]) {
		if (!p->last)
			p->last = ROUNDS_ENDLESS;
		return p->first >= 1 && p->first <= p->last;
	}
	return sscanf(line, "@seconds %lf%n", &p->seconds, &end) == 1 && !line[end] &&
	       p->seconds > 0;
}

static int read_plan(struct plan *p, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, nr = 0;
	int ret = 0;

	if (!f) {
		say("%s: %s", path, strerror(errno));
		return -1;
	}
	while (!ret && getline(&line, &size, f) >= 0) {
		nr++;
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		if (*line == '@' ? !add_setting(p, line) : !add_line(p, line)) {
			say("%s:%zu: not a line of a plan", path, nr);
			ret = -1;
		}
	}
	if (!ret && p->n && p->again == p->n) {
		say("%s: nothing comes after @again", path);
		ret = -1;
	}
	free(line);
	fclose(f);
	return ret;
}

/* A program without needs is run all the same: any that speaks KTAP will do. */
static void add_program(struct plan *p, const char *path)
{
	char *copy = dup_text(path), name[256], err[200];
	struct needs n;
	struct job *j;

	if (!needs_read(path, &n, err, sizeof(err))) {
		snprintf(name, sizeof(name), "%.120s.%.120s", n.area, n.program);
		j = add_job(p, good_name(name) ? name : "local.unnamed", path);
		j->seconds = (double)n.seconds;
		cases_from_needs(j, &n);
		needs_free(&n);
	} else {
		snprintf(name, sizeof(name), "local.%.120s", basename(copy));
		j = add_job(p, good_name(name) ? name : "local.unnamed", path);
		j->seconds = NEEDS_SECONDS_DEFAULT;
	}
	make_args(j, true);
	free(copy);
}

/* Two of one name in one round would write to the same files. */
static int check_names(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = i < p->again ? 0 : p->again; k < i; k++)
			if (!strcmp(p->jobs[i].name, p->jobs[k].name)) {
				say("%s: named twice in the plan", p->jobs[i].name);
				return -1;
			}
	return 0;
}

int plan_make(struct plan *p, const struct options *o)
{
	*p = (struct plan){ .first = 1, .last = 1 };
	if (o->plan && read_plan(p, o->plan))
		return -1;
	for (int i = 0; i < o->nprograms; i++)
		add_program(p, o->programs[i]);
	return check_names(p);
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct job *j = &p->jobs[i];
		size_t n = 0;

		while (j->args && j->args[n])
			n++;
		free_list(j->args, n);
		free_list(j->cases, j->ncases);
		free(j->name);
		free(j->path);
		free(j->cwd);
	}
	free(p->jobs);
}
