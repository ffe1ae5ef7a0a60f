/* SPDX-License-Identifier: GPL-2.0-only */
/* Which parts of a tree of others' programs a plan needs, and where they lie elsewhere. */
#ifndef MG_FROMPARTS_H
#define MG_FROMPARTS_H

#include "plan.h"

/* The directories below @from (absolute) that the programs of @p run in, and what collections
 * share; the files in @from itself are needed too. */
void from_parts(const char *from, const struct plan *p, struct strv *dirs);
/* @path, with @to in place of @from when it lies in there; the caller frees. */
char *from_moved(const char *from, const char *to, const char *path);
#endif
