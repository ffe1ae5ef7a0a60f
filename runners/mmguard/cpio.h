/* SPDX-License-Identifier: GPL-2.0-only */
/* Writer of cpio archives in the newc form, which the kernel unpacks as its initramfs. */
#ifndef MG_CPIO_H
#define MG_CPIO_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct cpio {
	FILE *f; /* the caller's */
	unsigned int inode;
	size_t written;
};

/* Each appends one entry; paths have no leading slash and come after their directories.  0 or
 * -errno. */
int cpio_directory(struct cpio *c, const char *path);
int cpio_device(struct cpio *c, const char *path, unsigned int major, unsigned int minor);
int cpio_data(struct cpio *c, const char *path, mode_t mode, const void *data, size_t len);
/* A symbolic link at @path. */
int cpio_link(struct cpio *c, const char *path, const char *target);
/* The contents of the file @from of this machine; a message is printed on an error. */
int cpio_file(struct cpio *c, const char *path, mode_t mode, const char *from);
/* The trailer.  Nothing may follow. */
int cpio_end(struct cpio *c);
#endif
