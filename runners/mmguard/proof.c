// SPDX-License-Identifier: GPL-2.0-only
/* The expectation is a text that people read in diffs; the matrix is the same with all details.
 */
#include "proof.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (64u << 20)

static struct proof *add(struct proofs *p, unsigned int number, const char *name, enum how how)
{
	p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n] = (struct proof){ number, xstrdup(name), how, { 0 } };
	return &p->v[p->n++];
}

static int parse_line(struct proofs *p, const char *line)
{
	struct strv words = { 0 };
	struct proof *proof;
	enum how how;
	int err = -1;

	strv_split(&words, line, " \t");
	if (words.n >= 3 && isdigit((unsigned char)*words.v[0]) &&
	    how_parse(words.v[2], &how)) {
		proof = add(p, (unsigned int)strtoul(words.v[0], NULL, 10), words.v[1], how);
		for (size_t i = 3; i < words.n; i++)
			strv_add(&proof->scenarios, words.v[i]);
		err = 0;
	}
	strv_free(&words);
	return err;
}

int proofs_parse(struct proofs *p, const char *text, const char *path)
{
	char *copy = xstrdup(text), *rest = copy, *line;
	int err = 0;

	free(p->from);
	p->from = xstrdup(path);
	for (unsigned int n = 1; !err && (line = strsep(&rest, "\n")); n++) {
		line = strip(line);
		if (*line && *line != '#' && (err = parse_line(p, line)))
			mg_error("%s:%u: is not 'number name how scenario...'", path, n);
	}
	free(copy);
	return err;
}

/* All files of that name.  Their number, or -1 with a message. */
static int load(struct proofs *p, const struct paths *paths, const char *name)
{
	char *pattern = paths_config(paths, name);
	glob_t g = { 0 };
	int err = 0, n;

	*p = (struct proofs){ 0 };
	glob(pattern, 0, NULL, &g);
	n = (int)g.gl_pathc;
	for (size_t i = 0; i < g.gl_pathc && !err; i++) {
		char *text = file_read(g.gl_pathv[i], FILE_MAX, NULL);

		if (!text)
			mg_error("cannot read %s: %s", g.gl_pathv[i], strerror(errno));
		err = text ? proofs_parse(p, text, g.gl_pathv[i]) : -1;
		free(text);
	}
	globfree(&g);
	if (n > 1) {
		free(p->from);
		p->from = xstrdup(pattern);
	}
	free(pattern);
	return err ? -1 : n;
}

int proofs_expected(struct proofs *p, const struct paths *paths, const char *version)
{
	char *name = xasprintf("bugs/expected-%s", version ? version : "*");
	int n = load(p, paths, name);

	if (!n)
		mg_error("no expectation configs/%s", name);
	free(name);
	return n > 0 ? 0 : -1;
}

int proofs_real(struct proofs *p, const struct paths *paths)
{
	return load(p, paths, "bugs/real-*") < 0 ? -1 : 0;
}

static void take_cells(struct proof *p, const json_t *cells)
{
	json_t *c;
	size_t i;

	json_array_foreach(cells, i, c)
	{
		const char *how = json_string_value(json_object_get(c, "how"));
		const char *name = json_string_value(json_object_get(c, "scenario"));
		enum how h;

		if (how && name && how_parse(how, &h) && how_catches(h))
			strv_add(&p->scenarios, name);
	}
}

int proofs_matrix(struct proofs *p, const char *path)
{
	json_error_t e;
	json_t *top = json_load_file(path, 0, &e), *bugs = json_object_get(top, "bugs"), *b;
	size_t i;
	int err = json_is_array(bugs) ? 0 : -1;

	*p = (struct proofs){ .from = xstrdup(path) };
	if (err)
		mg_error("%s is no matrix: %s", path, top ? "it has no bugs" : e.text);
	json_array_foreach(bugs, i, b)
	{
		const char *name = json_string_value(json_object_get(b, "name"));
		const char *how = json_string_value(json_object_get(b, "how"));
		json_int_t number = json_integer_value(json_object_get(b, "number"));
		enum how h;

		if (name && how && how_parse(how, &h))
			take_cells(add(p, (unsigned int)number, name, h),
				   json_object_get(b, "cells"));
	}
	json_decref(top);
	return err;
}

/* A matrix of selected scenarios says nothing about the others. */
static char *newest_matrix(void)
{
	char *best = NULL;
	time_t when = 0;
	struct stat st;
	glob_t g = { 0 };

	if (!glob("results/lab-*/matrix.json", 0, NULL, &g))
		for (size_t i = 0; i < g.gl_pathc; i++) {
			if (strstr(g.gl_pathv[i], ".selected/") || stat(g.gl_pathv[i], &st) ||
			    (best && st.st_mtime <= when))
				continue;
			best = g.gl_pathv[i];
			when = st.st_mtime;
		}
	best = best ? xstrdup(best) : NULL;
	globfree(&g);
	return best;
}

int proofs_newest(struct proofs *p, const struct paths *paths, const char *results,
		  const char *version)
{
	char *path = results ? xasprintf("%s/matrix.json", results) : newest_matrix();
	int err = path ? proofs_matrix(p, path) : proofs_expected(p, paths, version);

	free(path);
	return err;
}

void proofs_free(struct proofs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		strv_free(&p->v[i].scenarios);
	}
	free(p->v);
	free(p->from);
	*p = (struct proofs){ 0 };
}

const char *proofs_has(const struct proofs *p, const char *scenario)
{
	for (size_t i = 0; i < p->n; i++)
		if (how_catches(p->v[i].how) && strv_has(&p->v[i].scenarios, scenario))
			return p->v[i].name;
	return NULL;
}

size_t proofs_compare(const struct proofs *expected, const struct matrix *m, FILE *f)
{
	size_t lost = 0;

	for (size_t i = 0; i < expected->n; i++) {
		const struct proof *p = &expected->v[i];
		const struct matrix_row *r = matrix_row(m, p->number);
		bool gone = r && how_catches(p->how) && !how_catches(r->how);

		lost += gone;
		if (r && r->how != p->how)
			fprintf(f, "%s bug %u %s: expected %s, found %s\n",
				gone ? "LOST" : "note", p->number, p->name, how_name(p->how),
				how_name(r->how));
	}
	return lost;
}
