// SPDX-License-Identifier: GPL-2.0-only
/* The host target: mmrun as a child, which writes the files itself and tells us how far it is.
 */
#include "frames.h"
#include "progress.h"
#include "common/protocol.h"
#include "report.h"
#include "rest.h"
#include "until.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long mmrun has to kill its tests after an interrupt, seconds. */
#define INTERRUPT_GRACE 30

struct child {
	pid_t pid;
	int fd; /* our end of the stream */
	int status;
	bool dead;
	double killed_at; /* when the interrupt was passed on, 0: not yet */
};

/* Becomes mmrun; the tests it starts can be told from others' when it has been killed. */
static void exec_mmrun(const struct run *r, char **argv, pid_t parent)
{
	char *own = realpath(r->dir, NULL);

	/* A group of its own: ^C reaches mmrun through us, once, after it is noted in the
	 * journal. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (own)
		setenv(MMG_ENV_RUN, own, 1);
	signal(SIGPIPE, SIG_DFL);
	execv(argv[0], argv);
	mg_error("cannot run %s: %s", argv[0], strerror(errno));
	_exit(127);
}

static void exec_boot(const struct run *r, unsigned int boot, int fd, pid_t parent)
{
	char *stream = xasprintf("%d", fd), *slow = xasprintf("%.2f", r->slow);
	char *plan = plan_path(r->dir, boot), *number = xasprintf("%u", boot);
	char *argv[] = { r->paths.mmrun, "--results", r->dir, "--stream", stream, "--boot",
			 number,	 "--slow",    slow,   "--plan",	  plan,	  NULL };

	exec_mmrun(r, argv, parent);
}

static int start_mmrun(const struct run *r, unsigned int boot, struct child *c)
{
	pid_t self = getpid();
	int p[2];

	*c = (struct child){ .pid = -1, .fd = -1 };
	if (pipe2(p, O_CLOEXEC)) {
		mg_error("cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	c->pid = fork();
	if (!c->pid) {
		int fd = fcntl(p[1], F_DUPFD, 3);

		exec_boot(r, boot, fd, self);
	}
	close(p[1]);
	c->fd = p[0];
	if (c->pid < 0) {
		mg_error("cannot fork: %s", strerror(errno));
		close(c->fd);
		return -1;
	}
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

static void read_stream(struct child *c, struct frames *f)
{
	char buf[65536];
	ssize_t n;

	while (c->fd >= 0) {
		n = read(c->fd, buf, sizeof(buf));
		if (n > 0) {
			frames_feed(f, buf, (size_t)n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		close(c->fd);
		c->fd = -1;
	}
}

/* mmrun kills its tests and ends by itself; one that hangs is killed. */
static void pass_on_interrupt(const struct run *r, struct child *c)
{
	if (!c->killed_at) {
		rundir_event(r->dir, "interrupted", 0, strsignal(signals_seen()));
		mg_error("interrupted: stopping the tests");
		kill(c->pid, SIGTERM);
		c->killed_at = now_mono();
	} else if (now_mono() - c->killed_at > INTERRUPT_GRACE) {
		kill(-c->pid, SIGKILL);
	}
}

/* mmrun looks for the file before it starts a program. */
static void stop_softly(const struct run *r, const char *reason)
{
	char *path = xasprintf("%s/" MMG_STOP, r->dir);

	mg_error("%s", reason);
	rundir_event(r->dir, "stopped", 0, reason);
	file_write(path, "", 0);
	free(path);
}

static void watch(const struct run *r, struct child *c, struct frames *f, struct progress *p,
		  const struct until *u)
{
	bool stopped = false;

	while (!c->dead) {
		struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

		poll(&pfd, 1, c->fd >= 0 ? 500 : 50);
		c->dead = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
		read_stream(c, f);
		if (signals_seen() && !c->dead)
			pass_on_interrupt(r, c);
		if (u->reason && !stopped && !c->dead) {
			stop_softly(r, u->reason);
			stopped = true;
		}
		progress_tick(p);
	}
}

/* A runner that died is told apart from a machine that died by what is written here. */
static void note_end(const struct run *r, const struct child *c)
{
	char *why = NULL;

	if (WIFSIGNALED(c->status))
		why = xasprintf("mmrun was killed by signal %d (%s)", WTERMSIG(c->status),
				strsignal(WTERMSIG(c->status)));
	else if (WEXITSTATUS(c->status) == MMG_EXIT_RUNNER ||
		 WEXITSTATUS(c->status) > MMG_EXIT_INTERRUPTED)
		why = xasprintf("mmrun failed (exit status %d)", WEXITSTATUS(c->status));
	if (why && !signals_seen()) {
		/* What kept it from going on it has told itself. */
		if (WIFSIGNALED(c->status) || WEXITSTATUS(c->status) != MMG_EXIT_RUNNER)
			mg_error("%s", why);
		rundir_event(r->dir, "runner", 0, why);
	}
	free(why);
}

static enum target_end run_rest(const struct run *r, const struct rest *rest)
{
	struct progress progress;
	struct until until = { 0 };
	struct frames frames;
	struct child child;
	int err = 0;

	progress_init(&progress, stdout, &rest->plan);
	if (r->opt.repeat.until_fail) {
		err = until_watch(&until, r, &progress);
		until.plan = &rest->plan;
		until.boot = rest->boot + 1;
	}
	if (err || start_mmrun(r, rest->boot + 1, &child)) {
		until_end(&until);
		return TARGET_FAILED;
	}
	frames_init(&frames, progress_frame, &progress);
	watch(r, &child, &frames, &progress, &until);
	until_end(&until);
	progress_end(&progress);
	frames_free(&frames);
	if (child.fd >= 0)
		close(child.fd);
	note_end(r, &child);
	return TARGET_DONE;
}

int host_clean_up(const struct run *r)
{
	char *argv[] = { r->paths.mmrun, "--results", r->dir, "--clean-up", NULL };
	pid_t self = getpid(), pid = fork();
	int status = -1;

	if (!pid)
		exec_mmrun(r, argv, self);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	mg_error("mmrun could not clean up what the killed one left behind");
	return -1;
}

enum target_end host_run(struct run *r)
{
	enum target_end end = TARGET_FAILED;
	struct rest rest;
	int next;

	if (rest_find(r, &rest))
		return end;
	next = rest_begin(r, &rest, false);
	if (next >= 0)
		end = next ? run_rest(r, &rest) : TARGET_DONE;
	rest_free(&rest);
	return end;
}
