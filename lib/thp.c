// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "pagemap.h"
#include "report.h"
#include "tasks.h"
#include "thp.h"

#define THP_DIR "/sys/kernel/mm/transparent_hugepage/"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#endif

size_t thp_size(void)
{
	long size = file_read_long(THP_DIR "hpage_pmd_size");

	if (size <= 0)
		mm_skip("needs transparent huge pages, " THP_DIR "hpage_pmd_size is not there");
	return size;
}

static void thp_switch_on(void)
{
	char now[64];

	if (file_read(THP_DIR "enabled", now, sizeof(now)) <= 0)
		mm_skip("needs transparent huge pages, " THP_DIR "enabled is not there");
	if (strstr(now, "[never]") && guard_set(GUARD_CASE, THP_DIR "enabled", "madvise"))
		mm_skip("needs THP on, found '%s'; run as root", now);
}

void *aligned_hole(size_t len, size_t align)
{
	char *p = mmap(NULL, len + align, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *start;

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes of address space: %s", len + align,
			  strerror(errno));
	start = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	munmap(p, len + align);
	return start;
}

void *thp_room(size_t n)
{
	size_t len = n * thp_size();
	void *p;

	thp_switch_on();
	p = mmap(aligned_hole(len, thp_size()), len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %zu THPs: %s", n, strerror(errno));
	if (madvise(p, len, MADV_NOHUGEPAGE))
		mm_skip("needs MADV_NOHUGEPAGE, found %s", strerror(errno));
	return p;
}

void *thp_alloc(size_t n)
{
	size_t size = thp_size();
	char *p;

	thp_switch_on();
	p = mmap(aligned_hole(n * size, size), n * size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %zu THPs: %s", n, strerror(errno));
	if (madvise(p, n * size, MADV_HUGEPAGE))
		mm_skip("needs MADV_HUGEPAGE, found %s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		/* Compaction may need a second chance on a machine that is busy. */
		for (int tries = 0; tries < 5; tries++) {
			p[i * size] = 1;
			if (thp_pmd_mapped(p + i * size))
				break;
			madvise(p + i * size, size, MADV_DONTNEED);
		}
		if (!thp_pmd_mapped(p + i * size))
			mm_skip("needs a free huge page for a THP, the kernel gave base pages; "
				"free memory or compact it");
	}
	return p;
}

bool thp_pmd_mapped(const void *addr)
{
	unsigned long start, end, kb;
	bool inside = false, found = false;
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[256];

	if (!f)
		mm_broken("/proc/self/smaps: %s", strerror(errno));
	/*
	 * A VMA counts as mapped by PMDs when it has huge pages; callers ask about
	 * THPs of a VMA that are all in one state, or about a VMA of one THP.
	 */
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (uintptr_t)addr >= start && (uintptr_t)addr < end;
		else if (inside && sscanf(line, "AnonHugePages: %lu", &kb) == 1)
			found = kb > 0;
	}
	fclose(f);
	return found;
}

bool thp_backed(const void *addr)
{
	uint64_t pfn = pagemap_pfn(addr);

	return pfn && kpf(kpageflags(pfn), KPF_THP);
}

void thp_split_mapping(void *addr)
{
	size_t page = page_size(), size = thp_size();

	if (!thp_pmd_mapped(addr))
		mm_broken("THP at its first page: not mapped by a PMD before the split");
	/* A VMA border inside the THP cannot be had with one PMD. */
	if (mprotect((char *)addr + size - page, page, PROT_READ) ||
	    mprotect((char *)addr + size - page, page, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of a page of a THP: %s", strerror(errno));
}

bool thp_split_page(void *addr)
{
	size_t size = thp_size();
	char order[96];

	/* Without debugfs: ageing a part of a THP splits it. */
	snprintf(order, sizeof(order), "%d,0x%lx,0x%lx", getpid(), (unsigned long)addr,
		 (unsigned long)((uintptr_t)addr + size));
	if (file_write("/sys/kernel/debug/split_huge_pages", order))
		madvise(addr, size / 2, MADV_COLD);
	return !thp_backed(addr);
}

/* Lets khugepaged take everything it finds, without a pause. */
static int khugepaged_collapse(void *addr)
{
	static const char *const settings[][2] = {
		{ "defrag", "1" },
		{ "scan_sleep_millisecs", "0" },
		{ "pages_to_scan", "100000" },
		{ "alloc_sleep_millisecs", "0" },
		{ "max_ptes_none", "511" },
		{ "max_ptes_swap", "511" },
		{ "max_ptes_shared", "512" },
	};
	double end = seconds_now() + 5 + mm_slow();
	char path[96];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), THP_DIR "khugepaged/%s", settings[i][0]);
		guard_set(GUARD_CASE, path, settings[i][1]);
	}
	while (!thp_pmd_mapped(addr)) {
		if (seconds_now() > end)
			return -ETIME;
		usleep(2000);
	}
	return 0;
}

int thp_collapse(void *addr)
{
	int ret = madvise(addr, thp_size(), MADV_COLLAPSE) ? -errno : 0;

	if (!ret)
		return thp_pmd_mapped(addr) ? 0 : -EAGAIN;
	/* EINVAL of a kernel that knows the advice is about the memory. */
	if (ret != -EINVAL || !madvise(addr, 0, MADV_COLLAPSE))
		return ret;
	return khugepaged_collapse(addr);
}
