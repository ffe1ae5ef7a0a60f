// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "child.h"
#include "file.h"
#include "hugepage.h"
#include "ksm.h"
#include "memory.h"
#include "mthp.h"
#include "pagemap.h"
#include "report.h"
#include "swap.h"
#include "thp.h"

#define BASE_PAGES 16
#define HUGE_PAGES 3
#define SWAP_BYTES (64UL << 20)

const char *memory_name(enum memory_kind kind)
{
	static const char *const names[] = {
		[MEMORY_BASE] = "base pages",
		[MEMORY_THP] = "THP",
		[MEMORY_THP_PTE] = "THP mapped by PTEs",
		[MEMORY_THP_ONE_PTE] = "one page of a THP",
		[MEMORY_THP_MOVED] = "moved half of a THP",
		[MEMORY_THP_HALF] = "half of a THP",
		[MEMORY_THP_SHARED_PART] = "THP shared in part before",
		[MEMORY_MTHP_16K] = "16 KiB THP",
		[MEMORY_MTHP_32K] = "32 KiB THP",
		[MEMORY_MTHP_64K] = "64 KiB THP",
		[MEMORY_MTHP_128K] = "128 KiB THP",
		[MEMORY_MTHP_256K] = "256 KiB THP",
		[MEMORY_MTHP_512K] = "512 KiB THP",
		[MEMORY_MTHP_1M] = "1 MiB THP",
		[MEMORY_KSM] = "KSM pages",
		[MEMORY_SWAPPED] = "swapped base pages",
		[MEMORY_THP_SWAPPED] = "swapped THP",
		[MEMORY_MEMFD] = "private memfd pages",
		[MEMORY_FILE] = "private file pages",
		[MEMORY_HUGETLB] = "HugeTLB page",
		[MEMORY_HUGETLB_FILE] = "private HugeTLB file page",
		[MEMORY_HUGETLB_MANY] = "HugeTLB pages",
	};

	return names[kind];
}

static unsigned char *map(size_t len, int flags, int fd)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes, flags %#x: %s", len, flags, strerror(errno));
	return p;
}

static void make_base(struct memory *m)
{
	m->len = BASE_PAGES * page_size();
	m->addr = map(m->len, MAP_ANONYMOUS, -1);
	/* Never a THP, whatever the machine's setting. */
	madvise(m->addr, m->len, MADV_NOHUGEPAGE);
}

static void make_thp(struct memory *m)
{
	m->len = thp_size();
	m->addr = thp_alloc(1);
}

/* One page in the middle is kept: neither the head of the compound page nor its end. */
static void keep_one_pte(struct memory *m)
{
	size_t page = page_size(), at = m->len / 2 + page;

	thp_split_mapping(m->addr);
	if (munmap(m->addr, at) || munmap(m->addr + at + page, m->len - at - page))
		mm_broken("munmap around a page of a THP: %s", strerror(errno));
	m->addr += at;
	m->len = page;
}

