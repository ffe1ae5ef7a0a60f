// SPDX-License-Identifier: GPL-2.0-only
/* What a run with a bug shows that the run without did not. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

char *name_parts(const char *name, int parts)
{
	const char *end = name;

	for (int dots = 0; *end; end++)
		if (*end == '.' && ++dots == parts)
			break;
	return strndup(name, (size_t)(end - name));
}

char *scenario_of(const char *name)
{
	return name_parts(name, 3);
}

const struct result *matrix_find(const struct report *r, const struct result *like)
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

enum how how_judge(const struct result *x)
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
	enum how how = how_judge(x);

	return how > HOW_PASSED ? HOW_ZERO : how;
}

static enum how judge(const struct result *x, const struct report *zero)
{
	const struct result *z = matrix_find(zero, x);

	if (x->whole)
		return z ? HOW_ZERO : how_judge(x);
	if (!z || judge_zero(z) == HOW_NOT_RUN)
		return HOW_NOT_RUN;
	return judge_zero(z) == HOW_ZERO ? HOW_ZERO : how_judge(x);
}

/* Takes @scenario. */
static struct matrix_cell *get_cell(struct matrix_cell **v, size_t *n, char *scenario)
{
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

void matrix_put(struct matrix_cell **v, size_t *n, const char *name, const struct result *x,
		enum how how)
{
	add(get_cell(v, n, xstrdup(name)), x, how);
}

bool matrix_zero_fails(const struct report *zero, const char *name)
{
	struct result like = { .name = (char *)name };
	const struct result *z = matrix_find(zero, &like);

	return z && judge_zero(z) == HOW_ZERO;
}

/* What was not run again because it fails with 0. */
static void add_zero(struct matrix_row *row, const struct report *zero,
		     const struct report *bug)
{
	for (size_t i = 0; i < zero->n; i++)
		for (size_t j = 0; j < zero->v[i].n; j++) {
			const struct result *z = &zero->v[i].v[j];

			if (!z->whole && judge_zero(z) == HOW_ZERO && !matrix_find(bug, z))
				add(get_cell(&row->v, &row->n, scenario_of(z->name)), z,
				    HOW_ZERO);
		}
}

bool matrix_facts(struct matrix_row *row, const struct report *bug)
{
	const struct journal_facts *f = &bug->facts;
	const char *lost = NULL;

	for (unsigned int i = 1; i <= BOOTS_MAX && !lost; i++)
		lost = f->lost[i];
	free(row->note);
	row->note = xstrdup(lost ? lost : f->interrupted ? "stopped, it was caught" : "");
	row->boots = f->boots;
	row->seconds = f->end > f->begin ? f->end - f->begin : 0;
	/* It died before the first test, which the unmodified kernel does not. */
	return lost && !f->boots;
}

void matrix_compare(struct matrix_row *row, const struct report *zero, const struct report *bug)
{
	row->how = HOW_PASSED;
	for (size_t i = 0; i < bug->n; i++) {
		for (size_t j = 0; j < bug->v[i].n; j++) {
			const struct result *x = &bug->v[i].v[j];
			enum how how = judge(x, zero);

			add(get_cell(&row->v, &row->n, scenario_of(x->name)), x, how);
			if (how_catches(how) && how > row->how)
				row->how = how;
		}
	}
	add_zero(row, zero, bug);
	if (matrix_facts(row, bug))
		row->how = HOW_CRASH;
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
				add(get_cell(&m->columns, &m->ncolumns, scenario_of(x->name)),
				    x, judge_zero(x));
		}
	if (m->ncolumns)
		qsort(m->columns, m->ncolumns, sizeof(*m->columns), by_scenario);
}
