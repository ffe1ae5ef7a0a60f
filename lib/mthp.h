/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transparent huge pages smaller than a PMD ("mTHP", Linux 6.8 and later): make
 * one and recognize it. Source: Documentation/admin-guide/mm/transhuge.rst.
 */
#ifndef MMGUARD_MTHP_H
#define MMGUARD_MTHP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * mthp_alloc() - map one page of @size bytes, aligned, touched and verified
 *
 * Switches the size to "madvise" for the case. SKIPs when the kernel does not
 * offer the size or gives no such page.
 */
void *mthp_alloc(size_t size);

/* Is there one compound page of @size bytes behind @addr, in order? Needs root. */
bool mthp_is(const void *addr, size_t size);

#endif
