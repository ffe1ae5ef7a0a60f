/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a program is started: its pipes, its environment, its limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "child.h"

/* Gives back what mmrun took for itself, and becomes the program. */
static void exec_child(const struct child *c, const int fds[2], int ack)
{
	int null = open("/dev/null", O_RDONLY);
	struct runner *r = c->r;
	char number[16];
	sigset_t none;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(fds[0], 1);
	dup2(fds[1], 2);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	setrlimit(RLIMIT_NOFILE, &r->files);
	setpriority(PRIO_PROCESS, 0, r->nice);
	umask(r->umask);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (r->oom[0])
		write_file("/proc/self/oom_score_adj", r->oom);
	if (ack >= 0) {
		snprintf(number, sizeof(number), "%d", dup(ack));
		setenv(MMG_ENV_ACK, number, 1);
	}
	if (c->job->cwd && chdir(c->job->cwd)) {
		say("%s: %s", c->job->cwd, strerror(errno));
		_exit(126);
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

/* Where only the stream survives the machine, it is waited for. */
static int make_ack(struct child *c)
{
	int fds[2];

	if (!(c->r->pid1 || c->r->sink.kept) || pipe2(fds, O_CLOEXEC))
		return -1;
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	c->ack = fds[1];
	return fds[0];
}

int child_start(struct child *c)
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
