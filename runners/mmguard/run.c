// SPDX-License-Identifier: GPL-2.0-only
/* mmguard run: choose, lock, run, report. */
#include "run.h"
#include "cli.h"
#include "from.h"
#include "guestfrom.h"
#include "identity.h"
#include "kver.h"
#include "common/lock.h"
#include "common/protocol.h"
#include "common/text.h"
#include "remote.h"
#include "report.h"
#include "resume.h"
#include "vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int load_profile(struct run *r)
{
	char *dir = paths_config(&r->paths, "profiles");
	int err = 0;

	if (!r->opt.profile && !r->opt.selectors.n && !r->opt.from)
		r->opt.profile = xstrdup("quick");
	if (r->opt.profile)
		err = profile_load(&r->profile, dir, r->opt.profile);
	free(dir);
	return err ? MMG_EXIT_USAGE : 0;
}

static int load_known(struct run *r)
{
	char *dir = paths_config(&r->paths, "known-issues");
	int err = known_load(&r->known, dir);

	free(dir);
	return err ? MMG_EXIT_RUNNER : 0;
}

static int choose(struct run *r)
{
	struct selection s = { .selectors = &r->opt.selectors,
			       .profile = r->opt.profile ? &r->profile : NULL,
			       .quick = r->opt.profile && !strcmp(r->opt.profile, "quick"),
			       .version = r->version };
	size_t n;

	if (!r->opt.vm && !r->opt.allow_harm)
		s.hold = &r->known;
	if (plan_select(&r->catalog, &s, &r->plan, &r->held))
		return MMG_EXIT_NOTHING;
	n = r->plan.n + r->held.n;
	order_shard(&r->opt.order, &r->plan, &r->held);
	order_shuffle(&r->opt.order, &r->plan);
	if (r->plan.n || r->held.n)
		return 0;
	if (n) {
		mg_error("shard %u/%u is empty: fewer programs are selected",
			 r->opt.order.shard, r->opt.order.shards);
		return MMG_EXIT_NOTHING;
	}
	mg_error("nothing is selected%s%s",
		 r->opt.profile ? ": no such case in the profile " : "",
		 r->opt.profile ? r->opt.profile : "");
	return MMG_EXIT_NOTHING;
}

int run_catalog(struct run *r)
{
	int err = r->opt.from ? from_load(&r->catalog, r->opt.from)
			      : catalog_load(&r->catalog, r->paths.tests);

	if (!err && r->opt.seconds)
		from_set_seconds(&r->catalog, r->opt.seconds);
	return err;
}

/* A new run.  0, or the exit status. */
static int prepare_new(struct run *r)
{
	struct utsname u;
	int rc;

	if (run_catalog(r))
		return MMG_EXIT_RUNNER;
	if (catalog_complain(&r->catalog))
		return MMG_EXIT_RUNNER;
	rc = load_profile(r);
	if (!rc)
		rc = load_known(r);
	if (rc)
		return rc;
	if (r->opt.ssh)
		return remote_open(r) ? MMG_EXIT_RUNNER : choose(r);
	uname(&u);
	r->release = xstrdup(u.release);
	r->version = kver_source(u.release, u.version);
	return choose(r);
}

static int prepare(struct run *r)
{
	int rc;

	if (paths_find(&r->paths))
		return MMG_EXIT_RUNNER;
	rc = r->opt.resume ? resume_load(r) : prepare_new(r);
	if (!rc && access(r->paths.mmrun, X_OK)) {
		mg_error("cannot use %s: %s", r->paths.mmrun, strerror(errno));
		rc = MMG_EXIT_RUNNER;
	}
	return rc;
}

/* Frees @line: a directory may be called anything. */
static void say(char *line)
{
	text_printable(line);
	puts(line);
	free(line);
}

