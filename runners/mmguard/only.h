/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of programs whose results are known only when they have run, a selector may still name
 * results: then the others are not reported.
 */
#ifndef MG_ONLY_H
#define MG_ONLY_H

#include "report.h"

/* Read the globs from run.json; none: all results were asked for. */
void only_load(struct strv *only, json_t *info);
/* Was the result @name of @program asked for?  NULL, the program as a whole, always was. */
bool only_asked_for(const struct strv *only, const char *program, const char *name);
/* The program that @glob is about when none of its results has such a name, otherwise NULL. */
struct program_report *only_unseen(struct report *r, const char *glob);
#endif
