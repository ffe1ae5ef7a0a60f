// SPDX-License-Identifier: GPL-2.0-only
/* The executor knows no known issues, so the front end decides when a run has seen enough. */
#include "until.h"

#include <stdlib.h>
#include <string.h>

static const struct plan_entry *find_entry(const struct plan *p, const char *program,
					   unsigned long round)
{
	size_t first, last;

	plan_range(p, round, &first, &last);
	for (size_t i = first; i < last; i++)
		if (!strcmp(p->v[i].program, program))
			return &p->v[i];
	return NULL;
}

static void look(struct until *u, unsigned long round)
{
	for (size_t i = 0; i < u->report.n; i++) {
		for (size_t j = 0; j < u->report.v[i].n && !u->reason; j++) {
			const struct result *x = &u->report.v[i].v[j];

			if (!verdict_expected(x->verdict))
				u->reason = xasprintf("--until-fail: %s %s in round %lu",
						      verdict_name(x->verdict), x->name, round);
		}
	}
}

/* An on_end of struct progress. */
static void on_program(void *ctx, const char *program, unsigned long round, const char *line)
{
	struct until *u = ctx;
	const struct plan_entry *e = find_entry(u->plan, program, round);
	struct program_end end;

	if (u->reason || !e || !journal_parse_end(line, &end))
		return;
	report_program(&u->report, e, u->boot, round, &end);
	report_explain_timeouts(&u->report.v[0]);
	report_apply_known(&u->report);
	look(u, round);
	report_free_results(&u->report);
}

int until_watch(struct until *u, const struct run *r, struct progress *p)
{
	*u = (struct until){ .boot = 1, .plan = &r->plan };
	p->on_end = on_program;
	p->ctx = u;
	return report_open(&u->report, r->dir, r->paths.configs);
}

void until_end(struct until *u)
{
	free(u->reason);
	u->reason = NULL;
	report_free(&u->report);
}
