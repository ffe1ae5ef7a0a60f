/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs a directory says it has. */
#ifndef MG_FROMLIST_H
#define MG_FROMLIST_H

#include "util.h"

/* The collection of programs that lie in the directory itself. */
#define FROM_HERE "."

struct from_line {
	char *collection, *program;
	struct strv args;
	char *through;	       /* absolute path of the program it is run through, or NULL */
	unsigned long seconds; /* hang guard; 0: what the collection's settings say */
};

struct from_list {
	struct from_line *v;
	size_t n;
};

/* Read the list of @dir, or look for programs.  0, or -1 with a message; free it in any case.
 */
int from_list_read(struct from_list *l, const char *dir);
void from_list_free(struct from_list *l);
#endif
