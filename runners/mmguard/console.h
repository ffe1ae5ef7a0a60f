/* SPDX-License-Identifier: GPL-2.0-only */
/* What the console of a dead guest says about its death. */
#ifndef MG_CONSOLE_H
#define MG_CONSOLE_H

#include <stddef.h>

/*
 * The line that tells best why the kernel died, from the text of its console: the first
 * complaint of the last panic, or without a panic the last complaint, or the last line.  The
 * caller frees; never NULL.
 */
char *console_cause(const char *text);
/* The last @lines lines that are not empty, each indented; the caller frees. */
char *console_tail(const char *text, size_t lines);
/* The text of console.log from @offset on, made printable; the caller frees.  "" when it cannot
 * be read. */
char *console_read(const char *path, size_t offset);
#endif
