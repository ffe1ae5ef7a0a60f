/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transparent huge pages of the PMD size: make one, verify it, split the
 * mapping, split the page. Source: Documentation/admin-guide/mm/transhuge.rst.
 */
#ifndef MMGUARD_THP_H
#define MMGUARD_THP_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes mapped by one PMD with a THP; SKIPs when the kernel has no THP. */
size_t thp_size(void);

/*
 * thp_alloc() - map @n THPs side by side, aligned, touched and verified
 *
 * Switches THP to "madvise" for the case if it is off. SKIPs when the machine
 * gives no huge page. The caller may munmap the range (n * thp_size() bytes).
 */
void *thp_alloc(size_t n);

/*
 * thp_room() - map room for @n THPs, aligned, where only base pages are mapped
 *
 * Until MADV_HUGEPAGE allows more. Switches THP to "madvise" as thp_alloc() does.
 */
void *thp_room(size_t n);

/*
 * thp_collapse() - make one THP of the pages at @addr (aligned)
 *
 * By MADV_COLLAPSE, and on a kernel without it by khugepaged, which is given 6 s (more
 * on a slow machine). 0 when the range is mapped by a PMD afterwards, -errno.
 */
int thp_collapse(void *addr);

/* Reserves an unmapped, aligned range of @len bytes to move something to. */
void *aligned_hole(size_t len, size_t align);

/* Is the THP at @addr (aligned) mapped by its PMD? Reads smaps, needs no root. */
bool thp_pmd_mapped(const void *addr);

/* Is the frame behind @addr part of a THP, however it is mapped? Needs root. */
bool thp_backed(const void *addr);

/* Splits the PMD mapping and leaves the page whole. BROKEN when it stays mapped by PMD. */
void thp_split_mapping(void *addr);

/*
 * thp_split_page() - make base pages of the THP at @addr
 *
 * Returns false when the page could not be split, as is right for a pinned one.
 */
bool thp_split_page(void *addr);

#endif
