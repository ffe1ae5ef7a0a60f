// SPDX-License-Identifier: GPL-2.0-only
/* What a run with a bug shows that the run without did not. */
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

char *scenario_of(const char *name)
{
	const char *end = name;

	for (int dots = 0; *end; end++)
		if (*end == '.' && ++dots == 3)
			break;
	return strndup(name, (size_t)(end - name));
}

static const struct result *find(const struct report *r, const struct result *like)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->v[i].n; j++) {
			const struct result *x = &r->v[i].v[j];

			if (x->whole == like->whole && !strcmp(x->name, like->name) &&
			    (!x->whole || x->verdict == like->verdict))
				return x;
		}
	}
	return NULL;
}

/* An oops kills the process that caused it; that is no judgement of the test's. */
static bool was_killed(const struct result *x)
{
	return !strncmp(x->reason, "killed by", 9);
}

static enum how judge_verdict(const struct result *x)
{
	switch (x->verdict) {
	case V_PASS:
		return HOW_PASSED;
	case V_FAIL:
		return was_killed(x) ? HOW_CRASH : x->whole ? HOW_BROKEN : HOW_ASSERTION;
	case V_TIMEOUT:
	case V_STUCK:
	case V_CRASH:
		return HOW_CRASH;
	case V_LEAK:
	case V_DIRTY:
		return HOW_LOG;
	case V_BROKEN:
		return HOW_BROKEN;
	default:
		return HOW_NOT_RUN;
	}
}

/* How a result of the unmodified kernel stands as a column. */
static enum how judge_zero(const struct result *x)
{
	enum how how = judge_verdict(x);

	return how > HOW_PASSED ? HOW_ZERO : how;
}

static enum how judge(const struct result *x, const struct report *zero)
{
	const struct result *z = find(zero, x);

	if (x->whole)
		return z ? HOW_ZERO : judge_verdict(x);
	if (!z || judge_zero(z) == HOW_NOT_RUN)
		return HOW_NOT_RUN;
	return judge_zero(z) == HOW_ZERO ? HOW_ZERO : judge_verdict(x);
}

static struct matrix_cell *get_cell(struct matrix_cell **v, size_t *n, const char *name)
{
	char *scenario = scenario_of(name);

	for (size_t i = 0; i < *n; i++) {
		if (strcmp((*v)[i].scenario, scenario))
			continue;
		free(scenario);
		return &(*v)[i];
	}
	*v = xrealloc(*v, (*n + 1) * sizeof(**v));
	(*v)[*n] = (struct matrix_cell){ .scenario = scenario, .reason = xstrdup("") };
	return &(*v)[(*n)++];
}

static void add(struct matrix_cell *c, const struct result *x, enum how how)
{
	c->cases++;
	c->caught += how_catches(how);
	if (how > c->how && how >= HOW_ZERO) {
		free(c->reason);
		c->reason = xstrdup(x->reason);
	}
	if (how > c->how)
		c->how = how;
}

static void set_note(struct matrix_row *row, const struct report *bug)
{
	const struct journal_facts *f = &bug->facts;
	const char *lost = NULL;

	for (unsigned int i = 1; i <= BOOTS_MAX && !lost; i++)
		lost = f->lost[i];
	free(row->note);
	row->note = xstrdup(lost ? lost : "");
	row->boots = f->boots;
	row->seconds = f->end > f->begin ? f->end - f->begin : 0;
	/* It died before the first test, which the unmodified kernel does not. */
	if (lost && !f->boots)
		row->how = HOW_CRASH;
}

void matrix_compare(struct matrix_row *row, const struct report *zero, const struct report *bug)
{
	row->how = HOW_PASSED;
	for (size_t i = 0; i < bug->n; i++) {
		for (size_t j = 0; j < bug->v[i].n; j++) {
			const struct result *x = &bug->v[i].v[j];
			enum how how = judge(x, zero);

			add(get_cell(&row->v, &row->n, x->name), x, how);
			if (how_catches(how) && how > row->how)
				row->how = how;
		}
	}
	set_note(row, bug);
}

static int by_scenario(const void *a, const void *b)
{
	const struct matrix_cell *x = a, *y = b;

	return strcmp(x->scenario, y->scenario);
}

void matrix_columns(struct matrix *m, const struct report *zero)
{
	for (size_t i = 0; i < zero->n; i++)
		for (size_t j = 0; j < zero->v[i].n; j++) {
			const struct result *x = &zero->v[i].v[j];

			if (!x->whole)
				add(get_cell(&m->columns, &m->ncolumns, x->name), x,
				    judge_zero(x));
		}
	if (m->ncolumns)
		qsort(m->columns, m->ncolumns, sizeof(*m->columns), by_scenario);
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

void matrix_free(struct matrix *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free_cells(m->v[i].v, m->v[i].n);
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
