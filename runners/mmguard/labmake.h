/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuring and building the patched tree. */
#ifndef MG_LABMAKE_H
#define MG_LABMAKE_H

#include "lab.h"

struct lab_error {
	char *text;	     /* the compiler's first error, or why there is none */
	unsigned int number; /* the bug whose edit it is in, 0: cannot be told */
};

/* Say in one line which packages a build lacks.  0 or -1. */
int labmake_check_tools(void);
/* Configure when the fragments have changed.  0, or -1 with a message. */
int labmake_config(const struct lab *l);
/* Build the image.  0, or -1 with *e filled; the caller frees e->text. */
int labmake_image(const struct lab *l, struct lab_error *e);
/*
 * The first error in the output of a build and the bug it belongs to; @tree is where the
 * sources lie.
 */
void labmake_first_error(const char *log, const char *tree, struct lab_error *e);
#endif
