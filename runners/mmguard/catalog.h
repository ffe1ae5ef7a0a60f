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
	/* Of a program that is not one of ours (from.h), whose only case is "*": the directory
	 * it runs in and its arguments.  Otherwise NULL and none. */
	char *cwd;
	struct strv args;
};

struct catalog {
	struct program *v; /* harmless ones first, then by name */
	size_t n;
	struct strv bad; /* one line for each program that cannot be used */
};

/* Add the program at @path if it has needs.  0, or -1 with "path: why" in @err. */
int catalog_add_ours(struct catalog *c, const char *path, char *err, size_t len);
/* Add @p, which is then the catalog's. */
void catalog_add(struct catalog *c, const struct program *p);
/* Can it be executed, and is it an ELF file? */
bool is_elf_program(const char *path);
/* Read all programs below @dir (<area>/<program>).  0, or -1 with a message when @dir cannot be
 * read. */
int catalog_load(struct catalog *c, const char *dir);
void catalog_free(struct catalog *c);
/* The program of that name, or NULL. */
const struct program *catalog_find(const struct catalog *c, const char *name);
/* Print the bad ones.  Returns their number. */
size_t catalog_complain(const struct catalog *c);
/* Append the full names of all cases. */
void catalog_names(const struct catalog *c, struct strv *names);
/* Full name of case @i of @p; the caller frees. */
char *program_case_name(const struct program *p, size_t i);
/* "none", "reserves" or "crashes". */
const char *harm_name(enum needs_harm harm);
#endif
