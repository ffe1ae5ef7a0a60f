/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run is about: when it goes on, it must be with the same programs and kernel. */
#ifndef MG_IDENTITY_H
#define MG_IDENTITY_H

#include "run.h"

#include <jansson.h>

/* Hash of a file's contents as text; the caller frees.  NULL with errno. */
char *identity_file(const char *path);
/* The running kernel's release and build, as "uname -rv" prints them; the caller frees. */
char *identity_kernel(void);
/*
 * Compare with what run.json says: the hash of each program of the selection, and the kernel
 * or its image.  0, or -1 with one line that says what is another; with @force that line and 0.
 */
int identity_check(const struct run *r, json_t *info, const char *image, bool force);
#endif
