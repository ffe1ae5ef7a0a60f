// SPDX-License-Identifier: GPL-2.0-only
/* One guest of the lab is one run as "mmguard run" makes it, with mm_bug=N on its command line.
 */
#include "labrun.h"
#include "run.h"
#include "vm.h"
#include "common/protocol.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A bug that kills every guest is proven by the first; the others are for the other scenarios.
 */
#define BOOTS 3

/* Nobody knows how steady a peer's programs are: what fails in one of these proves nothing. */
#define PEER_ROUNDS 3

/* What the run prints goes to a file; the terminal has one line for each bug. */
static void redirect(const char *dir)
{
	char *log = xasprintf("%s/log", dir);
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
		close(fd);
	}
	free(log);
}

/*
 * A kernel that goes on after an oops holds the locks of the task that died, and hangs for
 * minutes; one that loops would be waited for as long as its test may take.
 */
#define PANICS "oops=panic rcupdate.rcu_cpu_stall_timeout=60 sysctl.kernel.panic_on_rcu_stall=1"

static void set_options(struct run *r, const struct lab_campaign *c, const struct lab_job *j)
{
	const struct lab_options *o = &c->l->opt;
	const char *more = j->group->peer ? o->peer_append : o->append;
	char *append = j->plain ? xasprintf(PANICS " %s", more)
				: xasprintf("mm_bug=%u " PANICS " %s", j->number, more);

	r->opt = (struct run_options){ .vm = true,
				       .kernel = xstrdup(j->image->path),
				       .append = append,
				       .accel = xstrdup(getenv("MMGUARD_ACCEL") ?: "tcg"),
				       .results = xstrdup(j->dir),
				       .memory = RUN_MEMORY,
				       .nodes = RUN_NODES,
				       .from = j->group->peer ? xstrdup(o->peer) : NULL,
				       .repeat.rounds =
					       j->group->peer && !j->bug ? PEER_ROUNDS : 0,
				       .crashes = j->bug ? BOOTS : 0,
				       .slow = o->slow };
	strv_add(&r->opt.command, "mmguard");
	strv_add(&r->opt.command, "lab");
	strv_add(&r->opt.command, "run");
	r->paths = (struct paths){ .tests = xstrdup(c->l->paths.tests),
				   .mmrun = xstrdup(c->l->paths.mmrun),
				   .configs = xstrdup(c->l->paths.configs) };
}

static void copy_plan(struct plan *to, const struct plan *from, const struct report *zero)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct plan_entry *e = &from->v[i];
		struct plan_entry *n = NULL;

		for (size_t k = 0; k < e->cases.n; k++) {
			char *name = xasprintf("%s.%s", e->program, e->cases.v[k]);

			if (!zero || !matrix_zero_fails(zero, name)) {
				if (!n)
					n = plan_add_like(to, e);
				strv_add(&n->cases, e->cases.v[k]);
			}
			free(name);
		}
	}
}

/*
 * What fails on the unmodified kernel proves nothing with a bug, but may hang for minutes and
 * damage what the others look at.
 */
static void make_plan(struct run *r, const struct lab_campaign *c, const struct lab_job *j)
{
	struct report zero = { 0 };

	if (j->bug && !labmatrix_collect(c, labjobs_zero(c, j), &zero))
		(j->group->peer ? labpeer_plan : copy_plan)(&r->plan, &j->group->plan, &zero);
	report_free(&zero);
	if (!r->plan.n)
		copy_plan(&r->plan, &j->group->plan, NULL);
}

/* A guest that never came up is a result when the kernel said why, and not one of ours. */
static bool is_result(const struct run *r, enum target_end end)
{
	struct report report;
	bool lost, error;

	if (report_collect(&report, r->dir, r->paths.configs)) {
		report_free(&report);
		return false;
	}
	lost = report.facts.lost[1] != NULL;
	error = report.facts.runner || (report.facts.interrupted && !signals_seen());
	report_free(&report);
	return !error && (end == TARGET_DONE || lost);
}

/* As "mmguard run" does it. */
static int order_plan(struct run *r)
{
	char *dir = paths_config(&r->paths, "known-issues");
	int err = known_load(&r->known, dir);

	if (!err)
		plan_harmful_last(&r->plan, &r->known, r->version);
	free(dir);
	return err;
}

static int run(struct run *r)
{
	struct vm vm = { 0 };
	enum target_end end;
	int rc = MMG_EXIT_RUNNER;

	if (!vm_prepare(&vm, r) && !order_plan(r) && !rundir_create(r) &&
	    !rundir_write_info(r, vm.image)) {
		end = vm_run(&vm, r);
		/* The alarm says that the bug is caught and the time for the rest is over. */
		if (signals_seen() && signals_seen() != SIGALRM)
			rc = MMG_EXIT_INTERRUPTED;
		else if (is_result(r, end))
			rc = MMG_EXIT_OK;
		report_make(r->dir, r->paths.configs, true);
		rundir_give_away(r);
	}
	vm_free(&vm);
	return rc;
}

int labguest_run(const struct lab_campaign *c, const struct lab_job *j)
{
	char *done = xasprintf("%s/done", j->dir), *key = labjob_key(j);
	struct run r = { 0 };
	int rc;

	remove_tree(j->dir);
	rc = mkdirs(j->dir) ? MMG_EXIT_RUNNER : MMG_EXIT_OK;
	if (!rc) {
		redirect(j->dir);
		signals_catch();
		set_options(&r, c, j);
		make_plan(&r, c, j);
		rc = run(&r);
	}
	if (!rc && file_write(done, key, strlen(key)))
		rc = MMG_EXIT_RUNNER;
	free(key);
	free(done);
	fflush(NULL);
	return rc;
}
