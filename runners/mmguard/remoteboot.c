// SPDX-License-Identifier: GPL-2.0-only
/* One start of mmrun on another machine, followed over connections that come and go. */
#include "remotefollow.h"
#include "remotescript.h"

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

static void note(struct follower *f, char *text)
{
	progress_note(f->progress, text);
	free(text);
}

void remote_take(struct follower *f, const char *data, size_t n)
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
		remote_take(f, buf, (size_t)n);
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
			end = remote_interrupted(f);
		else if (f->until->reason)
			end = remote_seen_enough(f);
		else if (status == REMOTE_NEW_BOOT)
			end = remote_died(f);
		else if (status && status != SSH_LOST)
			end = remote_failed(f, status, complaint);
		else if (!status)
			end = remote_stopped(f);
		else if (waited_enough(f))
			end = remote_gone(f);
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
	struct again again = { 0 };
	struct follower f = { .m = m,
			      .run = r,
			      .boot = until->boot,
			      .progress = progress,
			      .until = until,
			      .sink = { .dir = r->dir,
					.plan = plan,
					.boot = until->boot,
					.progress = progress,
					.again = m->again ? &again : NULL },
			      .plan = plan_file(plan),
			      .sign = now_mono() };
	enum remote_end end;

	if (f.plan < 0)
		return REMOTE_ERROR;
	again_begin(&again, r->dir);
	progress->finished = false;
	frames_init(&f.frames, vmsink_frame, &f.sink);
	end = follow_to_the_end(&f);
	frames_free(&f.frames);
	again_free(&again);
	close(f.plan);
	return end;
}
