/* SPDX-License-Identifier: GPL-2.0-only */
/* Packages of the distribution, fetched without being installed and without touching the
 * machine's apt. */
#ifndef MG_APT_H
#define MG_APT_H

#include "util.h"

/* The mirrors of this machine. */
struct apt_mirrors {
	char *main;	/* ".../debian" */
	char *security; /* ".../debian-security" */
};

/* From the text of a one-line (*.list) or deb822 (*.sources) file; what is already set stays.
 */
void apt_mirrors_parse(struct apt_mirrors *m, const char *text);
/* From /etc/apt; Debian's own where that says nothing. */
void apt_mirrors_find(struct apt_mirrors *m);
void apt_mirrors_free(struct apt_mirrors *m);

/* An apt of our own below a directory; dir NULL is the machine's. */
struct apt {
	char *dir;
};

/* Set up an apt that knows @suites, in @dir.  0 or -1 with a message. */
int apt_private(struct apt *a, const char *dir, const struct strv *suites);
/* Fetch the lists, with retries.  0 or -1 with a message. */
int apt_update(const struct apt *a);
/* The newest package whose name matches the POSIX extended expression; NULL without one.  The
 * caller frees. */
char *apt_newest(const struct apt *a, const char *regex);
/* Download @package and unpack it to @to, with retries.  0 or -1 with a message. */
int apt_unpack(const struct apt *a, const char *package, const char *to);
#endif
