/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hugetlbfs mount with limits (a subpool): at most so many pages, and at least
 * so many that stay reserved for it. The guard gives the mount back.
 * Source: Documentation/admin-guide/mm/hugetlbpage.rst.
 */
#ifndef MMGUARD_HUGEFS_H
#define MMGUARD_HUGEFS_H

#include <stdbool.h>
#include <stddef.h>

#define HUGEFS_NO_LIMIT (-1L)

struct hugefs {
	char dir[32];
	size_t size; /* bytes of a page */
	long max;    /* pages, or HUGEFS_NO_LIMIT */
};

/*
 * hugefs_try() - mount a hugetlbfs with pages of the default size
 * @max, @min: pages, or HUGEFS_NO_LIMIT
 *
 * 0 or -errno. BROKEN when there is no place for it, SKIP without hugetlbfs.
 */
int hugefs_try(struct hugefs *fs, long max, long min);

/* The same; any error is BROKEN. */
struct hugefs hugefs_mount(long max, long min);

/* A new unlinked file of @pages pages; the caller closes it. */
int hugefs_file(const struct hugefs *fs, size_t pages);

/* Ends the mount now; @lazily: what is in use of it goes on. 0 or -errno. */
int hugefs_umount(const struct hugefs *fs, bool lazily);

/* Compares what statfs(2) says with @free pages of the mount's maximum. */
bool hugefs_expect(const char *step, const struct hugefs *fs, long free);

#endif
