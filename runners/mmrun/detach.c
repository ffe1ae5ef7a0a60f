/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run that outlives the connection it was started over.
 *
 * It writes its frames to a file that it holds a lock on for as long as it lives.
 * Whoever comes by can follow the file from any byte on, and the lock tells
 * whether more will come and who writes it: no pid file can be stale, and however
 * the writer died, it is known at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "../common/lock.h"
#include "mmrun.h"

#define FOLLOW_MS 200
#define STOP_S	  30.0 /* as long as it takes to kill the worst program */

/* Waits for the byte that says that the run has begun. */
static int wait_for_child(const char *stream, int fd)
{
	char byte;

	if (read(fd, &byte, 1) == 1)
		return MMG_EXIT_OK;
	/* Another try finds what this one found. */
	unlink(stream);
	return MMG_EXIT_RUNNER;
}

static int hold(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char why[512];

	/* A record lock belongs to one process: no test inherits it. */
	if (fcntl(fd, F_SETLK, &whole)) {
		say("cannot lock the stream: %s", strerror(errno));
		return -1;
	}
	if (lock_take("mmrun --detach", why, sizeof(why)) < 0) {
		say("%s", why);
		return -1;
	}
	return 0;
}

/* A session of its own, so that the end of the connection does not reach it. */
static int settle(int stream, int started)
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	if (hold(stream) || write(started, "", 1) != 1)
		return MMG_EXIT_RUNNER;
	close(null);
	close(started);
	return -1;
}

int detach(struct options *o)
{
	static char number[16];
	int p[2],
		fd = open(o->stream, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid = -1;

	/* Asked twice, since the first answer did not get through: it has begun. */
	if (fd < 0 && errno == EEXIST)
		return MMG_EXIT_OK;
	if (fd >= 0 && !pipe2(p, O_CLOEXEC))
		pid = fork();
	if (pid < 0) {
		say("cannot begin %s: %s", o->stream, strerror(errno));
		return MMG_EXIT_RUNNER;
	}
	if (pid) {
		close(p[1]);
		return wait_for_child(o->stream, p[0]);
	}
	/* The descriptor that is locked stays open: closing any other one would end the lock.
	 */
	snprintf(number, sizeof(number), "%d", fd);
	o->stream = number;
	close(p[0]);
	return settle(fd, p[1]);
}

/* The process that writes the file, 0 when nobody does any more. */
static pid_t writer(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &whole) || whole.l_type == F_UNLCK)
		return 0;
	return whole.l_pid;
}

static int open_followed(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		say("%s: %s", path, strerror(errno));
	return fd;
}

/* Everything that is there now; false when nobody listens. */
static bool copy_out(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(STDOUT_FILENO, buf + done, (size_t)(n - done));
			if (w < 0)
				return false;
		}
	return true;
}

int follow(const struct options *o)
{
	struct pollfd listener = { .fd = STDOUT_FILENO };
	int fd = open_followed(o->follow);
	bool last;

	if (fd < 0)
		return MMG_EXIT_RUNNER;
	/* Less than what was read before may be left of it after a crash. */
	lseek(fd, (off_t)o->from, SEEK_SET);
	do {
		/* Asked before reading: what it wrote up to its end is read as well. */
		last = !writer(fd);
		if (!copy_out(fd))
			break;
		if (!last)
			poll(&listener, 1, FOLLOW_MS);
	} while (!last && !(listener.revents & (POLLERR | POLLHUP)));
	close(fd);
	return MMG_EXIT_OK;
}

int stop(const struct options *o)
{
	int fd = open_followed(o->stop);
	double until = now() + STOP_S;
	pid_t pid = fd < 0 ? 0 : writer(fd);

	if (pid)
		kill(pid, SIGTERM);
	for (; pid && writer(fd) == pid; usleep(FOLLOW_MS * 500))
		if (now() > until)
			kill(pid, SIGKILL);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? MMG_EXIT_RUNNER : MMG_EXIT_OK;
}
