/* SPDX-License-Identifier: GPL-2.0-only */
/* The bugs put back: headers of the patches in configs/bugs (its README describes them). */
#ifndef MG_BUGS_H
#define MG_BUGS_H

#include "util.h"

struct bug {
	char *name, *area;
	char *path; /* of the patch */
	unsigned int number;
	unsigned int matches; /* how often mm_bug(number) stands in the patched files */
	char *breaks, *undoes, *symptom;
	struct strv files, kernels;
	bool sed;  /* a sed script instead of a semantic patch */
	char *why; /* it is left out, NULL: it is not */
};

struct bugs {
	struct bug *v; /* in the order of numbers */
	size_t n;
};

/*
 * Read one header.  @base is the file's name, which tells the kind and has to agree with the
 * key "bug".  0, or -1 with one line in @why; the bug is to be freed in both cases.
 */
int bug_parse(struct bug *b, const char *text, const char *base, char *why, size_t len);
void bug_free(struct bug *b);

/* Is it for a tree of @version? */
bool bug_for(const struct bug *b, const char *version);

/*
 * Read all bugs below @dir that are for @version; NULL is all files.  0, or -1 with a message
 * that names the file, also when two claim one number.
 */
int bugs_load(struct bugs *b, const char *dir, const char *version);
void bugs_free(struct bugs *b);
/* The bug of that number, or NULL. */
struct bug *bugs_find(const struct bugs *b, unsigned int number);
/* Not a bug but the proposed fix of one that is alive: in the kernel, not in the matrix. */
bool bug_is_fix(const struct bug *b);
/* Does one of the globs cover its number, name, area or area.name?  No globs cover all. */
bool bug_selected(const struct bug *b, const struct strv *globs);
#endif
