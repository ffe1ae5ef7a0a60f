/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HugeTLB Vmemmap Optimization: the page structs of a huge page share one base
 * page, the others go to the free memory. Source:
 * Documentation/admin-guide/sysctl/vm.rst (hugetlb_optimize_vmemmap).
 */
#ifndef MMGUARD_HVO_H
#define MMGUARD_HVO_H

#include <stdbool.h>
#include <stddef.h>

/* SKIPs when the kernel has no such switch, or it has nothing to save for @size. */
void hvo_need(size_t size);

/* For huge pages allocated from now on, until the end of the case; SKIPs like hvo_need(). */
void hvo_set(size_t size, bool on);

/* Base pages that a huge page of @size gives back. */
long hvo_saved(size_t size);

#endif
