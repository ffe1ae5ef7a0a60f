/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Others' programs in a guest: their directories as they are, the loader and the libraries of
 * each dynamic program, busybox for what shell scripts call.
 */
#ifndef MG_GUESTFROM_H
#define MG_GUESTFROM_H

#include "cpio.h"
#include "plan.h"

/* Where @path of the directory @from lies in the guest; other paths are the same there. The
 * caller frees. */
char *guestfrom_path(const char *from, const char *path);
/* Put everything that the programs of @p need into the archive. 0, or -errno with a message. */
int guestfrom_put(struct cpio *c, const char *from, const struct plan *p);
/*
 * Take out of @p what cannot run in a guest, with the reason, such as "needs python3, which is
 * not in the guest".
 */
void guestfrom_check(struct plan *p, struct held *h);
#endif
