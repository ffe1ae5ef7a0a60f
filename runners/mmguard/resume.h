/* SPDX-License-Identifier: GPL-2.0-only */
/* A run that was cut short goes on from its own files. */
#ifndef MG_RESUME_H
#define MG_RESUME_H

#include "run.h"

/*
 * The directory of a run from its path, or its name below @results, or below "results" when
 * that is NULL.  The caller frees; NULL with a message.
 */
char *resume_find_dir(const char *word, const char *results);

/*
 * Make @r, whose options say which run goes on, into that run: its options, directory, plan,
 * kernel and slow factor, as run.json has them.  paths must be known.  Refused is a run whose
 * programs or kernel are others now, unless forced.  0, or an exit status with a message.
 */
int resume_load(struct run *r);
/*
 * Under the locks: end the journal's last line, write down what became of the last boot, and
 * that the run goes on.  0, or -1 with a message.
 */
int resume_begin(const struct run *r);
#endif
