/* SPDX-License-Identifier: GPL-2.0-only */
/* What was built: <dir>/manifest.json.  An image that no manifest names is not taken for one.
 */
#ifndef MG_LABMANIFEST_H
#define MG_LABMANIFEST_H

#include "lab.h"

#define LAB_SCHEMA 1

struct lab_image {
	char *path;
	char *id; /* of the contents */
	char *release;
};

/* Publish obj/.../bzImage with the state of all bugs.  0, or -1 with a message. */
int labmanifest_write(const struct lab *l, double seconds);
/*
 * The image that is there; bugs that it has not get their "why".  0, or -1 with a message that
 * says how to build one.
 */
int labmanifest_read(struct lab *l, struct lab_image *image);
void lab_image_free(struct lab_image *image);
#endif
