/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the pieces of mmguard lie, seen from its own binary:
 * installed PREFIX/bin/mmguard: PREFIX/bin/mmrun, PREFIX/libexec/mmguard/{selftests,configs};
 * build tree $(O)/mmguard: $(O)/{mmrun,selftests}, and configs of the source tree.
 * MMGUARD_LIBEXEC in the environment names a directory with mmrun, selftests and configs
 * instead.
 */
#ifndef MG_PATHS_H
#define MG_PATHS_H

struct paths {
	char *tests; /* <area>/<program> below it */
	char *mmrun;
	char *configs; /* profiles, kernels, known-issues, kernel-log-allow */
};

/* Find them; nothing is checked for existence but the layout.  0, or -1 with a message. */
int paths_find(struct paths *p);
void paths_free(struct paths *p);
/* configs/@sub; the caller frees. */
char *paths_config(const struct paths *p, const char *sub);
#endif
