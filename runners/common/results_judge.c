/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether what a program said is sound: its plan, its names, its exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "foreign.h"
#include "protocol.h"
#include "results_impl.h"

#define HIDDEN_MAX 256

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A result that was not asked for; NULL when there is none. */
static const char *uninvited(const struct collect *c)
{
	const char **names = calloc(c->q->ncases ? c->q->ncases : 1, sizeof(*names));
	const char *found = NULL;

	for (size_t i = 0; names && i < c->q->ncases; i++)
		names[i] = c->q->cases[i];
	if (names)
		qsort(names, c->q->ncases, sizeof(*names), by_name);
	for (size_t i = 0; names && c->q->ncases && i < c->n && !found; i++) {
		const char *key = c->records[i].name;

		if (!bsearch(&key, names, c->q->ncases, sizeof(*names), by_name))
			found = key;
	}
	free(names);
	return found;
}

/* What is wrong with the stream; false when nothing is. */
static bool stream_fault(const struct collect *c, const struct ktap_outcome *o, char *why,
			 size_t len)
{
	const char *stranger = uninvited(c);

	if (o->errors)
		snprintf(why, len, "KTAP: %s", o->first_error);
	else if (!c->n && (c->end->exit == 126 || c->end->exit == 127))
		snprintf(why, len, "cannot be executed, exit status %d", c->end->exit);
	else if (o->bailed)
		snprintf(why, len, "KTAP: bailed out");
	else if (stranger)
		snprintf(why, len, "result not asked for: %.200s", stranger);
	else if (c->overflow)
		snprintf(why, len, "more than %d results", RECORDS_MAX);
	else if (!c->n && !c->q->ncases && !c->ngaps)
		snprintf(why, len, "no results; exited with status %d", c->end->exit);
	else if (!o->planned && !c->q->ncases)
		snprintf(why, len, "KTAP: no plan, results may be missing");
	else
		return false;
	return true;
}

static void note_bad(const struct ktap_event *ev, void *arg)
{
	char *name = arg;

	if (ev->type == KTAP_RESULT && ev->verdict >= V_FAIL && !*name)
		snprintf(name, HIDDEN_MAX, "%.*s", HIDDEN_MAX - 1, ev->full);
}

/* The runner of kselftest reads both streams as one: a failure may hide in the other. */
static void read_errors(const struct collect *c, char *name)
{
	struct ktap *k = ktap_new(note_bad, name);

	*name = '\0';
	if (!k)
		return;
	results_read(k, c->errors, false);
	ktap_finish(k);
	ktap_free(k);
}

static void tell_foreign(struct collect *c, const struct ktap_outcome *o, enum verdict worst,
			 enum verdict end)
{
	char hidden[HIDDEN_MAX];
	struct foreign f = { .exit = c->end->exit,
			     .results = c->n > 0 || c->ngaps > 0,
			     .begun = o->spoken,
			     .worst = worst,
			     .whole = o->verdict,
			     .gaps = c->ngaps > 0,
			     .bailed = o->bailed,
			     .error = o->first_error,
			     .output = c->output,
			     .errors = c->errors,
			     .hidden = hidden };
	char why[REASON_MAX];
	enum verdict v;

	read_errors(c, hidden);
	if (end == V_PASS && foreign_judge(&f, &v, why, sizeof(why)))
		results_tell(c, NULL, v, why);
}

void results_judge(struct collect *c, const struct ktap_outcome *o, bool was_running)
{
	enum verdict worst = V_HELD, end;
	char why[256];

	for (size_t i = 0; i < c->n; i++)
		worst = verdict_worst(worst, c->records[i].verdict);
	end = results_ending(c->end, why, sizeof(why));
	if (end != V_PASS && !was_running)
		results_tell(c, NULL, end, why);
	if (!c->end->started) {
		if (c->q->foreign)
			results_tell(c, NULL, V_MISSING,
				     "never reported; program was not started");
		return;
	}
	if (end == V_PASS && o->planned && !c->n && o->verdict == V_SKIP &&
	    (!c->q->foreign || c->end->exit != MMG_TEST_FAIL)) {
		results_tell(c, NULL, V_SKIP, "the whole program was skipped");
		return;
	}
	if (c->q->foreign) {
		tell_foreign(c, o, worst, end);
		return;
	}
	if (end == V_PASS && stream_fault(c, o, why, sizeof(why)))
		results_tell(c, NULL, V_BROKEN, why);
	if (end != V_PASS || !verdict_quiet(worst) || c->end->exit == MMG_TEST_PASS)
		return;
	if (c->end->exit == MMG_TEST_SKIP && worst == V_SKIP)
		return;
	snprintf(why, sizeof(why), "exit status %d, though no case failed", c->end->exit);
	if (c->n)
		results_tell(c, NULL, V_FAIL, why);
}
