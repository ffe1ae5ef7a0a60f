/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of HugeTLB pages of the default size, of every kind that reserves
 * differently, and moves of them. The caller owns the mappings; a case that
 * ends gives everything back.
 */
#ifndef MMGUARD_HUGEMAP_H
#define MMGUARD_HUGEMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "hugepage.h"

enum hugemap_kind {
	HUGEMAP_PRIVATE,	  /* anonymous; the mapping owns its reservations */
	HUGEMAP_PRIVATE_FILE,	  /* private mapping of a memfd */
	HUGEMAP_PRIVATE_MOUNT,	  /* private mapping of a file on a hugetlbfs mount */
	HUGEMAP_NORESERVE,	  /* anonymous private, MAP_NORESERVE */
	HUGEMAP_SHARED,		  /* anonymous; the file owns the reservations */
	HUGEMAP_SHARED_FILE,	  /* memfd */
	HUGEMAP_SHARED_MOUNT,	  /* file on a hugetlbfs mount */
	HUGEMAP_SHARED_NORESERVE, /* memfd, MAP_NORESERVE */
};

struct hugemap {
	char *addr;
	size_t size;	/* bytes of a page */
	size_t pages;	/* of the mapping */
	bool shared;	/* pages belong to the file, not to the mapping */
	bool reserving; /* every page is reserved at mmap */
	int fd;		/* of a file, or -1: without it the file ends with its last mapping */
};

/*
 * hugemap_make() - map @pages pages without touching any
 * @at: the aligned address, NULL for any
 *
 * BROKEN when it fails, SKIP without HugeTLB or hugetlbfs. The mounts are given
 * back by the guard.
 */
struct hugemap hugemap_make(enum hugemap_kind kind, size_t pages, void *at);

/* A file of  pages of , as the kind needs one; -1 for the anonymous kinds. */
int hugemap_file(enum hugemap_kind kind, size_t size, size_t pages);

/* Maps the file of @m once more, at any place. */
char *hugemap_again(const struct hugemap *m, size_t pages);

/* An unlinked file of @pages pages on a new hugetlbfs mount. */
int hugemap_mount_file(size_t size, size_t pages);

/* SKIPs on a kernel that cannot move HugeTLB mappings. Call it before the first move. */
void hugemap_needs_mremap(void);

/* Moves @len bytes from @from to exactly @to. Records a failure and returns false. */
bool hugemap_move(void *from, size_t len, void *to);

/* Fills page @i of a mapping with a pattern of its own, and checks it. */
void hugemap_fill(char *addr, size_t size, size_t i);
bool hugemap_check(const char *what, const char *addr, size_t size, size_t i);

/* Fills the pages @first to @end - 1 of @addr. */
void hugemap_fill_pages(char *addr, size_t size, size_t first, size_t end);

/*
 * hugemap_expect() - compare the pool after @step with what a mapping must take
 * @base: the pool without the mapping
 * @pages, @touched: of the mapping as it is now
 */
bool hugemap_expect(const char *step, const struct hugemap *m, struct hugepage_pool base,
		    size_t pages, size_t touched);

#endif
