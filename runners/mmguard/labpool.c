// SPDX-License-Identifier: GPL-2.0-only
/* Guests side by side, each in a process of its own, so that one that fails fails alone. */
#include "labrun.h"
#include "run.h"
#include "common/protocol.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds between two looks at guests that are late. */
#define LOOK 5

static void start(struct lab_campaign *c, struct lab_job *j)
{
	pid_t parent = getpid();

	fflush(NULL);
	j->began = now_mono();
	j->pid = fork();
	if (j->pid < 0) {
		mg_error("cannot fork: %s", strerror(errno));
		j->pid = 0;
		c->failed++;
		j->selected = false;
	}
	if (j->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	_exit(getppid() == parent ? labguest_run(c, j) : MMG_EXIT_INTERRUPTED);
}

/* A bug waits for its run with 0, which says what is worth running. */
static struct lab_job *next(const struct lab_campaign *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct lab_job *j = &c->v[i];

		if (j->selected && !j->done && !j->pid && (!j->bug || labjobs_zero(c, j)->done))
			return j;
	}
	return NULL;
}

static void say_bug(const struct lab_campaign *c, const struct lab_job *j)
{
	struct matrix m = { 0 };
	struct matrix_row *row = matrix_add(&m, j->bug);

	printf("%3u %-26s ", j->number, j->plain ? "(plain edit)" : j->bug->name);
	if (!labmatrix_row(c, j, row))
		printf("%s%-9s %4.0f s, %u boot%s%s%s\n", row->peer ? "peer: " : "",
		       how_name(row->peer ? row->peer->how : row->how), row->seconds,
		       row->boots, row->boots == 1 ? "" : "s", *row->note ? "; " : "",
		       row->note);
	matrix_free(&m);
}

static void say(const struct lab_campaign *c, const struct lab_job *j)
{
	size_t done = 0, all = 0;

	for (size_t i = 0; i < c->n; i++) {
		all += c->v[i].selected;
		done += c->v[i].selected && c->v[i].done;
	}
	printf("[%2zu/%zu] ", done, all);
	if (j->bug)
		say_bug(c, j);
	else
		printf("  0 %-26s was run\n", j->group->area ? j->group->area : "all areas");
	fflush(stdout);
}

static void reap(struct lab_campaign *c, pid_t pid, int status)
{
	for (size_t i = 0; i < c->n; i++) {
		struct lab_job *j = &c->v[i];

		if (j->pid != pid)
			continue;
		j->pid = 0;
		j->done = WIFEXITED(status) && !WEXITSTATUS(status);
		if (j->done) {
			say(c, j);
			continue;
		}
		/* Not again in this campaign. */
		j->selected = false;
		c->failed++;
		if (!signals_seen())
			mg_error("the run of bug %u failed; see %s/log", j->number, j->dir);
	}
}

static void stop_all(const struct lab_campaign *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].pid)
			kill(c->v[i].pid, SIGTERM);
}

static bool caught(const struct matrix_row *r)
{
	return (r->peer ? r->peer->how : r->how) == HOW_ASSERTION;
}

/*
 * A bug that an assertion has caught may make hundreds of cases fail, each after its own
 * deadline: it has had its time.
 */
static void stop_late(const struct lab_campaign *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct lab_job *j = &c->v[i];
		struct matrix m = { 0 };

		if (!j->pid || !j->bug || !c->l->opt.limit ||
		    now_mono() - j->began < (double)c->l->opt.limit)
			continue;
		if (!labmatrix_row(c, j, matrix_add(&m, j->bug)) && caught(&m.v[0]))
			kill(j->pid, SIGALRM);
		matrix_free(&m);
	}
}

/* Wait for one of them; ^C reaches the others too. */
static void wait_one(struct lab_campaign *c, unsigned long *running)
{
	double looked = now_mono();
	int status;
	pid_t pid;

	while (!(pid = waitpid(-1, &status, WNOHANG)) && !signals_seen()) {
		poll(NULL, 0, 200);
		if (now_mono() - looked < LOOK)
			continue;
		looked = now_mono();
		stop_late(c);
	}
	if (!pid) {
		stop_all(c);
		pid = waitpid(-1, &status, 0);
	}
	if (pid > 0) {
		(*running)--;
		reap(c, pid, status);
	}
}

int labjobs_run(struct lab_campaign *c)
{
	unsigned long running = 0;
	struct lab_job *j;

	signals_catch();
	for (;;) {
		while (running < c->l->opt.jobs && !signals_seen() && (j = next(c))) {
			start(c, j);
			running += j->pid > 0;
		}
		if (!running)
			break;
		wait_one(c, &running);
	}
	if (signals_seen())
		return MMG_EXIT_INTERRUPTED;
	return c->failed ? MMG_EXIT_RUNNER : MMG_EXIT_OK;
}
