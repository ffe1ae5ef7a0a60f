/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun: runs test programs on the machine at hand and survives them.
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "mmrun.h"

/* The signals are read from a descriptor, next to the output of the program. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* mmrun must be the last one to starve: nobody else knows what was running. */
static char *stand_firm(void)
{
	static char old[16];

	/* Memory that is given back and taken again would be locked anew each time. */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (read_file("/proc/self/oom_score_adj", old, sizeof(old)) <= 0 ||
	    write_file("/proc/self/oom_score_adj", "-1000"))
		return NULL;
	old[strcspn(old, "\n")] = '\0';
	/* Started by another mmrun or by a shielded service: tests are not. */
	return atoi(old) < 0 ? strcpy(old, "0") : old;
}

/* Results somebody wants only the verdict of: files that are gone afterwards. */
static int make_tmp(struct runner *r)
{
	const char *base = getenv("TMPDIR");
	static char path[512];

	snprintf(path, sizeof(path), "%s/mmrun.XXXXXX", base && *base ? base : "/tmp");
	r->tmp = mkdtemp(path);
	r->opt.results = r->tmp;
	if (!r->tmp)
		say("cannot make %s", path);
	return r->tmp ? 0 : -1;
}

static void remove_tmp(const struct runner *r, const struct plan *p)
{
	char path[1024];

	for (size_t i = 0; i < p->n; i++) {
		snprintf(path, sizeof(path), "%s/" MMG_TESTS "/%.255s", r->tmp,
			 p->jobs[i].name);
		rmdir(path);
	}
	snprintf(path, sizeof(path), "%s/" MMG_TESTS, r->tmp);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/" MMG_JOURNAL, r->tmp);
	unlink(path);
	rmdir(r->tmp);
}

static int run(struct runner *r)
{
	struct plan p = { 0 };
	int status = MMG_EXIT_RUNNER;

	r->quiet = r->opt.stream != NULL;
	if (plan_make(&p, &r->opt))
		goto out;
	if (!p.n) {
		say("nothing to run");
		status = MMG_EXIT_NOTHING;
		goto out;
	}
	/* A guest keeps nothing: its host has the frames. */
	if (!r->opt.results && !r->pid1 && make_tmp(r))
		goto out;
	if (sink_open(&r->sink, &r->opt, r->pid1))
		goto out;
	r->signals = open_signals();
	r->oom = stand_firm();
	kmsg_open(&r->kmsg);
	tree_open(&r->tree);
	r->state = state_open(r->pid1);
	status = run_plan(r, &p);
	state_free(r->state);
	tree_close(&r->tree);
	sink_close(&r->sink);
	if (r->tmp)
		remove_tmp(r, &p);
out:
	plan_free(&p);
	return status;
}

/* What an mmrun that was killed left behind on this machine. */
static int clean_up(const struct options *o)
{
	const char *own = getenv(MMG_ENV_RUN);

	if (own && *own)
		leftovers_end(own, o->slow);
	return MMG_EXIT_OK;
}

int main(int argc, char **argv)
{
	struct runner r = { .pid1 = getpid() == 1 };
	int ret;

	if (r.pid1)
		pid1_setup();
	ret = r.pid1 ? pid1_options(&r.opt) : options_parse(&r.opt, argc, argv);
	if (!ret)
		ret = r.opt.clean_up ? clean_up(&r.opt) : run(&r);
	else
		ret--;
	if (r.pid1)
		pid1_power_off(r.opt.slow >= 1 ? r.opt.slow : 1);
	return ret;
}
