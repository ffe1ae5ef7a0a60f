// SPDX-License-Identifier: GPL-2.0-only
/* The raw files tell what is left, as they do for the reports: nothing else is remembered. */
#include "rest.h"
#include "common/results.h"
#include "initramfs.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Boots in a row that may bring nothing new. */
#define FRUITLESS_MAX 3
/* Deaths of the machine that a program may cause, outside its cases and on real machines. */
#define DEATHS_MAX 2

static const struct program_report *find_program(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].name, name))
			return &r->v[i];
	return NULL;
}

static const struct result *find_case(const struct program_report *p, const char *scenario)
{
	size_t n = strlen(p->name);

	for (size_t i = 0; i < p->n; i++)
		if (!p->v[i].whole && !strcmp(p->v[i].name + n + 1, scenario))
			return &p->v[i];
	return NULL;
}

/* A program that kills the machine again and again costs more than its results are worth. */
static bool deadly(const struct program_report *p, bool guest)
{
	size_t all = 0, outside = 0;

	for (size_t i = 0; i < p->n; i++) {
		all += p->v[i].verdict == V_CRASH;
		outside += p->v[i].verdict == V_CRASH && p->v[i].whole;
	}
	return outside >= DEATHS_MAX || (!guest && all >= DEATHS_MAX);
}

/* Has the case no result, and may it still get one? */
static bool is_open(const struct run *r, const struct report *report,
		    const struct program_report *p, const struct result *x)
{
	struct program_end end;

	if (!p)
		return true;
	if (x && x->verdict != V_MISSING)
		return false;
	/* A guest is a new machine each time, and nobody was harmed. */
	if (x && x->begun)
		return r->opt.again || r->opt.vm;
	/* What a program that ended by itself did not report, it would not report again. */
	end = journal_find(&report->journal, p->name, x ? x->boot : p->boot, report->rounds);
	return !end.ended || end.interrupted;
}

/* The same of a program that has to run as a whole: once begun it is not run again. */
static bool is_whole_open(const struct run *r, const struct report *report,
			  const struct program_report *p)
{
	struct program_end end;

	if (!p)
		return true;
	end = journal_find(&report->journal, p->name, p->boot, report->rounds);
	if (!end.started)
		return true;
	return end.interrupted || (r->opt.again && !end.ended);
}

static void rest_of_entry(const struct run *r, const struct report *report,
			  const struct plan_entry *e, struct plan *next)
{
	const struct program_report *p = find_program(report, e->program);
	struct plan_entry *n = NULL;

	if (p && deadly(p, r->opt.vm))
		return;
	if (plan_foreign(e)) {
		if (is_whole_open(r, report, p))
			strv_add(&plan_add_like(next, e)->cases, "*");
		return;
	}
	for (size_t i = 0; i < e->cases.n; i++) {
		if (!is_open(r, report, p, p ? find_case(p, e->cases.v[i]) : NULL))
			continue;
		if (!n)
			n = plan_add_like(next, e);
		strv_add(&n->cases, e->cases.v[i]);
	}
}

static bool brought_results(const struct report *r, unsigned int boot)
{
	if (r->begun[boot] && r->begun[boot] < r->rounds)
		return true;
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (r->v[i].v[j].boot == boot && r->v[i].v[j].verdict != V_MISSING)
				return true;
	return false;
}

/* The boot-loop guard: NULL, or why another boot is not worth it; the caller frees. */
static char *why_stop(const struct run *r, const struct report *report)
{
	unsigned int max = r->opt.crashes ?: r->opt.vm ? REST_CRASHES_VM : REST_CRASHES;
	unsigned int lost = 0, fruitless = 0;

	for (unsigned int b = 1; b <= BOOTS_MAX; b++) {
		if (!report->facts.lost[b])
			continue;
		lost++;
		fruitless = brought_results(report, b) ? 0 : fruitless + 1;
	}
	if (fruitless >= FRUITLESS_MAX && !r->opt.force)
		return xasprintf("%u crashes in a row brought no new result", fruitless);
	if (lost >= max)
		return xasprintf("%u crashes (--crashes allows more)", lost);
	if (report->last >= BOOTS_MAX)
		return xasprintf("%d boots", BOOTS_MAX);
	return NULL;
}

/* What is left of the last round that was begun, and then the later ones. */
static void rest_of_rounds(const struct run *r, const struct report *report, struct plan *next)
{
	const struct repeat *repeat = &r->opt.repeat;

	*next = (struct plan){ .repeat = *repeat, .round = report->rounds };
	for (size_t i = 0; i < r->plan.n; i++)
		rest_of_entry(r, report, &r->plan.v[i], next);
	if (repeat->seconds > 0)
		next->repeat.seconds -= report->facts.end - report->facts.begin;
	if (report->rounds >= repeat->rounds || plan_cases(next) == plan_cases(&r->plan))
		return;
	next->again = next->n;
	next->round += !next->n;
	plan_copy_entries(next, &r->plan);
}

int rest_find(const struct run *r, struct rest *rest)
{
	struct report report;
	int err = report_open(&report, r->dir, r->paths.configs);

	*rest = (struct rest){ 0 };
	if (!err)
		err = report_round(&report, report.rounds);
	/* What was ended on purpose stays so. */
	if (!err && !report.facts.ended)
		rest_of_rounds(r, &report, &rest->plan);
	if (!err) {
		rest->boot = report.last;
		rest->stop = why_stop(r, &report);
	}
	report_free(&report);
	return err;
}

static int write_plan(const struct run *r, const struct rest *rest, bool guest)
{
	char *path = plan_path(r->dir, rest->boot + 1);
	struct plan there = { 0 };
	int err;

	if (guest)
		initramfs_plan(&rest->plan, r->opt.from, &there);
	err = plan_write(guest ? &there : &rest->plan, path);
	plan_free(&there);
	free(path);
	return err ? -1 : 1;
}

int rest_begin(const struct run *r, const struct rest *rest, bool guest)
{
	if (!rest->plan.n) {
		if (r->info)
			puts("mmguard: the run is finished, nothing is left to run");
		return 0;
	}
	if (r->opt.repeat.seconds > 0 && rest->plan.repeat.seconds < 1)
		return rundir_event(r->dir, "stopped", rest->boot, "the time given was over");
	if (!rest->stop)
		return write_plan(r, rest, guest);
	mg_error("giving up: %s", rest->stop);
	return rundir_event(r->dir, "gave-up", 0, rest->stop) ? -1 : 0;
}

void rest_free(struct rest *rest)
{
	plan_free(&rest->plan);
	free(rest->stop);
	*rest = (struct rest){ 0 };
}
