/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel versions and ranges of them, as known issues write them. */
#ifndef MG_KVER_H
#define MG_KVER_H

#include <stdbool.h>

/* A release such as "6.12.107-amd64": the leading numbers; n tells how many were written. */
struct kver {
	unsigned int part[3];
	unsigned int n;
};

/* Parse the leading numbers of @s; stops at the first character that is no version.  false:
 * none. */
bool kver_parse(const char *s, struct kver *v);
/*
 * Is @release in @range?  "6.1..6.12" both ends included, "5.16..", "..5.10", "6.18".
 * A version that is written with fewer numbers covers all below it: 6.1 covers 6.1.192.
 */
bool kver_in_range(const char *release, const char *range);
/*
 * The version of the source a kernel was built from. Debian's releases ("6.1.0-56") do not
 * tell it; its banner, as in uname -v or in an image, does. The caller frees.
 */
char *kver_source(const char *release, const char *banner);
/* Is @range well formed? */
bool kver_range_valid(const char *range);
#endif
