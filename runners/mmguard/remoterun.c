// SPDX-License-Identifier: GPL-2.0-only
/* mmrun is started on the machine again with what is left, until nothing is. */
#include "remote.h"
#include "remotescript.h"
#include "rest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* How often mmrun may end early without the machine. */
#define STOPS_MAX 3
/* Seconds that cleaning up may take. */
#define CLEAN_S 120
/* Tries to look at a machine that has just booted, and seconds between them. */
#define LOOKS 30

/* A name that no other run there has, whoever made it. */
static void name_run(struct remote *m, const struct run *r)
{
	unsigned int token = 0;

	if (getrandom(&token, sizeof(token), 0) != sizeof(token))
		token = (unsigned int)now_mono();
	free(m->run);
	m->run = xasprintf("%s-%08x", r->id, token);
}

struct campaign {
	struct remote *m;
	struct run *run;
	struct rest rest;
	struct progress progress;
	struct until until;
	unsigned int stops;
};

/* 1: there is a boot to be had; 0: the run is over; -1 with a message. */
static int next_boot(struct campaign *c)
{
	rest_free(&c->rest);
	if (rest_find(c->run, &c->rest))
		return -1;
	return rest_begin(c->run, &c->rest, false);
}

/* Another kernel would give answers to another question. */
static bool same_kernel(struct campaign *c)
{
	char *complaint = NULL;
	int rc = -1;

	for (int i = 0; i < LOOKS && rc < 0 && !signals_seen(); i++) {
		free(complaint);
		rc = remote_look_again(c->m, &complaint);
	}
	if (rc) {
		rundir_event(c->run->dir, "gave-up", 0, complaint);
		mg_error("giving up: %s", complaint);
	}
	free(complaint);
	return !rc;
}

/* mmrun was killed and the machine was not: what is left runs, but not for ever. */
static bool start_again(struct campaign *c)
{
	if (++c->stops >= STOPS_MAX) {
		mg_error("giving up: mmrun ended early %u times", c->stops);
		return false;
	}
	return !rundir_event(c->run->dir, "resume", 0, NULL);
}

static enum remote_end one_boot(struct campaign *c)
{
	struct progress *p = &c->progress;
	enum remote_end end = REMOTE_ERROR;
	struct plan plan;

	if (!p->total)
		progress_plan(p, &c->rest.plan);
	progress_rest(p, &c->rest.plan);
	if (c->run->opt.repeat.until_fail && !p->on_end && until_watch(&c->until, c->run, p))
		return end;
	c->until.plan = &c->rest.plan;
	c->until.boot = c->rest.boot + 1;
	if (remote_copy(c->m, c->run, &c->rest.plan) || remote_plan(c->m, &c->rest.plan, &plan))
		return end;
	if (remote_note_start(c->m, c->run, c->until.boot)) {
		plan_free(&plan);
		return end;
	}
	c->m->begun = true;
	end = remote_boot(c->m, c->run, &plan, &c->until, p);
	c->m->again = false;
	plan_free(&plan);
	return end;
}

/* What was started before this mmguard is followed to its end first.  As next_boot(). */
static int first_boot(struct campaign *c)
{
	int boot = c->run->info ? remote_find_start(c->m, c->run, &c->rest.plan) : 0;

	if (!c->m->run)
		name_run(c->m, c->run);
	if (boot <= 0)
		return boot < 0 ? boot : next_boot(c);
	c->rest.boot = (unsigned int)boot - 1;
	printf("mmguard: following boot %d on %s again\n", boot, c->m->ssh.host);
	fflush(stdout);
	return 1;
}

/* false: it was the last boot. */
static bool go_on(struct campaign *c, enum remote_end end, bool followed)
{
	/* Of one that was followed again, another mmguard knew what would be left. */
	if (end == REMOTE_DONE && followed)
		return true;
	if (end == REMOTE_LOST)
		return same_kernel(c);
	return end == REMOTE_STOPPED && start_again(c);
}

static void clean(const struct remote *m)
{
	const char *const args[] = { m->facts.dir, m->run, m->facts.sudo, NULL };
	struct ssh_result r = ssh_run(&m->ssh, REMOTE_CLEAN, args, -1, CLEAN_S);

	if (r.status)
		mg_error("%s: cannot remove %s/runs/%s: %s", m->ssh.host, m->facts.dir, m->run,
			 r.complaint);
	ssh_result_free(&r);
}

enum target_end remote_run(struct run *r)
{
	struct remote *m = r->remote;
	struct campaign c = { .m = m, .run = r };
	enum remote_end end = REMOTE_DONE;
	bool followed;
	int next;

	progress_init(&c.progress, stdout, NULL);
	next = first_boot(&c);
	while (next > 0) {
		followed = m->again;
		end = one_boot(&c);
		if (!go_on(&c, end, followed))
			break;
		next = next_boot(&c);
	}
	progress_end(&c.progress);
	until_end(&c.until);
	rest_free(&c.rest);
	if (m->begun && end != REMOTE_GONE)
		clean(m);
	return next < 0 || (end == REMOTE_ERROR && !m->begun) ? TARGET_FAILED : TARGET_DONE;
}