static void say_what(const struct run *r)
{
	const char *where = r->opt.vm ? " in a virtual machine" : r->opt.ssh ? " on " : "";
	char *what;
	size_t skipped = 0;

	if (r->info) {
		say(xasprintf("mmguard: %s goes on; results in %s", r->id, r->dir));
		fflush(stdout);
		return;
	}
	for (size_t i = 0; i < r->held.n; i++)
		skipped += r->held.v[i].skip;
	if (r->opt.from)
		what = xasprintf("%zu programs of %s", r->plan.n, r->opt.from);
	else
		what = xasprintf("%zu cases of %zu programs", plan_cases(&r->plan), r->plan.n);
	say(xasprintf("mmguard: %s on Linux %s%s%s, slow factor %.1f; results in %s", what,
		      r->release, where, r->opt.ssh ? r->opt.ssh : "", r->slow, r->dir));
	free(what);
	if (r->opt.order.shards)
		printf("mmguard: shard %u of %u\n", r->opt.order.shard, r->opt.order.shards);
	if (r->opt.order.shuffle)
		printf("mmguard: shuffled; --shuffle=%u gives this order again\n",
		       r->opt.order.seed);
	if (r->held.n > skipped)
		printf("mmguard: %zu cases are held back, since known issues would harm this "
		       "machine\n",
		       r->held.n - skipped);
	if (skipped)
		printf("mmguard: %zu programs cannot run in a guest, see SKIPPED\n", skipped);
	fflush(stdout);
}

static int finish(struct run *r, enum target_end end)
{
	int rc = MMG_EXIT_RUNNER;

	room_give(r);
	if (end == TARGET_DONE) {
		if (access(r->dir, F_OK))
			mg_error("the run's directory %s has vanished", r->dir);
		else
			rc = report_make(r->dir, r->paths.configs, true);
		if (!access(r->dir, F_OK) &&
		    (rc == MMG_EXIT_RUNNER || rc == MMG_EXIT_INTERRUPTED))
			mg_error("'mmguard run --resume %s' goes on", r->dir);
	}
	rundir_give_away(r);
	return rc;
}

/* The run's directory, made or taken up again; @image is the kernel image of a guest. */
static int begin(struct run *r, const char *image)
{
	int err;

	if (r->info)
		err = identity_check(r, r->info, image, r->opt.force) || rundir_lock(r->dir) ||
		      resume_begin(r);
	else
		err = rundir_create(r) || rundir_write_info(r, image) || rundir_lock(r->dir);
	if (!err) {
		room_take(r);
		say_what(r);
	}
	return err ? -1 : 0;
}

static int run_host(struct run *r)
{
	char *command = xstrdup("mmguard"), why[2048];
	int lock, rc = MMG_EXIT_RUNNER;

	for (size_t i = 1; i < r->opt.command.n; i++) {
		char *longer = xasprintf("%s %s", command, r->opt.command.v[i]);

		free(command);
		command = longer;
	}
	lock = lock_take(command, why, sizeof(why));
	free(command);
	if (lock < 0) {
		mg_error("%s", why);
		return rc;
	}
	r->slow = r->opt.slow > 0 ? r->opt.slow : 1;
	if (!r->info)
		plan_harmful_last(&r->plan, &r->known, r->version);
	if (!begin(r, NULL))
		rc = finish(r, host_run(r));
	lock_release(lock);
	return rc;
}

static int run_guest(struct run *r)
{
	struct vm vm = { 0 };
	int rc = MMG_EXIT_RUNNER;

	if (!vm_prepare(&vm, r)) {
		if (!r->info) {
			guestfrom_check(&r->plan, &r->held);
			plan_harmful_last(&r->plan, &r->known, r->version);
		}
		if (!begin(r, vm.image))
			rc = finish(r, vm_run(&vm, r));
	}
	vm_free(&vm);
	return rc;
}

static int run_remote(struct run *r)
{
	r->slow = r->opt.slow > 0 ? r->opt.slow : 1;
	plan_harmful_last(&r->plan, &r->known, r->version);
	if (begin(r, NULL))
		return MMG_EXIT_RUNNER;
	return finish(r, r->plan.n ? remote_run(r) : TARGET_DONE);
}

static void free_run(struct run *r)
{
	remote_close(r->remote);
	options_free(&r->opt);
	paths_free(&r->paths);
	catalog_free(&r->catalog);
	profile_free(&r->profile);
	known_free(&r->known);
	plan_free(&r->plan);
	held_free(&r->held);
	free(r->id);
	free(r->dir);
	free(r->release);
	free(r->version);
	json_decref(r->info);
}

int cmd_run(int argc, char **argv)
{
	struct run r = { 0 };
	int rc = options_parse(&r.opt, argc, argv);

	if (rc < 0) {
		rc = prepare(&r);
		if (!rc) {
			signals_catch();
			rc = r.opt.vm	 ? run_guest(&r)
			     : r.opt.ssh ? run_remote(&r)
					 : run_host(&r);
		}
	}
	free_run(&r);
	return rc;
}
