// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"
#include "report.h"

ssize_t file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

long file_read_long(const char *path)
{
	char buf[64], *end;
	long value;

	if (file_read(path, buf, sizeof(buf)) <= 0)
		return -1;
	value = strtol(buf, &end, 10);
	return end == buf ? -1 : value;
}

int file_write_long(const char *path, long value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%ld", value);
	return file_write(path, buf);
}

long file_field(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	size_t len = strlen(key);
	long value = -1;
	char line[256];

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, len)) {
			value = strtol(line + len, NULL, 10);
			break;
		}
	fclose(f);
	return value;
}

#ifndef RAMFS_MAGIC
#define RAMFS_MAGIC 0x858458f6
#endif

static bool on_disk(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC;
}

int file_on_disk(void)
{
	static const char *const places[] = { "/var/tmp", "/tmp", "." };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/mmguard.XXXXXX", places[i]);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0)
			continue;
		unlink(path);
		if (on_disk(fd))
			return fd;
		close(fd);
	}
	mm_skip("needs a directory on a disk, found none of /var/tmp, /tmp and the current "
		"one");
}
