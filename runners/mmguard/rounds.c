// SPDX-License-Identifier: GPL-2.0-only
/* Several rounds become one list: how often each case did what, and the first of the worst. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

unsigned long result_runs(const struct program_report *p, const struct result *x)
{
	unsigned long n = 0;

	for (int v = 0; v < V_COUNT; v++)
		n += x->n[v];
	return x->whole && p->runs > n ? p->runs : n;
}

unsigned long result_failures(const struct result *x)
{
	unsigned long n = 0;

	for (int v = 0; v < V_COUNT; v++)
		if (v != V_PASS && v != V_XPASS && v != V_SKIP && v != V_HELD)
			n += x->n[v];
	return n;
}

char *result_tally(const struct program_report *p, const struct result *x)
{
	unsigned long runs = result_runs(p, x), failures = result_failures(x);

	return runs > 1 && failures ? xasprintf("failed %lu of %lu", failures, runs)
				    : xstrdup("");
}

char *result_dir(const struct program_report *p, const struct result *x)
{
	char tests[40];

	return xasprintf("%s/%s", round_dir(x->round, tests, sizeof(tests)), p->name);
}

static bool same(const struct result *a, const struct result *b)
{
	return a->whole == b->whole && (!a->whole || a->verdict == b->verdict) &&
	       !strcmp(a->name, b->name);
}

/* Results come in the same order in each round, nearly always. */
static struct result *find_same(struct program_report *p, const struct result *x, size_t hint)
{
	if (hint < p->n && same(&p->v[hint], x))
		return &p->v[hint];
	for (size_t i = 0; i < p->n; i++)
		if (same(&p->v[i], x))
			return &p->v[i];
	return NULL;
}

/* So that what is left behind is still freed once. */
static void swap(struct result *a, struct result *b)
{
	struct result t = *a;

	*a = *b;
	*b = t;
}

static void merge_result(struct program_report *to, struct result *x, size_t hint)
{
	struct result *old = find_same(to, x, hint);

	/* A later round that we ended ourselves says nothing about what it did not come to. */
	if (x->stopped)
		return;
	if (!old) {
		to->v = xrealloc(to->v, (to->n + 1) * sizeof(*to->v));
		old = &to->v[to->n++];
		*old = (struct result){ 0 };
		swap(old, x);
		return;
	}
	if (x->verdict > old->verdict)
		swap(old, x);
	for (int v = 0; v < V_COUNT; v++)
		old->n[v] += x->n[v];
}

static void merge_program(struct report *to, struct program_report *p)
{
	struct program_report *old = report_get_program(to, p->name);

	for (size_t j = 0; j < p->n; j++)
		merge_result(old, &p->v[j], j);
	old->seconds += p->seconds;
	old->runs += p->runs;
}

static void count_once(struct report *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			r->v[i].v[j].n[r->v[i].v[j].verdict] = 1;
}

/* Passing now and failing then is a verdict of its own: the retry does not make it good. */
static void find_flaky(struct result *x)
{
	unsigned long unexpected = 0;
	char *reason;

	for (int v = 0; v < V_COUNT; v++)
		if (!verdict_expected((enum verdict)v))
			unexpected += x->n[v];
	if (x->whole || !unexpected || !(x->n[V_PASS] + x->n[V_XPASS]))
		return;
	reason = xasprintf("%s in round %lu%s%s", verdict_name(x->verdict), x->round,
			   *x->reason ? ": " : "", x->reason);
	free(x->reason);
	x->reason = reason;
	x->verdict = V_FLAKY;
}

int report_add_rounds(struct report *r)
{
	int err = 0;

	count_once(r);
	for (unsigned long round = 2; round <= r->rounds && !err; round++) {
		struct report one = *r;

		one.v = NULL;
		one.n = 0;
		err = report_round(&one, round);
		report_apply_known(&one);
		count_once(&one);
		for (size_t i = 0; i < one.n; i++)
			merge_program(r, &one.v[i]);
		report_free_results(&one);
	}
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			find_flaky(&r->v[i].v[j]);
	return err;
}
