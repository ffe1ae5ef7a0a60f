/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of private memory that a scenario runs over: made, filled with
 * pattern_fill(seed) and verified to be what their name says.
 */
#ifndef MMGUARD_MEMORY_H
#define MMGUARD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "swap.h"

enum memory_kind {
	MEMORY_BASE,		/* base pages, anonymous */
	MEMORY_THP,		/* a THP mapped by its PMD */
	MEMORY_THP_PTE,		/* a THP mapped by PTEs */
	MEMORY_THP_ONE_PTE,	/* one page of a THP, the others unmapped */
	MEMORY_THP_MOVED,	/* half of a THP, moved away from the other half by mremap */
	MEMORY_THP_HALF,	/* half of a THP, the other half unmapped */
	MEMORY_THP_SHARED_PART, /* a THP of which a child that is gone had one half */
	MEMORY_MTHP_16K, /* a THP of 16 KiB, mapped by PTEs, and so on, in powers of two */
	MEMORY_MTHP_32K,
	MEMORY_MTHP_64K,
	MEMORY_MTHP_128K,
	MEMORY_MTHP_256K,
	MEMORY_MTHP_512K,
	MEMORY_MTHP_1M,
	MEMORY_KSM,	     /* base pages that KSM has merged with those of the twin */
	MEMORY_SWAPPED,	     /* base pages, swapped out */
	MEMORY_THP_SWAPPED,  /* a THP, swapped out */
	MEMORY_MEMFD,	     /* written pages of a private mapping of a memfd */
	MEMORY_FILE,	     /* the same of a file on a disk */
	MEMORY_HUGETLB,	     /* an anonymous private HugeTLB page of the default size */
	MEMORY_HUGETLB_FILE, /* a private mapping of a HugeTLB memfd */
	MEMORY_HUGETLB_MANY, /* three HugeTLB pages in one mapping */
};

struct memory {
	enum memory_kind kind;
	unsigned char *addr;
	size_t len;	     /* bytes of the object */
	size_t page;	     /* bytes that one fault maps */
	struct swap swap;    /* of the swapped kinds: where it went */
	unsigned char *twin; /* of KSM pages: has and keeps their first content */
	unsigned char made;  /* the seed it was made with */
};

/*
 * memory_make() - make memory of a kind, filled with pattern_fill(@seed)
 *
 * For HugeTLB the pool grows by three pages for each page of the object: for itself
 * and for two copies. SKIPs when the machine cannot give the kind.
 */
struct memory memory_make(enum memory_kind kind, unsigned char seed);

/* Is it still the kind it was made as (mapping, backing)? For swapped kinds: swapped out? */
bool memory_is(const struct memory *m);

const char *memory_name(enum memory_kind kind);

/* The kinds as variants of FIXTURE_VARIANT(test) { enum memory_kind memory; }. */
#define MEMORY_KINDS_ANON                  \
	MM_KIND(base)                      \
	{ .memory = MEMORY_BASE };         \
	MM_KIND(thp)                       \
	{ .memory = MEMORY_THP };          \
	MM_KIND(thp_pte)                   \
	{ .memory = MEMORY_THP_PTE };      \
	MM_KIND(thp_one_pte)               \
	{ .memory = MEMORY_THP_ONE_PTE };  \
	MM_KIND(thp_moved)                 \
	{                                  \
		.memory = MEMORY_THP_MOVED \
	}
#define MEMORY_KINDS_THP_PARTS                   \
	MM_KIND(thp_half)                        \
	{ .memory = MEMORY_THP_HALF };           \
	MM_KIND(thp_shared_part)                 \
	{                                        \
		.memory = MEMORY_THP_SHARED_PART \
	}
#define MEMORY_KINDS_MTHP                \
	MM_KIND(mthp_16k)                \
	{ .memory = MEMORY_MTHP_16K };   \
	MM_KIND(mthp_32k)                \
	{ .memory = MEMORY_MTHP_32K };   \
	MM_KIND(mthp_64k)                \
	{ .memory = MEMORY_MTHP_64K };   \
	MM_KIND(mthp_128k)               \
	{ .memory = MEMORY_MTHP_128K };  \
	MM_KIND(mthp_256k)               \
	{ .memory = MEMORY_MTHP_256K };  \
	MM_KIND(mthp_512k)               \
	{ .memory = MEMORY_MTHP_512K };  \
	MM_KIND(mthp_1m)                 \
	{                                \
		.memory = MEMORY_MTHP_1M \
	}
#define MEMORY_KINDS_KSM             \
	MM_KIND(ksm)                 \
	{                            \
		.memory = MEMORY_KSM \
	}
#define MEMORY_KINDS_DISK             \
	MM_KIND(file)                 \
	{                             \
		.memory = MEMORY_FILE \
	}
#define MEMORY_KINDS_SWAPPED                 \
	MM_KIND(swapped)                     \
	{ .memory = MEMORY_SWAPPED };        \
	MM_KIND(thp_swapped)                 \
	{                                    \
		.memory = MEMORY_THP_SWAPPED \
	}
#define MEMORY_KINDS_FILE              \
	MM_KIND(memfd)                 \
	{                              \
		.memory = MEMORY_MEMFD \
	}
#define MEMORY_KINDS_HUGETLB_MANY             \
	MM_KIND(hugetlb_many)                 \
	{                                     \
		.memory = MEMORY_HUGETLB_MANY \
	}
#define MEMORY_KINDS_HUGETLB                  \
	MM_KIND(hugetlb)                      \
	{ .memory = MEMORY_HUGETLB };         \
	MM_KIND(hugetlb_file)                 \
	{                                     \
		.memory = MEMORY_HUGETLB_FILE \
	}

#endif
