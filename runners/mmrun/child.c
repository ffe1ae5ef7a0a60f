/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One program: started, listened to, and ended whatever it does.
 *
 * The phases: it runs; at the hang guard (or when mmrun is interrupted) the whole
 * tree gets SIGTERM; after a grace SIGKILL; what is then still there is stuck in
 * the kernel and is left behind. When the program ends and processes of its tree
 * live on, they have the same grace to go.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"

#define GRACE_S 2.0 /* from SIGTERM to SIGKILL */
#define DYING_S 8.0 /* from SIGKILL to being stuck; huge mappings take long */
#define LEFT_S	1.0 /* the same for what a program that has ended left behind */
#define CHUNK	65536
#define SYNC_S	2.0

/* A case begins; the newline is that of the line before. */
#define CASE_LINE "\n# case "

enum phase { RUNNING, LINGERING, TERMINATING, KILLING, DONE };

struct pipe_end {
	int fd;
	struct sink_file file;
};

struct child {
	struct runner *r;
	const struct job *job;
	struct outcome *out;
	pid_t pid;
	bool ended; /* the program itself, not its tree */
	bool empty; /* nothing of the tree is left */
	enum phase phase;
	double start, deadline, sync;
	int ack;      /* to the program, -1: not wanted */
	size_t match; /* bytes of CASE_LINE seen at the end of stdout so far */
	struct pipe_end pipes[2];
	struct sink_file kmsg;
};

static void set_oom(const char *value)
{
	write_file("/proc/self/oom_score_adj", value);
}

static void exec_child(const struct child *c, const int fds[2], int ack)
{
	char slow[32];
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(fds[0], 1);
	dup2(fds[1], 2);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (c->r->oom)
		set_oom(c->r->oom);
	snprintf(slow, sizeof(slow), "%g", c->r->opt.slow);
	setenv(MMG_ENV_SLOW, slow, 1);
	if (ack >= 0) {
		snprintf(slow, sizeof(slow), "%d", dup(ack));
		setenv(MMG_ENV_ACK, slow, 1);
	}
	execv(c->job->path, c->job->args);
	say("%s: %s", c->job->path, strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int make_pipe(struct pipe_end *p, int *write_end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[0], F_SETPIPE_SZ, 1 << 18);
	p->fd = fds[0];
	*write_end = fds[1];
	return 0;
}

/* Only what goes out of a guest is lost with the machine if it is not waited for. */
static int make_ack(struct child *c)
{
	int fds[2];

	if (!c->r->pid1 || pipe2(fds, O_CLOEXEC))
		return -1;
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	c->ack = fds[1];
	return fds[0];
}

static int start(struct child *c)
{
	int fds[2] = { -1, -1 };
	int ack = make_ack(c);

	c->pid = -1;
	if (!make_pipe(&c->pipes[0], &fds[0]) && !make_pipe(&c->pipes[1], &fds[1]))
		c->pid = tree_fork(&c->r->tree);
	if (!c->pid)
		exec_child(c, fds, ack);
	if (c->pid < 0)
		say("cannot start %s: %s", c->job->path, strerror(errno));
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (ack >= 0)
		close(ack);
	return c->pid < 0 ? -1 : 0;
}

/* One byte for each case that begins in this piece of stdout, once the piece is out. */
static void acknowledge(struct child *c, const char *buf, size_t n)
{
	bool drained = false;

	for (size_t i = 0; i < n; i++) {
		if (buf[i] != CASE_LINE[c->match])
			c->match = buf[i] == '\n';
		else if (!CASE_LINE[++c->match]) {
			if (!drained)
				sink_drain(&c->r->sink);
			drained = true;
			c->match = 0;
			/* A program that does not listen has a full pipe at last. */
			if (write(c->ack, "", 1) < 0)
				return;
		}
	}
}

/* Forwards what is in a pipe; bounded, so that a flood cannot hold off the clock. */
static void pump(struct child *c, struct pipe_end *p)
{
	char buf[CHUNK];

	for (int i = 0; p->fd >= 0 && i < 64; i++) {
		ssize_t n = read(p->fd, buf, sizeof(buf));

		if (n > 0) {
			sink_append(&c->r->sink, &p->file, buf, (size_t)n);
			if (c->ack >= 0 && p == &c->pipes[0])
				acknowledge(c, buf, (size_t)n);
		} else if (!n) {
			close(p->fd);
			p->fd = -1;
		} else if (errno != EINTR) {
			break;
		}
		if (n < CHUNK)
			break;
	}
}

static void note_end(struct child *c, int status)
{
	struct program_end *e = &c->out->end;

	c->ended = true;
	e->seconds = now() - c->start;
	if (WIFEXITED(status))
		e->exit = WEXITSTATUS(status);
	else
		e->signal = WTERMSIG(status);
}

static void reap(struct child *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		tree_reaped(&c->r->tree, pid);
		if (pid == c->pid)
			note_end(c, status);
	}
	/* With children of earlier programs around only a look at /proc tells. */
	c->empty = c->ended && ((pid < 0 && errno == ECHILD) ||
				(c->r->tree.nlost && !tree_count(&c->r->tree)));
}

