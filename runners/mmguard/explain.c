// SPDX-License-Identifier: GPL-2.0-only
/* Why a case crashed or is missing: what the journal knows and the raw files of the program do
 * not. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

static void set_reason(struct result *x, char *reason)
{
	free(x->reason);
	x->reason = reason;
}

/* The case during which the machine, the runner or the program was lost. */
static const char *find_stopper(const struct report *r, unsigned int boot)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (r->v[i].v[j].boot == boot && r->v[i].v[j].verdict == V_CRASH)
				return r->v[i].v[j].name;
	return NULL;
}

/* Not the machine but we stopped: nothing is known about the case that ran. */
static void explain_stopped(struct result *x, const char *why, bool asked)
{
	x->stopped = asked && (x->verdict == V_CRASH || x->verdict == V_MISSING);
	if (x->verdict == V_CRASH) {
		x->verdict = V_MISSING;
		x->begun = true;
		set_reason(x, xasprintf("stopped while it ran: %s", why));
	} else if (x->verdict == V_MISSING) {
		set_reason(x, xasprintf("not run: %s", why));
	}
}

static void explain_died(const struct report *r, struct result *x, const char *stopper)
{
	const char *lost = r->facts.lost[x->boot];

	if (x->verdict == V_CRASH && lost) {
		set_reason(x, xstrdup(lost));
	} else if (x->verdict == V_MISSING && stopper) {
		set_reason(x, xasprintf("not run: the machine died in %s", stopper));
		x->after = xstrdup(stopper);
	} else if (x->verdict == V_MISSING && lost) {
		set_reason(x, xasprintf("not run: %s", lost));
	}
}

/* We stopped outside the cases of a program: its cases tell all there is to tell. */
static void drop_whole(struct program_report *p, unsigned int boot)
{
	size_t kept = 0;

	for (size_t j = 0; j < p->n; j++) {
		struct result *x = &p->v[j];

		if (x->whole && x->boot == boot && x->verdict == V_CRASH && p->n > 1) {
			free(x->name);
			free(x->reason);
			free(x->after);
		} else {
			p->v[kept++] = *x;
		}
	}
	p->n = kept;
}

/* What is missing of a program that was over before the machine died is its own doing. */
static bool was_over(const struct report *r, const char *program, unsigned int boot,
		     unsigned long round)
{
	return journal_find(&r->journal, program, boot, round).ended;
}

void report_explain(struct report *r, unsigned int boot, unsigned long round)
{
	const char *stopped = r->facts.lost[boot] ? NULL : r->facts.stopped[boot];
	const char *found = find_stopper(r, boot);
	char *stopper = found ? xstrdup(found) : NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (stopped)
			drop_whole(&r->v[i], boot);
		else if (was_over(r, r->v[i].name, boot, round))
			continue;
		for (size_t j = 0; j < r->v[i].n; j++) {
			struct result *x = &r->v[i].v[j];

			if (x->boot != boot || (x->whole && x->verdict != V_CRASH))
				continue;
			if (stopped)
				explain_stopped(x, stopped, r->facts.asked[boot]);
			else
				explain_died(r, x, stopper);
		}
	}
	free(stopper);
}

void report_explain_timeouts(struct program_report *p)
{
	const char *stopper = NULL;

	for (size_t j = 0; j < p->n; j++)
		if (p->v[j].verdict == V_TIMEOUT || p->v[j].verdict == V_STUCK)
			stopper = p->v[j].name;
	for (size_t j = 0; stopper && j < p->n; j++)
		if (p->v[j].verdict == V_MISSING && !p->v[j].after)
			p->v[j].after = xstrdup(stopper);
}
