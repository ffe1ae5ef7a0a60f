// SPDX-License-Identifier: GPL-2.0-only
/* Known issues turn what failed as foretold into XFAIL; then the run gets its status. */
#include "common/protocol.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

static void make_xfail(struct result *x, const struct known_issue *k)
{
	char *reason = *x->reason ? xasprintf("%s (%s: %s)", k->reason,
					      verdict_name(x->verdict), x->reason)
				  : xstrdup(k->reason);

	free(x->reason);
	x->reason = reason;
	x->verdict = V_XFAIL;
	x->issue = k;
}

static bool is_failure(enum verdict v)
{
	return v == V_FAIL || v == V_TIMEOUT || v == V_STUCK || v == V_CRASH || v == V_LEAK ||
	       v == V_DIRTY;
}

static void judge_result(struct report *r, struct result *x)
{
	const struct known_issue *k = known_find(&r->known, x->name, r->version);

	if (!k)
		return;
	if (is_failure(x->verdict)) {
		make_xfail(x, k);
	} else if (x->verdict == V_PASS && !x->whole) {
		x->issue = k;
		if (k->flaky)
			return;
		x->verdict = V_XPASS;
		free(x->reason);
		x->reason = xasprintf("passed, though it is known to fail: %s", k->reason);
	}
}

static const struct result *find_result(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (!strcmp(r->v[i].v[j].name, name))
				return &r->v[i].v[j];
	return NULL;
}

/* What is missing only because a known issue stopped the program or machine is as expected as
 * that. */
static void judge_missing(struct report *r, struct result *x)
{
	const struct result *stopper;

	if (x->verdict != V_MISSING || !x->after)
		return;
	stopper = find_result(r, x->after);
	if (stopper && stopper->verdict == V_XFAIL && stopper->issue)
		make_xfail(x, stopper->issue);
}

/*
 * A known issue that harms the machine in a case shows in the program as well: as a leak, a
 * warning, a process that is still stuck when the program has ended.
 */
static void judge_whole(struct program_report *p, struct result *x)
{
	if (!x->whole ||
	    (x->verdict != V_LEAK && x->verdict != V_DIRTY && x->verdict != V_STUCK))
		return;
	for (size_t j = 0; j < p->n; j++) {
		const struct known_issue *k = p->v[j].issue;

		if (k && p->v[j].verdict == V_XFAIL && known_harms(k)) {
			make_xfail(x, k);
			return;
		}
	}
}

static void for_each_result(struct report *r,
			    void (*fn)(struct report *, struct program_report *,
				       struct result *))
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			fn(r, &r->v[i], &r->v[i].v[j]);
}

static void first_pass(struct report *r, struct program_report *p, struct result *x)
{
	(void)p;
	judge_result(r, x);
}

static void second_pass(struct report *r, struct program_report *p, struct result *x)
{
	judge_missing(r, x);
	judge_whole(p, x);
}

static void count(struct report *r, struct program_report *p, struct result *x)
{
	(void)p;
	r->counts[x->verdict]++;
}

/* Also in one round of many. */
static bool crashed(const struct report *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (r->v[i].v[j].n[V_CRASH])
				return true;
	return false;
}

static int find_status(const struct report *r)
{
	size_t ran = 0, unexpected = 0;

	for (int v = 0; v < V_COUNT; v++) {
		if (v != V_HELD && v != V_SKIP && v != V_MISSING)
			ran += r->counts[v];
		if (!verdict_expected((enum verdict)v))
			unexpected += r->counts[v];
	}
	if (r->facts.interrupted)
		return MMG_EXIT_INTERRUPTED;
	if (r->facts.runner)
		return MMG_EXIT_RUNNER;
	if (crashed(r) || r->facts.gave_up)
		return MMG_EXIT_CRASH;
	if (!ran && !unexpected)
		return MMG_EXIT_NOTHING;
	return unexpected ? MMG_EXIT_UNEXPECTED : MMG_EXIT_OK;
}

void report_apply_known(struct report *r)
{
	for_each_result(r, first_pass);
	for_each_result(r, second_pass);
}

int report_judge(struct report *r)
{
	int err;

	report_apply_known(r);
	err = report_add_rounds(r);
	memset(r->counts, 0, sizeof(r->counts));
	for_each_result(r, count);
	r->status = find_status(r);
	return err;
}

const char *status_words(int status)
{
	static const char *const words[] = { "as expected", "unexpected failures",
					     "usage",	    "the runner failed",
					     "nothing ran", "the machine crashed",
					     "interrupted" };

	return status >= 0 && status <= MMG_EXIT_INTERRUPTED ? words[status] : "?";
}
