/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom to kill. */
#ifndef MMGUARD_TESTS_VICTIM_H
#define MMGUARD_TESTS_VICTIM_H

#include "mmguard/util.h"

#include <stdlib.h>
#include <string.h>

/* The child of @parent whose name begins with @name, 0: there is none. */
static inline pid_t victim_child(pid_t parent, const char *name)
{
	char *path = xasprintf("/proc/%d/task/%d/children", parent, parent);
	char *text = file_read(path, 4096, NULL), *save = text, *word;
	pid_t found = 0;

	while (text && (word = strsep(&save, " \n"))) {
		char *comm_path = xasprintf("/proc/%s/comm", word);
		char *comm = *word ? file_read(comm_path, 64, NULL) : NULL;

		if (comm && !strncmp(comm, name, strlen(name)))
			found = atoi(word);
		free(comm);
		free(comm_path);
	}
	free(text);
	free(path);
	return found;
}

/* A random number from 0 to @n - 1. */
static inline long victim_draw(long n)
{
	return random() % n;
}

#endif
