/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A HugeTLB file whose pages are numbered: mappings of parts of it, the pattern of
 * each page, holes, and the exact state of pool and file. Kinds are those of
 * hugemap.h that have a file.
 */
#ifndef MMGUARD_HUGEFILE_H
#define MMGUARD_HUGEFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "hugemap.h"

struct hugefile {
	struct hugepage_pool base; /* before the file */
	size_t size;		   /* bytes of a page */
	int fd;
};

/* A new file of @pages pages, nothing of it reserved. */
struct hugefile hugefile_make(enum hugemap_kind kind, size_t pages);

/* Maps the pages @first to @end - 1; @flags: MAP_SHARED or so. BROKEN when it fails. */
char *hugefile_map(const struct hugefile *f, size_t first, size_t end, int flags);

/* Writes the pattern of page @i, in a mapping at @at that starts with page @first. */
void hugefile_touch(const struct hugefile *f, char *at, size_t first, size_t i);

/* Has the mapping the pattern of page @i? */
bool hugefile_check(const struct hugefile *f, const char *what, const char *at, size_t first,
		    size_t i);

/* Cuts a hole of @len bytes at @off; ends the file behind @pages pages. Failures count. */
void hugefile_punch(const struct hugefile *f, size_t off, size_t len);
void hugefile_truncate(const struct hugefile *f, size_t pages);

/* Are exactly the pages of the bits of @want present, of @n pages at @at? */
bool hugefile_expect_mapped(const struct hugefile *f, const char *step, const char *at,
			    size_t n, unsigned int want);

/*
 * hugefile_expect() - compare the pool and the blocks of the file after @step
 * @used: pages taken from the pool
 * @of_file: those of them that are the file's, and no private copies
 * @reserved: pages reserved and not yet used
 */
bool hugefile_expect(const struct hugefile *f, const char *step, long used, long of_file,
		     long reserved);

/* Closes the file, its last user, and expects the pool to be as before. */
void hugefile_end(const struct hugefile *f);

#endif
