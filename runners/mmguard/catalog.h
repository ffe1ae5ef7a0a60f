/* SPDX-License-Identifier: GPL-2.0-only */
/* The test programs there are, read from their ELF sections; nothing is run. */
#ifndef MG_CATALOG_H
#define MG_CATALOG_H

#include "common/needs.h"
#include "util.h"

struct program {
	char *path;
	char *name; /* area.program */
	struct needs needs;
	struct strv cases; /* scenario[.kind], in the order of PROG -l */
};

struct catalog {
	struct program *v; /* harmless ones first, then by name */
	size_t n;
	struct strv bad; /* one line for each program that cannot be used */
};

/* Read all programs below @dir (<area>/<program>).  0, or -1 with a message when @dir cannot be
 * read. */
int catalog_load(struct catalog *c, const char *dir);
void catalog_free(struct catalog *c);
/* Print the bad ones.  Returns their number. */
size_t catalog_complain(const struct catalog *c);
/* Append the full names of all cases. */
void catalog_names(const struct catalog *c, struct strv *names);
/* Full name of case @i of @p; the caller frees. */
char *program_case_name(const struct program *p, size_t i);
/* "none", "reserves" or "crashes". */
const char *harm_name(enum needs_harm harm);
#endif
