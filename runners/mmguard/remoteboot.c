// SPDX-License-Identifier: GPL-2.0-only
/* One start of mmrun on another machine, followed over connections that come and go. */
#include "remote.h"
#include "frames.h"
#include "lastwords.h"
#include "program.h"
#include "remotescript.h"
#include "vmsink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Seconds without a heartbeat, times the slow factor, that are worth a word. */
#define SILENCE 30
/* Longest pause between two tries to connect, seconds. */
#define PAUSE_MAX 15
/* Seconds that stopping the tests may take: mmrun has 30 for it. */
#define STOP_S 60

struct follower {
	struct remote *m;
	struct run *run;
	unsigned int boot;
	struct progress *progress;
	const struct until *until;
	struct frames frames;
	struct vmsink sink;
	int plan;		   /* the plan, as a file */
	unsigned long long offset; /* bytes of frames.K that were read */
	double sign;		   /* when the last of them came */
	unsigned int failed;	   /* connections in a row that brought nothing */
	bool silent;		   /* told so */
};

static void note(struct follower *f, char *text)
{
	progress_note(f->progress, text);
	free(text);
}

static void take(struct follower *f, const char *data, size_t n)
{
	if (f->failed || f->silent)
		note(f, xasprintf("mmguard: %s is there again after %.0f s", f->m->ssh.host,
				  now_mono() - f->sign));
	f->failed = 0;
	f->silent = false;
	f->sign = now_mono();
	f->offset += n;
	frames_feed(&f->frames, data, n);
}

/* false at the end of the output. */
static bool read_some(struct follower *f, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[65536];
	ssize_t n;

	poll(&p, 1, 500);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		take(f, buf, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool waited_enough(const struct follower *f)
{
	return now_mono() - f->sign > (double)f->run->opt.wait;
}

static void check_silence(struct follower *f)
{
	if (f->silent || f->failed || now_mono() - f->sign < SILENCE * f->run->slow)
		return;
	f->silent = true;
	note(f, xasprintf("mmguard: no sign of life from %s for %.0f s", f->m->ssh.host,
			  SILENCE * f->run->slow));
}

static bool over(const struct follower *f)
{
	return f->progress->finished || signals_seen() || f->sink.err || f->until->reason ||
	       waited_enough(f);
}

/* One connection; its exit status.  *complaint is the caller's. */
static int follow(struct follower *f, char **complaint)
{
	char *boot = xasprintf("%u", f->boot), *from = xasprintf("%llu", f->offset);
	char *slow = xasprintf("%.2f", f->run->slow);
	const struct remote_facts *facts = &f->m->facts;
	const char *const args[] = { facts->dir,  f->m->run, boot,	  from, facts->boot_id,
				     f->m->mmrun, slow,	     facts->sudo, NULL };
	int status = SSH_LOST;
	struct ssh_call c;
	bool more = true;

	lseek(f->plan, 0, SEEK_SET);
	if (!ssh_start(&f->m->ssh, &c, REMOTE_FOLLOW, args, f->plan)) {
		while (more && !over(f)) {
			more = read_some(f, c.out);
			check_silence(f);
			progress_tick(f->progress);
		}
		status = ssh_end(&c, more);
	}
	*complaint = ssh_complaint(&c);
	ssh_free(&c);
	free(boot);
	free(from);
	free(slow);
	return status;
}

/* Longer and longer, since a machine that boots is not helped by haste. */
static void pause_before_next(struct follower *f, const char *complaint)
{
	unsigned int seconds = f->failed < 4 ? 1u << f->failed : PAUSE_MAX;
	double until = now_mono() + seconds;

	if (f->failed++ == 0)
		note(f, xasprintf("mmguard: the connection to %s is lost (%s); what runs there "
				  "goes on",
				  f->m->ssh.host, *complaint ? complaint : "no word"));
	while (now_mono() < until && !over(f)) {
		progress_tick(f->progress);
		usleep(100000);
	}
}

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
	char *from = xasprintf("%llu", f->offset + 1);
	struct ssh_result r = ask(f, REMOTE_REST, from, f->m->facts.sudo);

	if (r.len)
		take(f, r.out, r.len);
	ssh_result_free(&r);
	free(from);
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

static enum remote_end interrupted(struct follower *f)
{
	rundir_event(f->run->dir, "interrupted", f->boot, strsignal(signals_seen()));
	mg_error("interrupted: stopping the tests on %s", f->m->ssh.host);
	if (!stop_tests(f))
		return REMOTE_GONE;
	fetch_rest(f);
	return REMOTE_INTERRUPTED;
}

/* What the next program did meanwhile is not fetched: it is not a result. */
static enum remote_end seen_enough(struct follower *f)
{
	mg_error("%s", f->until->reason);
	rundir_event(f->run->dir, "stopped", f->boot, f->until->reason);
	return stop_tests(f) ? REMOTE_DONE : REMOTE_GONE;
}

static enum remote_end gone(struct follower *f)
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

/* mmrun is over and did not say so: somebody killed it, or it could not write. */
static enum remote_end stopped(struct follower *f)
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

static enum remote_end died(struct follower *f)
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

static enum remote_end failed(struct follower *f, int status, char *complaint)
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

static enum remote_end follow_to_the_end(struct follower *f)
{
	for (;;) {
		char *complaint;
		int status = follow(f, &complaint);
		enum remote_end end = REMOTE_DONE;
		bool again = false;

		if (f->progress->finished)
			;
		else if (f->sink.err)
			end = REMOTE_ERROR;
		else if (signals_seen())
			end = interrupted(f);
		else if (f->until->reason)
			end = seen_enough(f);
		else if (status == REMOTE_NEW_BOOT)
			end = died(f);
		else if (status && status != SSH_LOST)
			end = failed(f, status, complaint);
		else if (!status)
			end = stopped(f);
		else if (waited_enough(f))
			end = gone(f);
		else
			again = true;
		if (again)
			pause_before_next(f, complaint);
		free(complaint);
		if (!again)
			return end;
	}
}

/* The file that the shell there reads; -1 with a message. */
static int plan_file(const struct plan *p)
{
	int fd = memfd_create("plan", MFD_CLOEXEC);
	char *text = NULL;
	size_t len = 0;

	if (fd < 0 || plan_text(p, &text, &len) || write(fd, text, len) != (ssize_t)len) {
		mg_error("cannot write the plan: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}

enum remote_end remote_boot(struct remote *m, struct run *r, const struct plan *plan,
			    const struct until *until, struct progress *progress)
{
	struct follower f = { .m = m,
			      .run = r,
			      .boot = until->boot,
			      .progress = progress,
			      .until = until,
			      .sink = { .dir = r->dir,
					.plan = plan,
					.boot = until->boot,
					.progress = progress },
			      .plan = plan_file(plan),
			      .sign = now_mono() };
	enum remote_end end;

	if (f.plan < 0)
		return REMOTE_ERROR;
	progress->finished = false;
	frames_init(&f.frames, vmsink_frame, &f.sink);
	end = follow_to_the_end(&f);
	frames_free(&f.frames);
	close(f.plan);
	return end;
}
