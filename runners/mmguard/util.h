/* SPDX-License-Identifier: GPL-2.0-only */
/* Small helpers of the front end: strings, files, programs.  Memory that cannot be had ends the
 * program. */
#ifndef MG_UTIL_H
#define MG_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A growing list of strings; it owns them.  Zero-initialised is empty; v[n] is NULL. */
struct strv {
	char **v;
	size_t n;
};

/* Append a copy of @str. */
void strv_add(struct strv *s, const char *str);
/* Is @str in the list? */
bool strv_has(const struct strv *s, const char *str);
/* Sort by name (strcmp). */
void strv_sort(struct strv *s);
/* Split @text at any of @sep, appending the non-empty pieces. */
void strv_split(struct strv *s, const char *text, const char *sep);
void strv_free(struct strv *s);

/* realloc() and asprintf() that cannot fail; the caller frees. */
void *xrealloc(void *old, size_t size);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line "mmguard: ..." on stderr, more when the text has newlines; nothing in it reaches the
 * terminal as a command. */
void mg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The contents of a file, at most @max bytes of it, NUL terminated; the caller frees.
 * NULL with errno when it cannot be read.  @len may be NULL.
 */
char *file_read(const char *path, size_t max, size_t *len);
/* A file of configs/ likewise, NULs as \1, which no setting allows. */
char *settings_read(const char *path);
/* The last @max bytes of a file, otherwise as file_read(). */
char *file_read_tail(const char *path, size_t max, size_t *len);
/* Replace a file as a whole: temporary file, fsync, rename.  0, or -errno with a message
 * printed. */
int file_write(const char *path, const char *data, size_t len);
/* The names in a directory that do not begin with a dot, sorted, appended.  0 or -errno. */
int dir_names(const char *dir, struct strv *names);
/* Create a directory and its parents.  0 or -errno. */
int mkdirs(const char *path);
/* Remove a directory tree; symbolic links are not followed.  Missing is no error. */
void remove_tree(const char *path);

/* May @s be used as one component of a path below a directory of ours? */
bool safe_component(const char *s);

/* Strip blanks and the newline at both ends, in place. */
char *strip(char *s);

/* Seconds of the monotonic clock. */
double now_mono(void);
#endif
