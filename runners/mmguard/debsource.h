/* SPDX-License-Identifier: GPL-2.0-only */
/* deb:X: which packages of the distribution hold a kernel and its source, and fetching them. */
#ifndef MG_DEBSOURCE_H
#define MG_DEBSOURCE_H

#include "apt.h"

/* One file of configs/kernels; all but suites are expressions over package names. */
struct deb_source {
	struct strv suites;
	char *image, *modules, *source;
};

/* Where downloads are kept; the caller frees. */
char *cache_dir(void);
/* Read configs/kernels/@x.  0, or -1 with a message that says which there are. */
int deb_source_load(struct deb_source *s, const char *configs, const char *x);
void deb_source_free(struct deb_source *s);
/*
 * Fetch the newest package that matches @regex and unpack it to @work/root; what apt needs goes
 * below @work.  *package is its name (to be freed) and @a the apt that knew it (free a->dir).
 * 0, or -1 with a message.
 */
int deb_fetch(const struct deb_source *s, const char *regex, const char *work, struct apt *a,
	      char **package);
#endif
