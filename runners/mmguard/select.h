/* SPDX-License-Identifier: GPL-2.0-only */
/* Selectors: globs over full case names, and what was meant when one matches nothing. */
#ifndef MG_SELECT_H
#define MG_SELECT_H

#include "util.h"

/* Has it only characters that names and globs are made of, and some? */
bool select_valid(const char *glob);
/* Does the glob cover @name itself or something @name lies below, on a dot border? */
bool select_match(const char *glob, const char *name);

/*
 * Of a program whose results are known only when it has run: does the glob cover it, or may it
 * cover one of its results?  The first two parts of a longer glob are its program.
 */
bool select_program(const char *glob, const char *program);
/* Does the glob name results, not whole programs? */
bool select_results(const char *glob);

/* Steps (insert, delete, replace one character) from @a to @b. */
size_t edit_distance(const char *a, const char *b);

/*
 * Up to @max names of @all nearest to @wanted, nearest first, appended to @out.  Names are
 * compared at the depth of @wanted too (its number of dots), so an area or a program is also
 * found.
 */
void select_nearest(const char *wanted, const struct strv *all, size_t max, struct strv *out);

/* A profile: names in and out. */
struct profile {
	struct strv in, out;
};

/* Read configs/profiles/@name.  0, or -1 with a message that lists the profiles there are. */
int profile_load(struct profile *p, const char *dir, const char *name);
bool profile_has(const struct profile *p, const char *name);
void profile_free(struct profile *p);
#endif
