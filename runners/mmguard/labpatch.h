/* SPDX-License-Identifier: GPL-2.0-only */
/* All bugs into one tree. */
#ifndef MG_LABPATCH_H
#define MG_LABPATCH_H

#include "lab.h"

/*
 * Put every bug into the tree that has no "why" yet, in the order of numbers.  One that does
 * not apply gets its "why" and leaves no trace.  0, or -1 with a message when the tree cannot
 * be written.
 */
int labpatch_apply(struct lab *l);
#endif
