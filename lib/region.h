/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is registered with userfaultfd and then moved, unmapped, swapped:
 * a first part that is filled with pattern_fill(seed 1), the rest never touched.
 * Mapped with a gap on both sides, so that no VMA merges with a neighbour.
 */
#ifndef MMGUARD_REGION_H
#define MMGUARD_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "uffd.h"

#define REGION_SEED 1

enum region_kind {
	REGION_BASE,	       /* anonymous base pages, less than a page table */
	REGION_TABLE,	       /* anonymous base pages in two page tables of their own */
	REGION_THP,	       /* a THP, and room for another */
	REGION_THP_ASTRAY,     /* the same, moved to where no PMD can map a THP */
	REGION_SWAPPED,	       /* anonymous base pages that region_settle() swaps out */
	REGION_MEMFD,	       /* a shared mapping of a memfd */
	REGION_HUGETLB,	       /* private anonymous HugeTLB pages */
	REGION_HUGETLB_SHARED, /* a shared mapping of a HugeTLB memfd */
};

struct region {
	enum region_kind kind;
	unsigned char *addr;
	size_t len; /* bytes, four times a multiple of unit but for page tables and THPs: two */
	size_t touched; /* bytes from the start that are filled */
	size_t page;	/* bytes that one fault brings in */
	size_t unit;	/* a part of the region starts and ends at multiples of it */
	int fd;		/* of the file, -1 for anonymous memory */
};

/* Maps and fills; SKIPs when the machine cannot give the kind. HugeTLB: adds to the pool. */
struct region region_make(enum region_kind kind);

/* What uffd_open() needs for MISSING and WP faults on the kind, and the bytes of a page. */
uint64_t region_features(enum region_kind kind);
size_t region_page(enum region_kind kind);
bool region_is_hugetlb(enum region_kind kind);

/* Opens a userfaultfd with region_features() and @features for the kind. */
struct uffd *region_uffd(enum region_kind kind, uint64_t features);

/* Registers the whole region for MISSING and WP. */
void region_register(struct uffd *u, const struct region *r);

/*
 * Protects the whole region, swaps out a kind that is to be swapped out, and
 * verifies that the touched pages are protected. Returns the protection per base
 * page, for wp_expect().
 */
uint8_t *region_protect(struct uffd *u, const struct region *r);

/* Unmapped address space for @len bytes of the region, with gaps and its alignment. */
unsigned char *region_hole(const struct region *r, size_t len);

/* Moves @len bytes to a hole; SKIPs when this kind cannot be moved at all. */
unsigned char *region_move(const struct region *r, void *from, size_t len, size_t new_len);

/* Protection (pagemap's uffd-wp bit) of each base page of a process (0: this one). */
uint8_t *wp_bits_of(pid_t pid, const void *addr, size_t len);

/* Compares it with @want, NULL for "none is protected"; records a failure when it differs. */
bool wp_expect_of(pid_t pid, const char *step, const void *addr, size_t len,
		  const uint8_t *want);
bool wp_expect(const char *step, const void *addr, size_t len, const uint8_t *want);

/* The kinds as variants of FIXTURE_VARIANT(test) { enum region_kind region; }. */
#define REGION_KINDS_BASE              \
	MM_KIND(base)                  \
	{ .region = REGION_BASE };     \
	MM_KIND(table)                 \
	{ .region = REGION_TABLE };    \
	MM_KIND(thp)                   \
	{ .region = REGION_THP };      \
	MM_KIND(memfd)                 \
	{                              \
		.region = REGION_MEMFD \
	}
#define REGION_KINDS_HUGETLB                    \
	MM_KIND(hugetlb)                        \
	{ .region = REGION_HUGETLB };           \
	MM_KIND(hugetlb_shared)                 \
	{                                       \
		.region = REGION_HUGETLB_SHARED \
	}
#define REGION_KINDS_MOVED               \
	MM_KIND(thp_astray)              \
	{ .region = REGION_THP_ASTRAY }; \
	MM_KIND(swapped)                 \
	{                                \
		.region = REGION_SWAPPED \
	}

#endif
