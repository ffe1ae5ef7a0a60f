// SPDX-License-Identifier: GPL-2.0-only
/* From the raw files of all boots to one list of results; a later boot fills what an earlier
 * one left open.  reportload.c has read what belongs to the run as a whole. */
#include "common/protocol.h"
#include "only.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

struct program_report *report_get_program(struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].name, name))
			return &r->v[i];
	r->v = xrealloc(r->v, (r->n + 1) * sizeof(*r->v));
	r->v[r->n] = (struct program_report){ .name = xstrdup(name) };
	return &r->v[r->n++];
}

static void result_free(struct result *x)
{
	free(x->name);
	free(x->reason);
	free(x->after);
}

void report_free_results(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->v[i].n; j++)
			result_free(&r->v[i].v[j]);
		free(r->v[i].v);
		free(r->v[i].name);
	}
	free(r->v);
	r->v = NULL;
	r->n = 0;
}

static struct result *get_case(struct program_report *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->v[i].whole && !strcmp(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

static void add_result(struct program_report *p, const struct case_result *c, unsigned int boot,
		       unsigned long round)
{
	char *name = c->name ? xasprintf("%s.%s", p->name, c->name) : xstrdup(p->name);
	struct result *old = c->name ? get_case(p, name) : NULL;

	if (old && c->verdict == V_MISSING && old->verdict != V_MISSING) {
		free(name);
		return;
	}
	if (!old) {
		p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
		old = &p->v[p->n++];
		*old = (struct result){ 0 };
	}
	result_free(old);
	*old = (struct result){ .name = name,
				.verdict = c->verdict,
				.seconds = c->seconds,
				.reason = xstrdup(c->reason),
				.boot = boot,
				.round = round,
				.whole = !c->name };
}

struct collecting {
	struct program_report *program;
	const struct strv *only;
	unsigned int boot;
	unsigned long round;
};

static void on_result(const struct case_result *c, void *arg)
{
	struct collecting *x = arg;

	if (only_asked_for(x->only, x->program->name, c->name))
		add_result(x->program, c, x->boot, x->round);
}

/* A program that an earlier boot did not come to, and this one was asked for. */
static void forget_unstarted(struct program_report *p)
{
	for (size_t i = p->n; i > 0; i--) {
		struct result *x = &p->v[i - 1];

		if (!x->whole || x->verdict != V_MISSING)
			continue;
		result_free(x);
		memmove(x, x + 1, (--p->n - (i - 1)) * sizeof(*x));
	}
}

int report_program(struct report *r, const struct plan_entry *e, unsigned int boot,
		   unsigned long round, const struct program_end *end)
{
	struct program_query q = { .program = e->program,
				   .boot = boot,
				   .cases = (const char *const *)e->cases.v,
				   .ncases = plan_foreign(e) ? 0 : e->cases.n,
				   .foreign = plan_foreign(e),
				   .allow = r->allow,
				   .slow = r->slow };
	struct collecting x = { report_get_program(r, e->program), &r->only, boot, round };
	char tests[40], *dir;
	int n;

	x.program->boot = boot;
	if (plan_foreign(e))
		forget_unstarted(x.program);
	dir = xasprintf("%s/%s/%s", r->dir, round_dir(round, tests, sizeof(tests)), e->program);
	n = program_results(dir, &q, end, on_result, &x);
	free(dir);
	if (end->ended && end->seconds > 0)
		x.program->seconds += end->seconds;
	if (end->started)
		x.program->runs = 1;
	return n < 0 ? n : 0;
}

/* The run was stopped before the turn of this one came: its cases may have had theirs earlier.
 */
static void add_not_run(struct report *r, const struct plan_entry *e, unsigned int boot)
{
	struct program_report *p = report_get_program(r, e->program);
	char *why = xasprintf("not run: %s", r->facts.ended);

	for (size_t i = 0; i < e->cases.n; i++)
		add_result(p, &(struct case_result){ e->cases.v[i], V_SKIP, -1, why }, boot, 1);
	free(why);
}

static int collect_boot(struct report *r, unsigned int boot, unsigned long round)
{
	const struct plan *plan = &r->plans[boot];
	bool ended = r->facts.ended && boot == r->facts.last_boot;
	size_t first, last;
	int err = 0;

	/* What a boot was asked for in its first round counts even if it did not come so far.
	 */
	if (round > r->begun[boot] && round > (plan->round ? plan->round : 1))
		return 0;
	plan_range(plan, round, &first, &last);
	for (size_t i = first; i < last && !err; i++) {
		const struct plan_entry *e = &plan->v[i];
		struct program_end end = journal_find(&r->journal, e->program, boot, round);

		if (!ended || end.ended)
			err = report_program(r, e, boot, round, &end);
		else if (round == 1)
			add_not_run(r, e, boot);
	}
	if (!err)
		report_explain(r, boot, round);
	return err;
}

int report_round(struct report *r, unsigned long round)
{
	int err = 0;

	report_free_results(r);
	for (unsigned int boot = 1; !err && boot <= BOOTS_MAX && boot <= (r->last ?: 1); boot++)
		err = collect_boot(r, boot, round);
	for (size_t i = 0; i < r->n; i++)
		report_explain_timeouts(&r->v[i]);
	return err;
}

/* A glob for results that no program reported: silence is no pass. */
static void add_unseen(struct report *r, const char *glob)
{
	struct program_report *p = only_unseen(r, glob);

	if (p)
		add_result(p,
			   &(struct case_result){ NULL, V_MISSING, -1,
						  "no result is called as asked for" },
			   1, 1);
}

static void add_held(struct report *r)
{
	json_t *h, *held = json_object_get(r->info, "held");
	size_t i;

	json_array_foreach(held, i, h)
	{
		const char *name = json_string_value(json_object_get(h, "name"));
		const char *reason = json_string_value(json_object_get(h, "reason"));
		const char *dot = name ? strchr(name, '.') : NULL;
		enum verdict verdict =
			json_is_true(json_object_get(h, "skip")) ? V_SKIP : V_HELD;
		char *program;

		dot = dot ? strchr(dot + 1, '.') : NULL;
		if (!dot)
			continue;
		program = strndup(name, (size_t)(dot - name));
		if (program)
			add_result(report_get_program(r, program),
				   &(struct case_result){ strcmp(dot + 1, "*") ? dot + 1 : NULL,
							  verdict, -1, reason ? reason : "" },
				   0, 1);
		free(program);
	}
}

int report_collect(struct report *r, const char *dir, const char *configs)
{
	int err = report_open(r, dir, configs);

	if (!err)
		err = report_round(r, 1);
	for (size_t i = 0; !err && i < r->only.n; i++)
		add_unseen(r, r->only.v[i]);
	if (!err)
		add_held(r);
	if (err < -1)
		mg_error("cannot read the results in %s: %s", dir, strerror(-err));
	return err ? -1 : 0;
}
