/* SPDX-License-Identifier: GPL-2.0-only */
/* Known issues: what fails on which kernels and why, read from configs/known-issues. */
#ifndef MG_KNOWN_H
#define MG_KNOWN_H

#include "util.h"

struct known_issue {
	char *name;	     /* the file's name */
	struct strv cases;   /* globs over full names */
	struct strv kernels; /* ranges; empty: all */
	char *harm;	     /* none, reserves, stuck or crash */
	bool flaky;
	char *reason;
};

struct known_issues {
	struct known_issue *v;
	size_t n;
};

/*
 * Read every file of @dir (README.md and hidden files excepted).  A missing directory is empty.
 * 0, or -1 with a message that names the file and line.
 */
int known_load(struct known_issues *k, const char *dir);
void known_free(struct known_issues *k);
/* The first issue that covers case @name on kernel @release, NULL when there is none. */
const struct known_issue *known_find(const struct known_issues *k, const char *name,
				     const char *release);
/* Does the issue change the machine for good or bring it down? */
bool known_harms(const struct known_issue *k);
#endif
