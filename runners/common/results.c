/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the raw files of one program to its results: its cases, and what ended it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "protocol.h"
#include "results_impl.h"

void results_tell(struct collect *c, const char *name, enum verdict v, const char *reason)
{
	struct case_result r = { name, v, -1, reason };

	c->calls++;
	c->cb(&r, c->arg);
}

enum verdict results_ending(const struct program_end *e, char *why, size_t len)
{
	if (!e->started ||
	    (e->ended && !e->stuck && !e->timeout && !e->interrupted && !e->signal)) {
		snprintf(why, len, "exited with status %d", e->exit);
		return V_PASS;
	}
	if (!e->ended) {
		snprintf(why, len, "the machine or the runner died under it");
		return V_CRASH;
	}
	if (e->stuck) {
		snprintf(why, len, "cannot be killed after %.0f s", e->seconds);
		return V_STUCK;
	}
	if (e->interrupted) {
		snprintf(why, len, "interrupted");
		return V_MISSING;
	}
	if (e->timeout) {
		snprintf(why, len, "hang guard fired, ended after %.1f s", e->seconds);
		if (e->dying > 2)
			snprintf(why + strlen(why), len - strlen(why),
				 "; its processes took %.1f s to die", e->dying);
		return V_TIMEOUT;
	}
	snprintf(why, len, "killed by signal %d", e->signal);
	return V_FAIL;
}

/* Settles the case that was running, or the program when none was. */
static void settle_running(struct collect *c)
{
	char why[128];
	enum verdict v = results_ending(c->end, why, sizeof(why));

	if (c->running && c->end->started) {
		bool kept = v == V_PASS && c->fail[0];

		results_add(c, c->current, v == V_PASS ? V_FAIL : v, kept ? c->fail : why);
		/* The running case is the first of those without a number. */
		if (c->ngaps)
			memmove(c->gaps, c->gaps + 1, --c->ngaps * sizeof(c->gaps[0]));
	}
}

static void tell_records(struct collect *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct record *r = &c->records[i];
		struct case_result out = { r->name, r->verdict, r->seconds, r->reason };

		c->calls++;
		c->cb(&out, c->arg);
	}
}

static void tell_missing(struct collect *c)
{
	char why[160], ended[128];
	char name[32];

	results_ending(c->end, ended, sizeof(ended));
	snprintf(why, sizeof(why), "never reported; program %s",
		 c->end->started ? ended : "was not started");
	for (size_t i = 0; i < c->q->ncases; i++)
		if (!results_find(c, c->q->cases[i]))
			results_tell(c, c->q->cases[i], V_MISSING, why);
	for (size_t i = 0; !c->q->ncases && i < c->ngaps; i++) {
		snprintf(name, sizeof(name), "#%lu", c->gaps[i]);
		results_tell(c, name, V_MISSING, why);
	}
}

void results_file(char *to, size_t len, const char *dir, const char *name, unsigned int boot)
{
	if (boot > 1)
		snprintf(to, len, "%s/%s.%u", dir, name, boot);
	else
		snprintf(to, len, "%s/%s", dir, name);
}

static int collect_results(struct collect *c, const char *dir)
{
	struct ktap *k = ktap_new(results_event, c);
	const struct ktap_outcome *o;
	bool was_running;
	int ret;

	if (!k)
		return -ENOMEM;
	results_file(c->output, sizeof(c->output), dir, MMG_STDOUT, c->q->boot);
	results_file(c->errors, sizeof(c->errors), dir, MMG_STDERR, c->q->boot);
	ret = results_read(k, c->output, c->end->started && !c->end->ended);
	o = ktap_finish(k);
	was_running = c->running && c->end->started;
	settle_running(c);
	tell_records(c);
	tell_missing(c);
	results_judge(c, o, was_running);
	results_machine(c, dir);
	ktap_free(k);
	return ret ? ret : c->calls;
}

int program_results(const char *dir, const struct program_query *q,
		    const struct program_end *end, program_cb *cb, void *arg)
{
	struct collect *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->q = q;
	c->end = end;
	c->cb = cb;
	c->arg = arg;
	ret = collect_results(c, dir);
	for (size_t i = 0; i < c->n; i++) {
		free(c->records[i].name);
		free(c->records[i].reason);
	}
	free(c->records);
	free(c);
	return ret;
}
