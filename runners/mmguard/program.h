/* SPDX-License-Identifier: GPL-2.0-only */
/* Running other programs to their end. */
#ifndef MG_PROGRAM_H
#define MG_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

/* Run argv[0] (searched in PATH) quietly in directory @dir (NULL: here).  Its exit status, -1
 * without one. */
int program_run(char *const argv[], const char *dir);
/* The same with stdout and stderr in the file @log, which is replaced. */
int program_logged(char *const argv[], const char *dir, const char *log);
/*
 * Run it and return what it wrote to stdout, at most @max bytes, NUL terminated; the caller
 * frees.  NULL when it failed or wrote more.  @len may be NULL.
 */
char *program_output(char *const argv[], size_t max, size_t *len);
/* Wait for a child.  Its exit status, -1 without one. */
int program_wait(pid_t pid);
/* Is there such a program in PATH? */
int program_exists(const char *name);
#endif
