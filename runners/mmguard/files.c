// SPDX-License-Identifier: GPL-2.0-only
/* Whole files in and out.  Writing is atomic: a reader sees the old report or the new one,
 * never a half. */
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_fd(int fd, size_t max, size_t *len)
{
	size_t have = 0, room = 0;
	char *buf = NULL;
	ssize_t n;

	do {
		if (have + 1 >= room) {
			room = room ? room * 2 : 8192;
			buf = xrealloc(buf, room);
		}
		n = read(fd, buf + have,
			 room - have - 1 < max - have ? room - have - 1 : max - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(buf);
			return NULL;
		}
		have += (size_t)n;
	} while (n && have < max);
	buf[have] = '\0';
	if (len)
		*len = have;
	return buf;
}

static char *read_from(const char *path, size_t max, size_t *len, bool tail)
{
	/* A FIFO in somebody's directory is not waited for. */
	int saved, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *s;

	if (fd < 0)
		return NULL;
	if (tail && !fstat(fd, &st) && st.st_size > 0 && (size_t)st.st_size > max)
		lseek(fd, st.st_size - (off_t)max, SEEK_SET);
	s = read_fd(fd, max, len);
	saved = errno;
	close(fd);
	errno = saved;
	return s;
}

char *file_read(const char *path, size_t max, size_t *len)
{
	return read_from(path, max, len, false);
}

char *settings_read(const char *path)
{
	size_t len = 0;
	char *s = file_read(path, 1 << 16, &len);

	/* What stands behind a NUL would not be seen and not be missed. */
	for (size_t i = 0; s && i < len; i++)
		if (!s[i])
			s[i] = '\1';
	return s;
}

char *file_read_tail(const char *path, size_t max, size_t *len)
{
	return read_from(path, max, len, true);
}

static int write_all(const char *path, const char *data, size_t len)
{
	/* Whatever has that name, also a link, is not followed. */
	int err = 0, fd;
	FILE *f;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return -errno;
	if (fwrite(data, 1, len, f) != len || fflush(f) || fsync(fileno(f)))
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

int file_write(const char *path, const char *data, size_t len)
{
	char *tmp = xasprintf("%s.tmp%d", path, (int)getpid());
	int err = write_all(tmp, data, len);

	if (!err && rename(tmp, path))
		err = -errno;
	if (err) {
		unlink(tmp);
		mg_error("cannot write %s: %s", path, strerror(-err));
	}
	free(tmp);
	return err;
}

int mkdirs(const char *path)
{
	char *copy = xstrdup(path);
	int err = 0;

	for (char *p = copy + 1; !err; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			err = -errno;
		*p = c;
		if (!c)
			break;
	}
	free(copy);
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) && errno != ENOENT)
		mg_error("cannot remove %s: %s", path, strerror(errno));
	return 0;
}

void remove_tree(const char *path)
{
	if (!access(path, F_OK))
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int dir_names(const char *dir, struct strv *names)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			strv_add(names, e->d_name);
	closedir(d);
	strv_sort(names);
	return 0;
}
