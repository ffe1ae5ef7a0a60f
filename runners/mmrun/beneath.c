/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files below a directory that others may have prepared: mmrun runs as root, and
 * whoever can write there must not make it write elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sink.h"

static bool is_link(int dir, const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode);
}

/* The directory @name below @dir, which is closed unless it is @top. */
static int enter(int top, int dir, const char *name, const char **why)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags), err;

	if (fd < 0 && errno == ENOENT && !mkdirat(dir, name, 0755))
		fd = openat(dir, name, flags);
	err = errno;
	if (fd < 0 && is_link(dir, name))
		*why = "goes through a symbolic link, which is refused";
	if (dir != top)
		close(dir);
	errno = err;
	return fd;
}

/* Only a plain file with one name can have no other purpose. */
static int check(int fd, const char **why)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	*why = "is no plain file with one name, which is refused";
	close(fd);
	return -1;
}

int beneath_open(int dir, const char *path, const char **why)
{
	/* O_NONBLOCK: a FIFO without a reader is an error, not a wait. */
	const int flags =
		O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char part[sizeof(((struct sink_file *)0)->path)];
	const char *slash;
	int fd, at = dir;

	*why = NULL;
	for (; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		at = enter(dir, at, part, why);
	}
	if (at < 0)
		return -1;
	fd = openat(at, path, flags, 0644);
	if (fd < 0 && is_link(at, path))
		*why = "is a symbolic link, which is refused";
	if (at != dir) {
		int err = errno;

		close(at);
		errno = err;
	}
	return fd < 0 ? -1 : check(fd, why);
}
