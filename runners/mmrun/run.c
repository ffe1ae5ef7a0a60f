/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan, program by program: journal, state, program, state, journal.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "../common/state.h"
#include "mmrun.h"
#include "state.h"

#define SETTLE_S 0.5 /* how long counters may take to come back */

/*
 * A snapshot; one that differs is taken again until it settles. What then differs
 * still is a leak, which is written down before it is given back.
 */
static void state_after(struct runner *r, const struct job *job, const struct outcome *out)
{
	double until = now() + SETTLE_S * r->opt.slow;
	struct state *st = r->state;
	char tasks[96] = "0";
	bool differs;

	if (out->left_behind)
		snprintf(tasks, sizeof(tasks), "%d (%s%s)", out->left_behind, out->left_name,
			 out->left_behind > 1 ? ", ..." : "");
	for (;;) {
		state_take(st, st->after, false, tasks);
		differs = state_compare(st->before, st->after, NULL, NULL);
		if (!differs || out->left_behind || now() >= until)
			break;
		usleep(10000);
		sink_tick(&r->sink);
	}
	sink_put(&r->sink, job->name, MMG_STATE_AFTER, st->after);
	if (!differs)
		return;
	give_back(st, &r->sink, r->opt.slow);
	sink_put(&r->sink, job->name, MMG_GIVEN_BACK, st->given);
}

/* The first round goes without saying. */
static const char *round_member(const struct runner *r, char *buf, size_t len)
{
	if (r->sink.round > 1)
		snprintf(buf, len, ",\"round\":%lu", r->sink.round);
	else
		*buf = '\0';
	return buf;
}

static void write_end(struct runner *r, const char *name, const struct program_end *e)
{
	char round[40], status[16] = "null", sig[16] = "null", dying[32] = "";

	if (e->exit >= 0)
		snprintf(status, sizeof(status), "%d", e->exit);
	if (e->signal)
		snprintf(sig, sizeof(sig), "%d", e->signal);
	if (e->dying > 0.05)
		snprintf(dying, sizeof(dying), ",\"dying\":%.3f", e->dying);
	journal_event(&r->sink, "end",
		      ",\"program\":\"%s\"%s,\"exit\":%s,\"signal\":%s,\"timeout\":%s,"
		      "\"stuck\":%s%s,\"seconds\":%.3f%s",
		      name, round_member(r, round, sizeof(round)), status, sig,
		      e->timeout ? "true" : "false", e->stuck ? "true" : "false",
		      e->interrupted ? ",\"interrupted\":true" : "", e->seconds, dying);
}

static void run_job(struct runner *r, const struct job *job)
{
	struct outcome out;
	char round[40];

	journal_event(&r->sink, "start", ",\"program\":\"%s\"%s", job->name,
		      round_member(r, round, sizeof(round)));
	if (r->state) {
		state_take(r->state, r->state->before, true, "0");
		sink_put(&r->sink, job->name, MMG_STATE_BEFORE, r->state->before);
	}
	child_run(r, job, &out);
	/* What is stuck holds what it had: no comparison is fair. */
	if (r->state && !out.end.stuck)
		state_after(r, job, &out);
	/* Without all it said, no result of it can be trusted: it has no end. */
	if (r->sink.failed)
		return;
	write_end(r, job->name, &out.end);
	if (!r->sink.failed)
		summary_job(r, job, &out.end);
}

static void write_boot(struct runner *r)
{
	char id[64] = "", release[200];
	struct utsname u;

	uname(&u);
	read_file("/proc/sys/kernel/random/boot_id", id, sizeof(id));
	id[strcspn(id, "\n")] = '\0';
	journal_event(&r->sink, "boot",
		      ",\"schema\":%d,\"boot\":%u,\"kernel\":\"%s\",\"boot_id\":\"%s\"",
		      MMG_SCHEMA, r->opt.boot, json_quote(u.release, release, sizeof(release)),
		      id);
}

/* Whoever watches the run has had enough of it, or the time is over. */
static bool stopped(struct runner *r, double until)
{
	if (r->sink.dir >= 0 && !faccessat(r->sink.dir, MMG_STOP, F_OK, 0)) {
		journal_event(&r->sink, "stopped",
			      ",\"reason\":\"the file " MMG_STOP " was found\"");
		return true;
	}
	if (until > 0 && now() >= until) {
		journal_event(&r->sink, "stopped", ",\"reason\":\"the time given was over\"");
		return true;
	}
	return false;
}

static bool run_round(struct runner *r, const struct plan *p, double until)
{
	size_t first = r->sink.round > p->first ? p->again : 0;
	size_t last = r->sink.round == p->first && p->again ? p->again : p->n;

	for (size_t i = first; i < last; i++) {
		if (stopped(r, until))
			return false;
		run_job(r, &p->jobs[i]);
		if (r->interrupted || r->sink.failed)
			return false;
	}
	return r->sink.round < p->last;
}

int run_plan(struct runner *r, const struct plan *p)
{
	double until = p->seconds > 0 ? now() + p->seconds : 0;
	char why[600];

	write_boot(r);
	r->sink.round = p->first;
	while (run_round(r, p, until))
		r->sink.round++;
	if (r->sink.failed)
		journal_event(&r->sink, "runner", ",\"reason\":\"%s\"",
			      json_quote(r->sink.why, why, sizeof(why)));
	else if (r->interrupted)
		journal_event(&r->sink, "interrupted", ",\"reason\":\"%s\"",
			      strsignal(r->interrupted));
	else
		journal_event(&r->sink, "done", "%s", "");
	summary_end(r);
	if (r->sink.failed)
		return MMG_EXIT_RUNNER;
	if (r->interrupted)
		return MMG_EXIT_INTERRUPTED;
	if (!p->n)
		return MMG_EXIT_NOTHING;
	return r->worst;
}
