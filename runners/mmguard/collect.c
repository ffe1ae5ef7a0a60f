// SPDX-License-Identifier: GPL-2.0-only
/* From the raw files of all boots to one list of results; a later boot fills what an earlier
 * one left open. */
#include "common/protocol.h"
#include "only.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *plan_path(const char *dir, unsigned int boot)
{
	return boot > 1 ? xasprintf("%s/plan.%u", dir, boot) : xasprintf("%s/plan", dir);
}

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

/* What the run was asked for, as run.json says; paths are unknown. */
static void plan_of_info(const struct report *r, struct plan *p)
{
	json_t *e, *name, *selection = json_object_get(r->info, "selection");
	size_t i, j;

	json_array_foreach(selection, i, e)
	{
		const char *program = json_string_value(json_object_get(e, "program"));
		json_int_t seconds = json_integer_value(json_object_get(e, "seconds"));
		struct plan_entry *to;

		if (!program || !safe_component(program))
			continue;
		to = plan_add(p, program, "", seconds > 0 ? (unsigned long)seconds : 0);
		json_array_foreach(json_object_get(e, "cases"), j, name)
		{
			if (json_string_value(name))
				strv_add(&to->cases, json_string_value(name));
		}
		if (to->cases.n == 1 && !strcmp(to->cases.v[0], "*"))
			to->cwd = xstrdup("");
	}
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

static int load_info(struct report *r)
{
	char *path = xasprintf("%s/run.json", r->dir);
	json_error_t e;
	json_t *slow;
	const char *target;

	r->info = json_load_file(path, 0, &e);
	if (!json_is_object(r->info)) {
		mg_error("%s is no run: cannot read run.json: %s", r->dir, e.text);
		free(path);
		return -1;
	}
	free(path);
	if (json_integer_value(json_object_get(r->info, "schema")) != MMG_SCHEMA) {
		mg_error("%s/run.json: schema is not %d", r->dir, MMG_SCHEMA);
		return -1;
	}
	target = json_string_value(json_object_get(r->info, "target"));
	r->elsewhere = target && strcmp(target, "host");
	slow = json_object_get(r->info, "slow");
	r->slow = json_is_number(slow) && json_number_value(slow) >= 1 ? json_number_value(slow)
								       : 1;
	r->release = json_string_value(json_object_get(r->info, "kernel"));
	only_load(&r->only, r->info);
	return 0;
}

static int load_configs(struct report *r, const char *configs)
{
	char *known = xasprintf("%s/known-issues", configs);
	char *allow = xasprintf("%s/kernel-log-allow", configs), why[256] = "";
	int err = known_load(&r->known, known);

	if (!err && !access(allow, F_OK)) {
		r->allow = klog_allow_load(allow, why, sizeof(why));
		if (!r->allow) {
			mg_error("%s", why);
			err = -1;
		}
	}
	free(allow);
	free(known);
	return err;
}

/*
 * The death of a guest or of another machine is always noted, and a machine that still is in
 * the same boot did not die: without a note the one who would have written it was killed.
 */
static void settle_open_end(struct journal_facts *f, bool elsewhere)
{
	const char *why = elsewhere ? "mmguard was killed" : "mmrun or mmguard was killed";

	/* A run that was stopped on purpose left its program in the middle. */
	if (f->ended || !journal_facts_open(f) || (!elsewhere && !journal_facts_same_boot(f)))
		return;
	f->runner = xstrdup(why);
	f->stopped[f->last_boot] = xstrdup(why);
}

/* A run that was cut before its first plan was written still has one. */
static void load_plans(struct report *r)
{
	for (unsigned int boot = 1; boot <= BOOTS_MAX; boot++) {
		char *path = plan_path(r->dir, boot);

		if (!plan_read(&r->plans[boot], path))
			r->last = boot;
		else if (boot == 1)
			plan_of_info(r, &r->plans[boot]);
		free(path);
	}
	if (r->facts.boots > r->last)
		r->last = r->facts.boots;
}

static int load_journal(struct report *r)
{
	int err = journal_facts_read(&r->facts, r->dir);

	if (!err)
		err = journal_load(&r->journal, r->dir);
	/* A run that was over before it began has no journal; its held cases are still told. */
	if (err == -ENOENT && !json_array_size(json_object_get(r->info, "selection")))
		err = 0;
	if (err)
		mg_error("cannot read %s/%s: %s", r->dir, MMG_JOURNAL, strerror(-err));
	settle_open_end(&r->facts, r->elsewhere);
	for (size_t i = 0; i < r->journal.n; i++)
		if (r->journal.v[i].boot <= BOOTS_MAX)
			r->begun[r->journal.v[i].boot] = r->journal.v[i].round;
	r->rounds = r->journal.rounds > 1 ? r->journal.rounds : 1;
	return err ? -1 : 0;
}

int report_open(struct report *r, const char *dir, const char *configs)
{
	*r = (struct report){ .dir = xstrdup(dir) };
	if (load_info(r) || load_configs(r, configs) || load_journal(r))
		return -1;
	load_plans(r);
	if (r->facts.release)
		r->release = r->facts.release;
	if (!r->release)
		r->release = "?";
	r->version = json_string_value(json_object_get(r->info, "version"));
	if (!r->version)
		r->version = r->release;
	return 0;
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

void report_free(struct report *r)
{
	report_free_results(r);
	for (size_t i = 0; i <= BOOTS_MAX; i++)
		plan_free(&r->plans[i]);
	journal_free(&r->journal);
	json_decref(r->info);
	strv_free(&r->only);
	journal_facts_free(&r->facts);
	known_free(&r->known);
	klog_allow_free(r->allow);
	free(r->dir);
	*r = (struct report){ 0 };
}
