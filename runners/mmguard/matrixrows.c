// SPDX-License-Identifier: GPL-2.0-only
/* The matrix as a container, and the words for what it holds. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[HOW_COUNT] = { "not-run", "missed", "fails-with-0", "broken",
					      "log",	 "crash",  "assertion" };

const char *how_name(enum how how)
{
	return how < HOW_COUNT ? names[how] : "?";
}

bool how_parse(const char *word, enum how *how)
{
	for (int i = 0; i < HOW_COUNT; i++) {
		if (strcmp(names[i], word))
			continue;
		*how = (enum how)i;
		return true;
	}
	return false;
}

bool how_catches(enum how how)
{
	return how >= HOW_LOG;
}

struct matrix_row *matrix_add(struct matrix *m, const struct bug *b)
{
	m->v = xrealloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n] = (struct matrix_row){ .number = b->number,
					  .name = xstrdup(b->name),
					  .area = xstrdup(b->area),
					  .breaks = xstrdup(b->breaks),
					  .how = HOW_PASSED,
					  .note = xstrdup("") };
	return &m->v[m->n++];
}

const struct matrix_cell *matrix_cell(const struct matrix_row *row, const char *scenario)
{
	for (size_t i = 0; i < row->n; i++)
		if (!strcmp(row->v[i].scenario, scenario))
			return &row->v[i];
	return NULL;
}

const struct matrix_row *matrix_row(const struct matrix *m, unsigned int number)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].number == number)
			return &m->v[i];
	return NULL;
}

bool matrix_has_peer(const struct matrix *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].peer)
			return true;
	return false;
}

size_t matrix_count_peer(const struct matrix *m, enum how how)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->v[i].peer && m->v[i].peer->how == how;
	return n;
}

size_t matrix_count(const struct matrix *m, enum how how)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->v[i].how == how;
	return n;
}

static void free_cells(struct matrix_cell *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].scenario);
		free(v[i].reason);
	}
	free(v);
}

static void free_peer(struct matrix_peer *p)
{
	if (!p)
		return;
	free_cells(p->v, p->n);
	free(p->note);
	free(p);
}

void matrix_free(struct matrix *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free_cells(m->v[i].v, m->v[i].n);
		free_peer(m->v[i].peer);
		free(m->v[i].name);
		free(m->v[i].area);
		free(m->v[i].breaks);
		free(m->v[i].note);
	}
	free(m->v);
	free_cells(m->columns, m->ncolumns);
	free(m->version);
	free(m->release);
	*m = (struct matrix){ 0 };
}
