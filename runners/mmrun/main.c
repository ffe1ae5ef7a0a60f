/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun: runs test programs on the machine at hand and survives them.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mmrun.h"
#include "state.h"

#define FILES 4096

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

/*
 * mmrun must be the last one to starve: nobody else knows what was running. What it
 * changes of itself its programs get back, see spawn.c.
 */
static void stand_firm(struct runner *r)
{
	struct rlimit files;

	r->umask = umask(022);
	r->nice = getpriority(PRIO_PROCESS, 0);
	getrlimit(RLIMIT_NOFILE, &r->files);
	files = r->files;
	files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
	if (r->files.rlim_cur < files.rlim_cur)
		setrlimit(RLIMIT_NOFILE, &files);
	/* Before a thousand others that all want to run; its children are not. */
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK,
			       &(struct sched_param){ .sched_priority = 1 }))
		setpriority(PRIO_PROCESS, 0, -20);
	/* Where it may not be locked, it runs all the same. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (read_file("/proc/self/oom_score_adj", r->oom, sizeof(r->oom)) <= 0 ||
	    write_file("/proc/self/oom_score_adj", "-1000")) {
		r->oom[0] = '\0';
		return;
	}
	r->oom[strcspn(r->oom, "\n")] = '\0';
	/* Started by another mmrun or by a shielded service: tests are not. */
	if (atoi(r->oom) < 0)
		strcpy(r->oom, "0");
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

static void remove_tmp(const struct runner *r)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/" MMG_JOURNAL, r->tmp);
	unlink(path);
	rmdir(r->tmp);
}

static int load_allow(struct runner *r)
{
	char err[300];

	if (!r->opt.allow)
		return 0;
	r->allow = klog_allow_load(r->opt.allow, err, sizeof(err));
	if (!r->allow)
		say("%s", err);
	return r->allow ? 0 : -1;
}

/* With everything open: runs the plan, or only cleans up. */
static int run_open(struct runner *r, const struct plan *p)
{
	const char *own = getenv(MMG_ENV_RUN);
	int status = MMG_EXIT_RUNNER;
	char slow[32];

	snprintf(slow, sizeof(slow), "%g", r->opt.slow);
	setenv(MMG_ENV_SLOW, slow, 1);
	r->signals = open_signals();
	kmsg_open(&r->kmsg);
	tree_open(&r->tree, !r->opt.no_cgroups);
	r->state = state_open(r->pid1);
	if (!r->state)
		say("no memory for the state of the machine; it is not watched");
	if (r->opt.clean_up && own && *own)
		leftovers_end(own, r->opt.slow);
	give_back_unfinished(r);
	if (!r->opt.clean_up)
		status = run_plan(r, p);
	else if (!r->sink.failed)
		status = MMG_EXIT_OK;
	state_free(r->state);
	tree_close(&r->tree);
	return status;
}

static int run(struct runner *r)
{
	struct plan p = { 0 };
	int status = MMG_EXIT_RUNNER;

	r->quiet = r->opt.stream != NULL;
	if (plan_make(&p, &r->opt) || load_allow(r))
		goto out;
	if (!p.n && !r->opt.clean_up) {
		say("nothing to run");
		status = MMG_EXIT_NOTHING;
		goto out;
	}
	stand_firm(r);
	/* A guest keeps nothing: its host has the frames. */
	if (!r->opt.results && !r->pid1 && make_tmp(r))
		goto out;
	if (!sink_open(&r->sink, &r->opt, r->pid1))
		status = run_open(r, &p);
	sink_close(&r->sink);
	if (r->tmp)
		remove_tmp(r);
out:
	klog_allow_free(r->allow);
	plan_free(&p);
	return status;
}

/* The other things it can be asked for; -1: to run. */
static int other_mode(struct options *o)
{
	if (o->follow)
		return follow(o);
	if (o->stop)
		return stop(o);
	return o->detach ? detach(o) : -1;
}

int main(int argc, char **argv)
{
	static struct runner r; /* too large for a stack */
	int ret;

	r.pid1 = getpid() == 1;
	if (r.pid1)
		pid1_setup();
	ret = r.pid1 ? pid1_options(&r.opt) : options_parse(&r.opt, argc, argv);
	ret = ret ? ret - 1 : other_mode(&r.opt);
	if (ret < 0)
		ret = run(&r);
	if (r.pid1)
		pid1_power_off(r.opt.slow >= 1 ? r.opt.slow : 1);
	return ret;
}
