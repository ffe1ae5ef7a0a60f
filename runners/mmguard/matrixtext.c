// SPDX-License-Identifier: GPL-2.0-only
/* The matrix as JSON for machines, as text for people and as the expectation. */
#include "matrix.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX_SCHEMA 1

/* What a test prints may be no UTF-8. */
static json_t *json_text(const char *s)
{
	json_t *o = json_string(s);

	return o ? o : json_string("(not printable)");
}

static json_t *json_cell(const struct matrix_cell *c)
{
	return json_pack("{s:s s:s s:i s:i s:o}", "scenario", c->scenario, "how",
			 how_name(c->how), "cases", (int)c->cases, "caught", (int)c->caught,
			 "reason", json_text(c->reason));
}

static json_t *json_cells(const struct matrix_cell *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_cell(&v[i]));
	return a;
}

static json_t *json_peer(const struct matrix_peer *p)
{
	return json_pack("{s:s s:o s:f s:o}", "how", how_name(p->how), "note",
			 json_text(p->note), "seconds", p->seconds, "cells",
			 json_cells(p->v, p->n));
}

static json_t *json_row(const struct matrix_row *r)
{
	json_t *o = json_pack("{s:i s:s s:s s:o s:s s:o s:i s:f s:o}", "number", (int)r->number,
			      "name", r->name, "area", r->area, "breaks", json_text(r->breaks),
			      "how", how_name(r->how), "note", json_text(r->note), "boots",
			      (int)r->boots, "seconds", r->seconds, "cells",
			      json_cells(r->v, r->n));

	if (r->peer)
		json_object_set_new(o, "peer", json_peer(r->peer));
	return o;
}

void matrix_json_write(const struct matrix *m, FILE *f)
{
	json_t *bugs = json_array(), *o;

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(bugs, json_row(&m->v[i]));
	o = json_pack("{s:i s:s s:s s:o s:o}", "schema", MATRIX_SCHEMA, "version", m->version,
		      "release", m->release, "zero", json_cells(m->columns, m->ncolumns),
		      "bugs", bugs);
	json_dumpf(o, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(o);
}

static const struct matrix_cell *best(const struct matrix_row *r, size_t *more)
{
	const struct matrix_cell *c = NULL;

	*more = 0;
	for (size_t i = 0; i < r->n; i++) {
		*more += r->v[i].how == r->how;
		if (!c && r->v[i].how == r->how)
			c = &r->v[i];
	}
	*more -= c != NULL;
	return how_catches(r->how) ? c : NULL;
}

static void write_row(const struct matrix_row *r, FILE *f)
{
	size_t more;
	const struct matrix_cell *c = best(r, &more);

	fprintf(f, "%5u  %-26s %-9s %5.0f s %u  ", r->number, r->name, how_name(r->how),
		r->seconds, r->boots);
	if (c && more)
		fprintf(f, "%s and %zu more\n", c->scenario, more);
	else if (c)
		fprintf(f, "%s\n", c->scenario);
	else
		fprintf(f, "%s\n", *r->note ? r->note : "-");
}

static void write_unproven(const struct matrix *m, FILE *f)
{
	size_t n = 0, fails = 0;

	for (size_t i = 0; i < m->ncolumns; i++) {
		bool proven = false;

		for (size_t j = 0; j < m->n && !proven; j++) {
			const struct matrix_cell *c =
				matrix_cell(&m->v[j], m->columns[i].scenario);

			proven = c && how_catches(c->how);
		}
		n += !proven && m->columns[i].how == HOW_PASSED;
		fails += m->columns[i].how == HOW_ZERO;
	}
	fprintf(f,
		"%zu scenarios: %zu pass with 0 and fail with no bug, %zu fail with 0 "
		"already\n",
		m->ncolumns, n, fails);
}

void matrix_text_write(const struct matrix *m, FILE *f)
{
	const char *area = "";

	fprintf(f, "Linux %s (%s): bugs put back and what catches them\n", m->version,
		m->release);
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(area, m->v[i].area))
			fprintf(f,
				"\n%s\n  bug  name                       how        time   "
				"boots\n",
				m->v[i].area);
		area = m->v[i].area;
		write_row(&m->v[i], f);
	}
	fprintf(f,
		"\n%zu bugs: %zu caught by an assertion, %zu by crash or hang, %zu by the "
		"kernel "
		"log or the machine's state, %zu missed\n",
		m->n, matrix_count(m, HOW_ASSERTION), matrix_count(m, HOW_CRASH),
		matrix_count(m, HOW_LOG), matrix_count(m, HOW_PASSED));
	write_unproven(m, f);
	matrix_sides_text(m, f);
}

void matrix_expected_write(const struct matrix *m, FILE *f)
{
	fprintf(f,
		"# SPDX-License-Identifier: GPL-2.0-only\n"
		"# Which scenario catches which bug on Linux %s, found by 'mmguard lab run'.\n"
		"# number name how scenario...\n",
		m->version);
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_row *r = &m->v[i];

		fprintf(f, "%u %s %s", r->number, r->name, how_name(r->how));
		for (size_t j = 0; j < r->n; j++)
			if (how_catches(r->how) && r->v[j].how == r->how)
				fprintf(f, " %s", r->v[j].scenario);
		fputc('\n', f);
	}
}
