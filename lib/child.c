// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caseloop.h"
#include "child.h"
#include "report.h"
#include "tasks.h"

struct order {
	child_fn *fn;
	void *arg;
	_Bool copied; /* the argument is @copy */
	_Alignas(16) char copy[CHILD_COPY_MAX];
};

static void obey(int fd)
{
	struct order order;
	long value;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &order, sizeof(order)) == sizeof(order)) {
		value = order.fn(order.copied ? order.copy : order.arg);
		if (write(fd, &value, sizeof(value)) != sizeof(value))
			break;
	}
	_exit(0);
}

struct child child_fork_by(pid_t (*forker)(void))
{
	struct child c = { .pid = -1, .fd = -1 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		mm_broken("socketpair: %s", strerror(errno));
	c.pid = forker();
	if (c.pid < 0)
		mm_broken("fork: %s", strerror(errno));
	if (c.pid == 0) {
		close(fds[0]);
		obey(fds[1]);
	}
	close(fds[1]);
	c.fd = fds[0];
	return c;
}

struct child child_fork(void)
{
	return child_fork_by(fork);
}

void child_begin(struct child *c, child_fn *fn, void *arg)
{
	struct order order = { .fn = fn, .arg = arg };

	/* A child that died shows in child_finish(). */
	send(c->fd, &order, sizeof(order), MSG_NOSIGNAL);
}

static long child_gone(struct child *c)
{
	int status = 0;

	if (c->pid > 0 && waitpid(c->pid, &status, 0) == c->pid)
		c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	c->pid = -1;
	return CHILD_DIED;
}

long child_finish(struct child *c, const char *what)
{
	double end = seconds_now() + 10 * mm_slow();
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	long value;

	if (c->fd < 0 || c->pid < 0)
		return CHILD_DIED;
	for (;;) {
		double left = end - seconds_now();
		int n = poll(&p, 1, left > 0 ? left * 1000 : 0);

		if (n > 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		mm_fail("child: no answer to '%s' in time", what);
		tasks_print_stack(c->pid);
		return CHILD_LATE;
	}
	if (recv(c->fd, &value, sizeof(value), 0) != sizeof(value))
		return child_gone(c);
	return value;
}

long child_call(struct child *c, child_fn *fn, void *arg)
{
	child_begin(c, fn, arg);
	return child_finish(c, "call");
}

long child_call_copy(struct child *c, child_fn *fn, const void *arg, size_t size)
{
	struct order order = { .fn = fn, .copied = true };

	if (size > sizeof(order.copy))
		mm_broken("child: an argument of %zu bytes, at most %d fit", size,
			  CHILD_COPY_MAX);
	memcpy(order.copy, arg, size);
	send(c->fd, &order, sizeof(order), MSG_NOSIGNAL);
	return child_finish(c, "call");
}

void child_end(struct child *c)
{
	if (c->fd >= 0) {
		/* A sibling forked later still holds a copy of the descriptor. */
		shutdown(c->fd, SHUT_RDWR);
		close(c->fd);
	}
	c->fd = -1;
	if (c->pid > 0)
		child_gone(c);
}

void child_kill(struct child *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
	child_end(c);
}
