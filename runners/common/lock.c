/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flock() and not a pid file: it is gone with its holder, however that died.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lock.h"

/*
 * Without root nothing global can be changed, so the runs of one user are all that can
 * meet. In /tmp, the last resort, others can make the file first; that is refused.
 */
static void lock_path(char *path, size_t len)
{
	const char *dir = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");
	const char *own = getenv("MMGUARD_LOCK");

	if (own && *own)
		snprintf(path, len, "%s", own);
	else if (!geteuid())
		snprintf(path, len, "/run/mmguard.lock");
	else if (dir && *dir)
		snprintf(path, len, "%s/mmguard.lock", dir);
	else if (home && *home && !access(home, W_OK))
		snprintf(path, len, "%s/.mmguard.lock", home);
	else
		snprintf(path, len, "/tmp/mmguard-%u.lock", (unsigned int)geteuid());
}

static bool is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && st->st_nlink == 1;
}

/*
 * A plain file of our own that nobody else can open: whoever can open it can lock it,
 * and would keep us out.
 */
static int open_lock(const char *path, char *why, size_t len)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	int err = errno;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && is_ours(&st) && !fchmod(fd, 0600))
		return fd;
	if (fd < 0 && (lstat(path, &st) || is_ours(&st))) {
		snprintf(why, len, "cannot open the lock %s: %s", path, strerror(err));
		return -1;
	}
	snprintf(
		why, len,
		"the lock %s is not a plain file of the user who runs this; remove it, or name "
		"another one with MMGUARD_LOCK",
		path);
	if (fd >= 0)
		close(fd);
	return -1;
}

static void say_holder(int fd, char *why, size_t len)
{
	char text[1024] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	snprintf(why, len, "another run has this machine: %s",
		 *text ? text : "it did not say which");
}

static int write_holder(int fd, const char *what)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[40];

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	if (ftruncate(fd, 0) ||
	    dprintf(fd, "pid %d, '%s', since %s\n", (int)getpid(), what, when) < 0)
		return -errno;
	return 0;
}

int lock_take(const char *what, char *why, size_t len)
{
	char path[4096];
	int fd;

	lock_path(path, sizeof(path));
	fd = open_lock(path, why, len);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			say_holder(fd, why, len);
		else
			snprintf(why, len, "cannot lock %s: %s", path, strerror(errno));
	} else if (write_holder(fd, what)) {
		snprintf(why, len, "cannot write the lock %s: %s", path, strerror(errno));
	} else {
		return fd;
	}
	close(fd);
	return -1;
}

void lock_release(int fd)
{
	/* The file stays: unlinking it would let two holders lock two files of one name. */
	if (fd >= 0 && !ftruncate(fd, 0))
		close(fd);
}
