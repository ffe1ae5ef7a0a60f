/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KSM, which merges pages of equal content: run it for a case, wait for a merge.
 * Source: Documentation/admin-guide/mm/ksm.rst.
 */
#ifndef MMGUARD_KSM_H
#define MMGUARD_KSM_H

#include <stdbool.h>
#include <stddef.h>

/* Lets ksmd run without a pause until the end of the case; SKIPs without KSM. */
void ksm_run(void);

/* Stops it; what is merged stays merged. */
void ksm_stop(void);

/* Do both addresses have the same frame? Needs root. */
bool ksm_same_frame(const void *a, const void *b);

/*
 * ksm_merges() - wait for the pages at @a and @b to be merged
 *
 * And for one more scan of everything. At most 10 s (more on a slow machine), then false.
 */
bool ksm_merges(const void *a, const void *b);

/*
 * ksm_merge_ranges() - merge each page at @a with the one of equal content at @b
 *
 * KSM is stopped afterwards. SKIPs when the machine does not merge them.
 */
void ksm_merge_ranges(void *a, void *b, size_t len);

#endif
