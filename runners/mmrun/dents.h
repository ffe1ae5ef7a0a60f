/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a directory without allocating. */
#ifndef MMRUN_DENTS_H
#define MMRUN_DENTS_H

#include <stdint.h>

struct dents {
	int fd; /* -1: could not be opened */
	long have, at;
	uint64_t buf[512];
};

/* Opens @path below the descriptor @dir; a link is not followed. 0 or -1 with errno. */
int dents_open(struct dents *d, int dir, const char *path);
void dents_rewind(struct dents *d);
/* The next name apart from "." and "..", valid until the next call; NULL at the end. */
const char *dents_next(struct dents *d);
void dents_close(struct dents *d);

#endif
