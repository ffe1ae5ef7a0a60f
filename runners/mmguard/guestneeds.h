/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program of others needs in a guest besides itself. */
#ifndef MG_GUESTNEEDS_H
#define MG_GUESTNEEDS_H

#include "util.h"

#define GUEST_BUSYBOX	"/bin/busybox"
#define BUSYBOX_PACKAGE "busybox-static"

/* The busybox of this machine, NULL without one. The names of its applets are appended. */
const char *guestneeds_busybox(struct strv *applets);
/*
 * Files of this machine that the program or script at @path needs at the same place in the
 * guest, appended to @files; what cannot be had to @missing. Nothing for what is neither.
 */
void guestneeds_files(const char *path, struct strv *files, struct strv *missing);
#endif
