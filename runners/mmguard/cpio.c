// SPDX-License-Identifier: GPL-2.0-only
/* Documentation/driver-api/early-userspace/buffer-format.rst of the kernel defines the format.
 */
#include "cpio.h"
#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Largest file that goes into an initramfs. */
#define FILE_MAX (256u << 20)

static int put(struct cpio *c, const void *data, size_t len)
{
	if (len && fwrite(data, 1, len, c->f) != len)
		return errno ? -errno : -EIO;
	c->written += len;
	return 0;
}

static int pad(struct cpio *c)
{
	return put(c, "\0\0\0", (4 - c->written % 4) % 4);
}

struct entry {
	const char *path;
	mode_t mode;
	const void *data;
	size_t len;
	unsigned int major, minor; /* of a device */
};

static int put_entry(struct cpio *c, const struct entry *e)
{
	char head[111];
	int err;

	snprintf(head, sizeof(head),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++c->inode,
		 (unsigned int)e->mode, 0u, 0u, S_ISDIR(e->mode) ? 2u : 1u, 0u,
		 (unsigned int)e->len, 0u, 0u, e->major, e->minor,
		 (unsigned int)strlen(e->path) + 1, 0u);
	err = put(c, head, 110);
	if (!err)
		err = put(c, e->path, strlen(e->path) + 1);
	if (!err)
		err = pad(c);
	if (!err)
		err = put(c, e->data, e->len);
	return err ? err : pad(c);
}

int cpio_directory(struct cpio *c, const char *path)
{
	return put_entry(c, &(struct entry){ .path = path, .mode = S_IFDIR | 0755 });
}

int cpio_device(struct cpio *c, const char *path, unsigned int major, unsigned int minor)
{
	return put_entry(c, &(struct entry){ path, S_IFCHR | 0600, NULL, 0, major, minor });
}

int cpio_data(struct cpio *c, const char *path, mode_t mode, const void *data, size_t len)
{
	return put_entry(c, &(struct entry){ path, S_IFREG | mode, data, len, 0, 0 });
}

int cpio_link(struct cpio *c, const char *path, const char *target)
{
	return put_entry(c,
			 &(struct entry){ path, S_IFLNK | 0777, target, strlen(target), 0, 0 });
}

int cpio_file(struct cpio *c, const char *path, mode_t mode, const char *from)
{
	size_t len = 0;
	char *data = file_read(from, FILE_MAX, &len);
	int err = -EFBIG;

	if (!data)
		err = -errno;
	else if (len < FILE_MAX)
		err = cpio_data(c, path, mode, data, len);
	if (err)
		mg_error("cannot put %s into the initramfs: %s", from, strerror(-err));
	free(data);
	return err;
}

int cpio_end(struct cpio *c)
{
	int err = put_entry(c, &(struct entry){ .path = "TRAILER!!!" });

	return !err && fflush(c->f) ? -errno : err;
}
