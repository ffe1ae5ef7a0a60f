// SPDX-License-Identifier: GPL-2.0-only
/* flock() and not a pid file: it is gone with its holder, however that died. */
#include "lock.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Without root nothing global can be changed, so the runs of one user are all that can meet. */
static char *lock_path(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *own = getenv("MMGUARD_LOCK");

	if (own && *own)
		return xstrdup(own);
	if (!geteuid())
		return xstrdup("/run/mmguard.lock");
	if (dir && *dir)
		return xasprintf("%s/mmguard.lock", dir);
	return xasprintf("/tmp/mmguard-%u.lock", (unsigned int)geteuid());
}

static void say_holder(int fd)
{
	char text[1024] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	mg_error("another run has this machine: %s",
		 *text ? strip(text) : "it did not say which");
}

static int write_holder(int fd, const char *command)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[40];

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	if (ftruncate(fd, 0) ||
	    dprintf(fd, "pid %d, '%s', since %s\n", (int)getpid(), command, when) < 0)
		return -errno;
	return 0;
}

int lock_take(const char *command)
{
	char *path = lock_path();
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0) {
		mg_error("cannot open the lock %s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			say_holder(fd);
		else
			mg_error("cannot lock %s: %s", path, strerror(errno));
		close(fd);
		fd = -1;
	} else if (write_holder(fd, command)) {
		mg_error("cannot write the lock %s: %s", path, strerror(errno));
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

void lock_release(int fd)
{
	/* The file stays: unlinking it would let two holders lock two files of one name. */
	if (fd >= 0 && !ftruncate(fd, 0))
		close(fd);
}
