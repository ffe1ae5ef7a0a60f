/* SPDX-License-Identifier: GPL-2.0-only */
/* One patch on one file.  Results are kept by content, so what was done once costs nothing. */
#ifndef MG_SPATCH_H
#define MG_SPATCH_H

#include "bugs.h"

struct source_text {
	char *data;
	size_t len;
};

/*
 * Apply @b to @in, the text of @file; results are kept below @cache.  0 with *out (to be
 * freed), or -1 with one line in *why (to be freed): the patch failed or changed nothing.
 */
int spatch_apply(const char *cache, const struct bug *b, const char *file,
		 const struct source_text *in, struct source_text *out, char **why);
/* How often mm_bug(@number) stands in the text. */
unsigned int spatch_switches(const struct source_text *t, unsigned int number);
#endif