static void read_signals(struct child *c)
{
	struct signalfd_siginfo si;

	while (read(c->r->signals, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			c->r->interrupted++;
	reap(c);
}

static void enter(struct child *c, enum phase phase, double seconds)
{
	c->phase = phase;
	c->deadline = now() + seconds;
}

static void terminate(struct child *c)
{
	c->out->left_behind += c->ended ? tree_count(&c->r->tree) : 0;
	tree_kill(&c->r->tree, SIGTERM);
	enter(c, TERMINATING, GRACE_S);
}

static void give_up(struct child *c)
{
	struct sink_file f;

	sink_name(&c->r->sink, &f, c->job->name, MMG_STUCK);
	tree_give_up(&c->r->tree, &c->r->sink, &f);
	sink_sync(&f);
	sink_end(&f);
	c->out->end.stuck = true;
	if (!c->ended)
		c->out->end.seconds = now() - c->start;
	c->phase = DONE;
}

static void past_deadline(struct child *c)
{
	switch (c->phase) {
	case RUNNING:
		c->out->end.timeout = true;
		terminate(c);
		break;
	case LINGERING:
		terminate(c);
		break;
	case TERMINATING:
		tree_kill(&c->r->tree, SIGKILL);
		enter(c, KILLING, (c->ended ? LEFT_S : DYING_S) * c->r->opt.slow);
		break;
	default:
		give_up(c);
	}
}

static void step(struct child *c)
{
	if (c->r->interrupted && c->phase == RUNNING) {
		c->out->end.interrupted = !c->ended;
		terminate(c);
	}
	if (c->empty) {
		c->phase = DONE;
		return;
	}
	if (c->ended && c->phase == RUNNING)
		enter(c, LINGERING, GRACE_S);
	if (now() >= c->deadline)
		past_deadline(c);
	/* A tree that forks faster than it is walked is killed again. */
	else if (c->phase == KILLING)
		tree_kill(&c->r->tree, SIGKILL);
}

static void sync_output(struct child *c)
{
	if (now() < c->sync)
		return;
	c->sync = now() + SYNC_S;
	for (int i = 0; i < 2; i++)
		sink_sync(&c->pipes[i].file);
	sink_sync(&c->kmsg);
}

static int wait_ms(const struct child *c)
{
	double s = c->deadline - now();

	/* SIGCHLD does not tell of grandchildren that a subreaper has to look for. */
	if (c->phase != RUNNING)
		return 50;
	if (s > 1)
		s = 1;
	return s > 0 ? (int)(s * 1000) + 1 : 0;
}

static void turn(struct child *c)
{
	struct pollfd p[4] = {
		{ .fd = c->pipes[0].fd, .events = POLLIN },
		{ .fd = c->pipes[1].fd, .events = POLLIN },
		{ .fd = c->r->signals, .events = POLLIN },
		{ .fd = c->r->kmsg.fd, .events = POLLIN },
	};

	poll(p, 4, wait_ms(c));
	for (int i = 0; i < 2; i++)
		if (p[i].revents)
			pump(c, &c->pipes[i]);
	if (p[3].revents)
		kmsg_drain(&c->r->kmsg, &c->r->sink, &c->kmsg);
	if (p[2].revents || c->phase != RUNNING)
		read_signals(c);
	step(c);
	sync_output(c);
	sink_tick(&c->r->sink);
}

/* What is still in the pipes; a process left behind may hold them open for ever. */
static void drain(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		double until = now() + 10;

		for (int before = -1; c->pipes[i].fd >= 0 && now() < until;) {
			struct pollfd p = { .fd = c->pipes[i].fd, .events = POLLIN };

			before = poll(&p, 1, 0);
			if (before <= 0)
				break;
			pump(c, &c->pipes[i]);
			sink_tick(&c->r->sink);
		}
		if (c->pipes[i].fd >= 0)
			close(c->pipes[i].fd);
		sink_end(&c->pipes[i].file);
	}
	kmsg_drain(&c->r->kmsg, &c->r->sink, &c->kmsg);
	sink_end(&c->kmsg);
}

void child_run(struct runner *r, const struct job *job, struct outcome *out)
{
	struct child c = {
		.r = r,
		.job = job,
		.out = out,
		.pipes = { { .fd = -1 }, { .fd = -1 } },
		.ack = -1,
		.match = 1, /* the stream begins with a line */
	};

	*out = (struct outcome){ .end = { .started = true, .ended = true, .exit = -1 } };
	sink_name(&r->sink, &c.pipes[0].file, job->name, MMG_STDOUT);
	sink_name(&r->sink, &c.pipes[1].file, job->name, MMG_STDERR);
	sink_name(&r->sink, &c.kmsg, job->name, MMG_KMSG);
	sink_append(&r->sink, &c.pipes[0].file, "", 0);
	c.start = now();
	c.sync = c.start + SYNC_S;
	enter(&c, RUNNING, job->seconds * r->opt.slow);
	if (start(&c))
		out->end.exit = 126;
	else
		while (c.phase != DONE)
			turn(&c);
	drain(&c);
	if (c.ack >= 0)
		close(c.ack);
}