static void move_half(struct memory *m)
{
	size_t half = m->len / 2;
	void *to = aligned_hole(half, page_size());

	to = mremap(m->addr + half, half, half, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (to == MAP_FAILED)
		mm_broken("mremap of half a THP: %s", strerror(errno));
	m->addr = to;
	m->len = half;
}

/* The second half goes away, the first stays where the PMD was. */
static void unmap_half(struct memory *m)
{
	size_t half = m->len / 2;

	thp_split_mapping(m->addr);
	if (munmap(m->addr + half, half))
		mm_broken("munmap of half a THP: %s", strerror(errno));
	m->len = half;
}

/*
 * A child had the first half and is gone. These pages belong to this process alone
 * again, but nobody has looked since; the others were never shared.
 */
static void share_half(struct memory *m)
{
	size_t half = m->len / 2;
	struct child child;

	if (madvise(m->addr + half, half, MADV_DONTFORK))
		mm_broken("MADV_DONTFORK of half a THP: %s", strerror(errno));
	child = child_fork();
	child_end(&child);
	if (madvise(m->addr + half, half, MADV_DOFORK))
		mm_broken("MADV_DOFORK of half a THP: %s", strerror(errno));
}

static void make_mthp(struct memory *m)
{
	m->len = 16384UL << (m->kind - MEMORY_MTHP_16K);
	m->addr = mthp_alloc(m->len);
}

/* Each page of the object is one with a page of the twin, which stays as it is. */
static void make_twin(struct memory *m)
{
	m->twin = map(m->len, MAP_ANONYMOUS, -1);
	madvise(m->twin, m->len, MADV_NOHUGEPAGE);
	memcpy(m->twin, m->addr, m->len);
	ksm_merge_ranges(m->addr, m->twin, m->len);
}

static void make_file(struct memory *m)
{
	int fd = file_on_disk();

	m->len = BASE_PAGES * page_size();
	if (ftruncate(fd, m->len))
		mm_broken("ftruncate of a file to %zu bytes: %s", m->len, strerror(errno));
	m->addr = map(m->len, 0, fd);
	close(fd);
}

static void make_memfd(struct memory *m, unsigned int flags)
{
	int fd = memfd_create("mmguard", MFD_CLOEXEC | flags);

	m->len = flags ? hugepage_default_size() : BASE_PAGES * page_size();
	if (fd < 0 || ftruncate(fd, m->len))
		mm_broken("memfd of %zu bytes: %s", m->len, strerror(errno));
	m->addr = map(m->len, 0, fd);
	close(fd);
}

static void make_hugetlb(struct memory *m)
{
	size_t size = hugepage_default_size();
	size_t pages = m->kind == MEMORY_HUGETLB_MANY ? HUGE_PAGES : 1;

	hugepage_pool_add(GUARD_CASE, size, -1, 3 * pages);
	m->page = size;
	if (m->kind == MEMORY_HUGETLB_FILE) {
		make_memfd(m, hugepage_memfd_flags(size));
		return;
	}
	m->len = pages * size;
	m->addr = map(m->len, MAP_ANONYMOUS | hugepage_map_flags(size), -1);
}

static void swap_all(struct memory *m)
{
	m->swap = swap_on(SWAP_BYTES);
	if (!swap_out(m->addr, m->len))
		mm_skip("needs memory that can be paged out, %s stayed in",
			memory_name(m->kind));
}

struct memory memory_make(enum memory_kind kind, unsigned char seed)
{
	struct memory m = { .kind = kind, .page = page_size(), .made = seed };

	switch (kind) {
	case MEMORY_BASE:
	case MEMORY_SWAPPED:
	case MEMORY_KSM:
		make_base(&m);
		break;
	case MEMORY_MEMFD:
		make_memfd(&m, 0);
		break;
	case MEMORY_FILE:
		make_file(&m);
		break;
	case MEMORY_MTHP_16K ... MEMORY_MTHP_1M:
		make_mthp(&m);
		break;
	case MEMORY_HUGETLB:
	case MEMORY_HUGETLB_FILE:
	case MEMORY_HUGETLB_MANY:
		make_hugetlb(&m);
		break;
	default:
		make_thp(&m);
		break;
	}
	pattern_fill(m.addr, m.len, seed);
	if (kind == MEMORY_THP_PTE)
		thp_split_mapping(m.addr);
	else if (kind == MEMORY_THP_ONE_PTE)
		keep_one_pte(&m);
	else if (kind == MEMORY_THP_MOVED)
		move_half(&m);
	else if (kind == MEMORY_THP_HALF)
		unmap_half(&m);
	else if (kind == MEMORY_THP_SHARED_PART)
		share_half(&m);
	else if (kind == MEMORY_KSM)
		make_twin(&m);
	/* The pattern runs from the start of the object, wherever that is now. */
	if (kind == MEMORY_THP_ONE_PTE || kind == MEMORY_THP_MOVED)
		pattern_fill(m.addr, m.len, seed);
	if (kind == MEMORY_SWAPPED || kind == MEMORY_THP_SWAPPED)
		swap_all(&m);
	if (!memory_is(&m))
		mm_broken("%s: the memory is not what it was made as", memory_name(kind));
	return m;
}

bool memory_is(const struct memory *m)
{
	/* Without root the frames are not shown: the mapping has to do. */
	bool root = !geteuid();

	switch (m->kind) {
	case MEMORY_THP:
		return thp_pmd_mapped(m->addr);
	case MEMORY_THP_PTE:
	case MEMORY_THP_ONE_PTE:
	case MEMORY_THP_MOVED:
	case MEMORY_THP_HALF:
	case MEMORY_THP_SHARED_PART:
		return !thp_pmd_mapped(m->addr) && (!root || thp_backed(m->addr));
	case MEMORY_MTHP_16K ... MEMORY_MTHP_1M:
		return mthp_is(m->addr, m->len);
	case MEMORY_KSM:
		return ksm_same_frame(m->addr, m->twin);
	case MEMORY_SWAPPED:
	case MEMORY_THP_SWAPPED:
		return pagemap_entry(m->addr) & PM_SWAP;
	case MEMORY_BASE:
	case MEMORY_MEMFD:
	case MEMORY_FILE:
		return !root || !thp_backed(m->addr);
	default:
		return true;
	}
}
