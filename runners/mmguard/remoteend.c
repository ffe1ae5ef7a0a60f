// SPDX-License-Identifier: GPL-2.0-only
/* How a start of mmrun on another machine ended. */
#include "remotefollow.h"
#include "lastwords.h"
#include "program.h"
#include "remotescript.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seconds that stopping the tests may take: mmrun has 30 for it. */
#define STOP_S 60

/* Runs one of the scripts that take DIR RUN K first; tried again while the connection fails. */
static struct ssh_result ask(struct follower *f, const char *script, const char *fourth,
			     const char *fifth)
{
	char *boot = xasprintf("%u", f->boot);
	const char *const args[] = { f->m->facts.dir, f->m->run, boot, fourth, fifth, NULL };
	struct ssh_result r = ssh_run(&f->m->ssh, script, args, -1, STOP_S);

	for (int i = 0; i < 5 && r.status == SSH_LOST; i++) {
		ssh_result_free(&r);
		sleep(1);
		r = ssh_run(&f->m->ssh, script, args, -1, STOP_S);
	}
	free(boot);
	return r;
}

/* What nobody writes any more: all that is kept behind what was read. */
static void fetch_rest(struct follower *f)
{
	bool more = true;

	/* An answer that is too long for one is cut. */
	while (more) {
		char *from = xasprintf("%llu", f->offset + 1);
		struct ssh_result r = ask(f, REMOTE_REST, from, f->m->facts.sudo);

		more = r.status && r.len;
		if (r.len)
			remote_take(f, r.out, r.len);
		ssh_result_free(&r);
		free(from);
	}
}

static bool stop_tests(struct follower *f)
{
	struct ssh_result r = ask(f, REMOTE_STOP, f->m->mmrun, f->m->facts.sudo);
	bool stopped = !r.status;

	if (!stopped)
		mg_error("%s: cannot stop the tests (%s); they go on there, in %s/runs/%s",
			 f->m->ssh.host, r.complaint, f->m->facts.dir, f->m->run);
	ssh_result_free(&r);
	return stopped;
}

enum remote_end remote_interrupted(struct follower *f)
{
	rundir_event(f->run->dir, "interrupted", f->boot, strsignal(signals_seen()));
	mg_error("interrupted: stopping the tests on %s", f->m->ssh.host);
	if (!stop_tests(f))
		return REMOTE_GONE;
	fetch_rest(f);
	return REMOTE_INTERRUPTED;
}

enum remote_end remote_seen_enough(struct follower *f)
{
	mg_error("%s", f->until->reason);
	rundir_event(f->run->dir, "stopped", f->boot, f->until->reason);
	return stop_tests(f) ? REMOTE_DONE : REMOTE_GONE;
}

enum remote_end remote_gone(struct follower *f)
{
	char *why = xasprintf("no sign of life from %s for %.0f s", f->m->ssh.host,
			      now_mono() - f->sign);

	rundir_event(f->run->dir, "lost", f->boot, why);
	rundir_event(f->run->dir, "gave-up", 0, why);
	progress_lost(f->progress, why);
	mg_error("giving up: %s; what it kept is there in %s/runs/%s", why, f->m->facts.dir,
		 f->m->run);
	free(why);
	return REMOTE_GONE;
}

enum remote_end remote_stopped(struct follower *f)
{
	struct ssh_result r = ask(f, REMOTE_LOG, NULL, NULL);
	const char *said = strip(r.out);
	char *why = xasprintf("mmrun on %s ended early (%s)", f->m->ssh.host,
			      *said ? said : "it was killed");

	rundir_event(f->run->dir, "runner", f->boot, why);
	progress_lost(f->progress, why);
	free(why);
	ssh_result_free(&r);
	return REMOTE_STOPPED;
}

/* Unpack the records of pstore there into a directory here, where lastwords_find() looks. */
static void fetch_records(struct follower *f, const char *dir)
{
	struct ssh_result r = ask(f, REMOTE_PSTORE, f->m->facts.sudo, NULL);
	char *archive = xasprintf("%s/records.tar", dir);
	char *argv[] = { "tar", "-xf", archive, "-C", (char *)dir, NULL };

	if (r.len && !file_write(archive, r.out, r.len) && program_run(argv, NULL))
		mg_error("cannot unpack %s", archive);
	ssh_result_free(&r);
	free(archive);
}

static char *last_words(struct follower *f)
{
	char dir[] = "/tmp/mmguard-pstore.XXXXXX", *words;
	const char *running = f->progress->program;

	if (mkdtemp(dir))
		fetch_records(f, dir);
	words = lastwords_find(f->run->dir, f->boot, *running ? running : NULL, dir, 0);
	remove_tree(dir);
	return words;
}

enum remote_end remote_died(struct follower *f)
{
	char *why;

	fetch_rest(f);
	if (f->progress->finished)
		return REMOTE_DONE;
	why = last_words(f);
	rundir_event(f->run->dir, "lost", f->boot, why);
	progress_lost(f->progress, why);
	free(why);
	return REMOTE_LOST;
}

enum remote_end remote_failed(struct follower *f, int status, char *complaint)
{
	struct ssh_result r = { .status = status, .complaint = complaint };
	char *why = status == REMOTE_VANISHED
			    ? xasprintf("%s: the results have vanished from %s/runs/%s",
					f->m->ssh.host, f->m->facts.dir, f->m->run)
			    : remote_why(f->m, &r);

	rundir_event(f->run->dir, "runner", f->boot, why);
	mg_error("%s", why);
	free(why);
	return REMOTE_ERROR;
}
