// SPDX-License-Identifier: GPL-2.0-only
/* The other column of the matrix: the programs of another suite on the same kernels. */
#include "from.h"
#include "guestfrom.h"
#include "labrun.h"

#include <stdlib.h>
#include <string.h>

/* All programs of its list, as its list calls them; selectors are for ours. */
int labpeer_group(struct lab_campaign *c, struct lab_group *g)
{
	struct selection all = { 0 };
	struct held held;
	int err;

	g->area = xstrdup("peer");
	g->peer = true;
	if (from_load(&c->peer, c->l->opt.peer) || plan_select(&c->peer, &all, &g->plan, &held))
		return -1;
	guestfrom_check(&g->plan, &held);
	for (size_t i = 0; i < held.n; i++)
		mg_error("%s is left out: %s", held.v[i].name, held.v[i].reason);
	held_free(&held);
	err = labjobs_key(c, g);
	return err;
}

/* Something of it passes with 0, and it ends. */
static bool is_worth(const struct report *zero, const char *program)
{
	bool passes = false, ends = true;

	for (size_t i = 0; i < zero->n; i++) {
		const struct program_report *p = &zero->v[i];

		for (size_t k = 0; k < p->n && !strcmp(p->name, program); k++) {
			passes |= p->v[k].verdict == V_PASS;
			ends &= p->v[k].verdict < V_TIMEOUT;
		}
	}
	return passes && ends;
}

void labpeer_plan(struct plan *to, const struct plan *from, const struct report *zero)
{
	for (size_t i = 0; i < from->n; i++)
		if (is_worth(zero, from->v[i].program))
			strv_add(&plan_add_like(to, &from->v[i])->cases, "*");
}

static struct matrix_row *get_row(struct matrix *m, const struct bug *b)
{
	struct matrix_row *row = (struct matrix_row *)matrix_row(m, b->number);

	if (!row) {
		row = matrix_add(m, b);
		row->how = HOW_NOT_RUN;
	}
	return row;
}

int labpeer_matrix(const struct lab_campaign *c, struct matrix *m)
{
	int err = 0;

	for (size_t i = 0; i < c->n && !err; i++) {
		const struct lab_job *j = &c->v[i];
		struct matrix one = { 0 };
		struct matrix_row *row;

		if (!j->bug || !j->group->peer || !j->done || !labjobs_zero(c, j)->done)
			continue;
		row = matrix_add(&one, j->bug);
		err = labmatrix_row(c, j, row);
		if (!err) {
			get_row(m, j->bug)->peer = row->peer;
			row->peer = NULL;
		}
		matrix_free(&one);
	}
	return err;
}
