/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel tree of the lab: unpacked once, its patched files kept in their original form. */
#ifndef MG_LABTREE_H
#define MG_LABTREE_H

#include "lab.h"

/* Make <dir>/tree, unless it is there.  0, or -1 with a message. */
int labtree_fetch(struct lab *l);
/* A file of the tree as it came; the caller frees.  NULL with a message. */
char *labtree_original(const struct lab *l, const char *file, size_t *len);
/* Put a file into the tree, touching it only when it changes.  0, or -1 with a message. */
int labtree_put(const struct lab *l, const char *file, const char *data, size_t len);
/* Give files back that were patched and are not in @files any more; remember @files. */
int labtree_remember(const struct lab *l, const struct strv *files);
#endif
