/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that are read a second time, by a run that goes on: what of them is in the run's
 * directory already is not written again.  Files only grow, so their size tells; of the
 * journal, in which others write too, each line counts.
 */
#ifndef MG_AGAIN_H
#define MG_AGAIN_H

#include <stddef.h>

struct again {
	char *journal; /* as it is when the reading begins */
	struct {
		char *path;
		size_t left; /* bytes that are there and have not come by yet */
	} * v;
	size_t n;
};

/* @dir: the run's. Free it with again_free(). */
void again_begin(struct again *a, const char *dir);
/* How many of the @len bytes for the file @path, from the first on, are there already. */
size_t again_known(struct again *a, const char *dir, const char *path, const char *data,
		   size_t len);
void again_free(struct again *a);
#endif
