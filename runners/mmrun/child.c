/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One program: started, listened to, and ended whatever it does.
 *
 * The phases: it runs; at the hang guard (or when the run is to end) the whole tree
 * gets SIGTERM, a second later SIGKILL. Another second later what sleeps in the
 * kernel without moving is stuck and is left behind; what still dies by itself has
 * longer, and the journal says so. When the program ends and processes of its tree
 * live on, they have a moment to go by themselves. All times are multiplied by the
 * slow factor.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"

#define LINGER_S     2.0 /* for what outlives its program, until SIGTERM */
#define LAST_WORDS_S 0.1 /* until what the kernel said is on the disk */
#define GRACE_S	     1.0 /* from SIGTERM to SIGKILL */
#define LOOK_S	     0.5 /* from one look at what does not die to the next */
#define DYING_S	     9.0 /* from SIGKILL to being given up even if it moves */

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
	c->empty = c->ended &&
		   (pid < 0 || (c->r->tree.nlost && !tree_walk(&c->r->tree, NULL, NULL)));
}

static void read_signals(struct child *c)
{
	struct signalfd_siginfo si;

	while (read(c->r->signals, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			c->r->interrupted = (int)si.ssi_signo;
	reap(c);
}

static void enter(struct child *c, enum phase phase, double seconds)
{
	c->phase = phase;
	c->deadline = now() + seconds * c->r->opt.slow;
}

static void note_left(const struct process *p, void *arg)
{
	struct outcome *out = arg;

	if (out->left_behind++)
		return;
	snprintf(out->left_name, sizeof(out->left_name), "%s", p->name);
	text_printable(out->left_name);
}

static void terminate(struct child *c)
{
	if (c->ended)
		tree_walk(&c->r->tree, note_left, c->out);
	tree_kill(&c->r->tree, SIGTERM);
	enter(c, TERMINATING, GRACE_S);
}

static void kill_all(struct child *c)
{
	tree_kill(&c->r->tree, SIGKILL);
	tree_look_anew(&c->r->tree);
	enter(c, KILLING, LOOK_S);
	c->killed = now();
}

static void give_up(struct child *c)
{
	c->out->end.stuck = true;
	sink_put(&c->r->sink, c->job->name, MMG_STUCK, c->r->tree.look->text);
	tree_give_up(&c->r->tree);
	if (!c->ended)
		c->out->end.seconds = now() - c->start;
	c->phase = DONE;
}

static void look(struct child *c)
{
	if (tree_stuck(&c->r->tree, LOOK_S * c->r->opt.slow) ||
	    now() - c->killed >= DYING_S * c->r->opt.slow)
		give_up(c);
	else
		enter(c, KILLING, LOOK_S);
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
		kill_all(c);
		break;
	default:
		look(c);
	}
}

/* It is over: how long it took from SIGKILL on. */
static void over(struct child *c)
{
	if (c->phase == KILLING)
		c->out->end.dying = now() - c->killed;
	c->phase = DONE;
}

static void step(struct child *c)
{
	if ((c->r->interrupted || c->r->sink.failed) && c->phase == RUNNING) {
		c->out->end.interrupted = !c->ended;
		terminate(c);
	}
	if (c->empty)
		return over(c);
	if (c->ended && c->phase == RUNNING)
		enter(c, LINGERING, LINGER_S);
	if (now() >= c->deadline)
		past_deadline(c);
	/* A tree that forks faster than it is walked is killed again. */
	else if (c->phase == KILLING)
		tree_kill(&c->r->tree, SIGKILL);
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
			child_pump(c, &c->pipes[i]);
	if (p[3].revents) {
		kmsg_drain(&c->r->kmsg, &c->r->sink, &c->kmsg);
		/* These may be the kernel's last words. */
		if (c->sync > now() + LAST_WORDS_S)
			c->sync = now() + LAST_WORDS_S;
	}
	if (p[2].revents || c->phase != RUNNING)
		read_signals(c);
	step(c);
	child_sync(c, false);
	sink_tick(&c->r->sink);
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
	child_sync(&c, false);
	enter(&c, RUNNING, job->seconds);
	if (r->sink.failed)
		out->end.interrupted = true;
	else if (child_start(&c))
		out->end.exit = 126;
	else
		while (c.phase != DONE)
			turn(&c);
	child_drain(&c);
	if (c.ack >= 0)
		close(c.ack);
}
