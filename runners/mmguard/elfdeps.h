/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dynamically linked program needs besides itself. */
#ifndef MG_ELFDEPS_H
#define MG_ELFDEPS_H

#include "util.h"

struct elf_deps {
	bool elf;	     /* it is an ELF file of this machine's byte order */
	char *interpreter;   /* PT_INTERP, or NULL: static, or a library */
	struct strv needed;  /* DT_NEEDED */
	struct strv runpath; /* of DT_RUNPATH or DT_RPATH, $ORIGIN replaced */
};

/* Read the headers of @path; nothing in the file is trusted. Free with elf_deps_free(). */
void elf_deps_read(struct elf_deps *d, const char *path);
void elf_deps_free(struct elf_deps *d);

/*
 * The interpreter and all libraries of the program at @path, and theirs, as absolute paths of
 * this machine, appended to @files once each. What is not to be found goes to @missing.
 */
void elf_deps_all(const char *path, struct strv *files, struct strv *missing);
#endif
