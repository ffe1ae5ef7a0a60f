/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files of proc and sysfs: read and write them whole. */
#ifndef MMGUARD_FILE_H
#define MMGUARD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads a file into @buf (NUL-terminated, last newline cut). Length or -errno. */
ssize_t file_read(const char *path, char *buf, size_t size);

/* Writes @text in one write(2). 0 or -errno. */
int file_write(const char *path, const char *text);

/* A decimal number from a file, -1 when it cannot be read. */
long file_read_long(const char *path);

/* 0 or -errno. */
int file_write_long(const char *path, long value);

/* The number after @key at the start of a line ("MemFree:"), -1 when absent. */
long file_field(const char *path, const char *key);

/* A new file without a name on a file system that is not in memory; SKIPs without one. */
int file_on_disk(void);

#endif
