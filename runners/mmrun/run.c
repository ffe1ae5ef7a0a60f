/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan, program by program: journal, state, program, state, journal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "mmrun.h"

#define SETTLE_S 0.5 /* how long counters may take to come back */

static void write_state(struct runner *r, const struct job *job, const char *file,
			const char *text)
{
	struct sink_file f;

	sink_name(&r->sink, &f, job->name, file);
	sink_append(&r->sink, &f, text, strlen(text));
	sink_end(&f);
}

/* A snapshot; one that differs is taken again until it settles. */
static void state_after(struct runner *r, const struct job *job, const char *before, int tasks)
{
	double until = now() + SETTLE_S * r->opt.slow;
	char *text = r->state ? state_take(r->state, tasks) : NULL;

	while (text && before && strcmp(text, before) && !tasks && now() < until) {
		usleep(10000);
		sink_tick(&r->sink);
		free(text);
		text = state_take(r->state, tasks);
	}
	if (text)
		write_state(r, job, MMG_STATE_AFTER, text);
	free(text);
}

static void write_end(struct runner *r, const char *name, const struct program_end *e)
{
	char status[16] = "null", sig[16] = "null";

	if (e->exit >= 0)
		snprintf(status, sizeof(status), "%d", e->exit);
	if (e->signal)
		snprintf(sig, sizeof(sig), "%d", e->signal);
	journal_event(&r->sink, "end",
		      ",\"program\":\"%s\",\"exit\":%s,\"signal\":%s,\"timeout\":%s,"
		      "\"stuck\":%s%s,\"seconds\":%.3f",
		      name, status, sig, e->timeout ? "true" : "false",
		      e->stuck ? "true" : "false",
		      e->interrupted ? ",\"interrupted\":true" : "", e->seconds);
}

static void run_job(struct runner *r, const struct job *job)
{
	struct outcome out;
	char *before;

	journal_event(&r->sink, "start", ",\"program\":\"%s\"", job->name);
	before = r->state ? state_take(r->state, 0) : NULL;
	if (before)
		write_state(r, job, MMG_STATE_BEFORE, before);
	child_run(r, job, &out);
	/* What is stuck holds what it had: no comparison is fair. */
	if (!out.end.stuck)
		state_after(r, job, before, out.left_behind);
	free(before);
	write_end(r, job->name, &out.end);
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

int run_plan(struct runner *r, const struct plan *p)
{
	write_boot(r);
	for (size_t i = 0; i < p->n && !r->interrupted; i++)
		run_job(r, &p->jobs[i]);
	if (!r->interrupted)
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
