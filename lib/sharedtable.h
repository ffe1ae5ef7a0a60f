/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that share a page table: a HugeTLB file mapped where one page table of
 * huge pages covers it, by this process and its children, which have it at the same
 * address. One byte of a page stands for the page.
 */
#ifndef MMGUARD_SHAREDTABLE_H
#define MMGUARD_SHAREDTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "child.h"
#include "hugepage.h"

#define SHAREDTABLE_CHILDREN 2
#define SHAREDTABLE_PAGES    3 /* that are in use once the table is shared */

struct sharedtable {
	size_t size;  /* bytes of a page */
	size_t table; /* bytes that a page table covers */
	char *addr;   /* of the mapping, aligned to it */
	char *window; /* unmapped address space for two tables, aligned */
	int fd;	      /* of the file, two tables long, nothing reserved */
	struct hugepage_pool base;
	struct child children[SHAREDTABLE_CHILDREN];
	char *pages[SHAREDTABLE_PAGES]; /* the first, one in the middle, the last */
};

/*
 * sharedtable_make() - map, fork, touch, and verify that the table is shared
 *
 * Page i has the value i + 1. SKIPs where page tables are not shared. Adds to the pool.
 */
void sharedtable_make(struct sharedtable *t);

/* A process of the family: 0 is this one, then the children. */
struct child *sharedtable_member(struct sharedtable *t, int who);

/* Writes or reads a byte in a member: 0 and the value, or minus the signal. */
long sharedtable_write(struct sharedtable *t, int who, char *addr, unsigned char value);
long sharedtable_read(struct sharedtable *t, int who, const char *addr);

/*
 * sharedtable_sees() - does the member read and write all pages, and do the others see it?
 * @who, @others: members; bit i of @others is member i
 * @at: where the member has the mapping
 *
 * Writes new values to all pages at @at. The others have the mapping at t->addr.
 */
bool sharedtable_sees(struct sharedtable *t, const char *step, int who, char *at,
		      unsigned int others);

/* Compares the pool: @used pages of the file, nothing reserved. */
bool sharedtable_expect(const struct sharedtable *t, const char *step, long used);

#endif
