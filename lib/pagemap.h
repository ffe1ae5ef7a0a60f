/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page tables and the page metadata say. PFNs, kpageflags and
 * kpagecount need root. Source: Documentation/admin-guide/mm/pagemap.rst.
 */
#ifndef MMGUARD_PAGEMAP_H
#define MMGUARD_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PM_PFN_MASK   ((1ULL << 55) - 1)
#define PM_SOFT_DIRTY (1ULL << 55)
#define PM_EXCLUSIVE  (1ULL << 56) /* mapped once */
#define PM_UFFD_WP    (1ULL << 57)
#define PM_FILE	      (1ULL << 61)
#define PM_SWAP	      (1ULL << 62)
#define PM_PRESENT    (1ULL << 63)

#define KPF_LRU		  5
#define KPF_BUDDY	  10
#define KPF_COMPOUND_HEAD 15
#define KPF_COMPOUND_TAIL 16
#define KPF_HUGE	  17
#define KPF_HWPOISON	  19
#define KPF_NOPAGE	  20
#define KPF_KSM		  21
#define KPF_THP		  22
#define KPF_OFFLINE	  23
#define KPF_ZERO_PAGE	  24
#define KPF_PGTABLE	  26

/* The pagemap entry of an address of this process; BROKEN when it cannot be read. */
uint64_t pagemap_entry(const void *addr);

/* The entries of @n base pages from @addr on, of a process (0: this one). */
void pagemap_read_of(pid_t pid, const void *addr, uint64_t *entries, size_t n);

/* The same of another process (0: this one). */
uint64_t pagemap_entry_of(pid_t pid, const void *addr);

/* The PFN behind @addr, 0 when not present. SKIPs without the right to see PFNs. */
uint64_t pagemap_pfn(const void *addr);
uint64_t pagemap_pfn_of(pid_t pid, const void *addr);

/*
 * The PFNs of @n pages from @addr on (@pid 0: of this process), 0 where none is
 * present. SKIPs without the right to see PFNs.
 */
void pagemap_frames(pid_t pid, const void *addr, uint64_t *frames, size_t n);

/*
 * Flags and mapcounts of @n frames from @pfn on. Returns how many were read
 * (the files end at the highest frame), -errno when none could be.
 */
ssize_t kpageflags_read(uint64_t pfn, uint64_t *flags, size_t n);
ssize_t kpagecount_read(uint64_t pfn, uint64_t *counts, size_t n);

/* One frame's flags; BROKEN when it cannot be read. */
uint64_t kpageflags(uint64_t pfn);
static inline bool kpf(uint64_t flags, int bit)
{
	return flags >> bit & 1;
}

/* The base page size in bytes. */
size_t page_size(void);

#endif
