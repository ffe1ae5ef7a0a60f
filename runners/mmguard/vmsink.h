/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's frames become files of the run's directory, as far as they are what a guest may
 * write. */
#ifndef MG_VMSINK_H
#define MG_VMSINK_H

#include "again.h"
#include "plan.h"
#include "progress.h"

struct vmsink {
	const char *dir;	 /* of the run */
	const struct plan *plan; /* only programs of it may have files */
	unsigned int boot;
	struct progress *progress;
	struct again *again; /* the frames may have come before, NULL: they have not */
	size_t frames;	     /* frames taken, heartbeats too */
	size_t refused;	     /* frames that named no file of ours, or too much */
	unsigned long round; /* highest that wrote */
	size_t bytes;	     /* written in it by this boot */
	int err;	     /* first error of writing, as -errno */
	double last;	     /* monotonic time of the last frame */
};

/* A frame callback (frames.h); @ctx is the struct vmsink. */
void vmsink_frame(void *ctx, const char *path, const char *data, size_t len);
#endif
