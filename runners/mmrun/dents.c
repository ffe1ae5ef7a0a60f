/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories without opendir(), which allocates.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "dents.h"

/* The kernel's struct linux_dirent64; C libraries hide it or name it otherwise. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

int dents_open(struct dents *d, int dir, const char *path)
{
	d->fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	d->have = d->at = 0;
	return d->fd < 0 ? -1 : 0;
}

void dents_rewind(struct dents *d)
{
	if (d->fd >= 0)
		lseek(d->fd, 0, SEEK_SET);
	d->have = d->at = 0;
}

const char *dents_next(struct dents *d)
{
	for (;;) {
		const struct entry *e;

		if (d->at >= d->have) {
			d->at = 0;
			d->have = d->fd < 0 ? 0
					    : syscall(SYS_getdents64, d->fd, d->buf,
						      sizeof(d->buf));
			if (d->have <= 0)
				return NULL;
		}
		e = (const struct entry *)(const void *)((const char *)d->buf + d->at);
		d->at += e->len;
		if (strcmp(e->name, ".") && strcmp(e->name, ".."))
			return e->name;
	}
}

void dents_close(struct dents *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
