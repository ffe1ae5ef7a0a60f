// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "hugepage.h"
#include "pagemap.h"
#include "region.h"
#include "report.h"
#include "swap.h"
#include "thp.h"

#define SMALL_PAGES 16
#define HUGE_PAGES  4
#define SWAP_BYTES  (32UL << 20)

bool region_is_hugetlb(enum region_kind kind)
{
	return kind == REGION_HUGETLB || kind == REGION_HUGETLB_SHARED;
}

static bool is_thp(enum region_kind kind)
{
	return kind == REGION_THP || kind == REGION_THP_ASTRAY;
}

size_t region_page(enum region_kind kind)
{
	if (!region_is_hugetlb(kind))
		return page_size();
	if (!hugepage_default_size())
		mm_skip("needs huge pages, this kernel or CPU has none");
	return hugepage_default_size();
}

uint64_t region_features(enum region_kind kind)
{
	switch (kind) {
	case REGION_MEMFD:
		return UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	case REGION_HUGETLB:
	case REGION_HUGETLB_SHARED:
		return UFFD_FEATURE_MISSING_HUGETLBFS | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	default:
		return UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	}
}

struct uffd *region_uffd(enum region_kind kind, uint64_t features)
{
	return uffd_open(region_features(kind) | features, region_page(kind));
}

static void set_shape(struct region *r)
{
	r->page = r->unit = region_page(r->kind);
	switch (r->kind) {
	case REGION_TABLE:
	case REGION_THP:
	case REGION_THP_ASTRAY:
		r->unit = thp_size();
		r->len = 2 * r->unit;
		r->touched = is_thp(r->kind) ? r->unit : SMALL_PAGES / 2 * r->page;
		break;
	case REGION_HUGETLB:
	case REGION_HUGETLB_SHARED:
		r->len = HUGE_PAGES * r->page;
		r->touched = r->len / 2;
		break;
	default:
		r->len = SMALL_PAGES * r->page;
		r->touched = r->len / 2;
		break;
	}
}

/* The destination of a THP that is to be split is off by one page. */
static unsigned char *hole(size_t len, size_t unit, size_t off)
{
	return (unsigned char *)aligned_hole(len + 3 * unit, unit) + unit + off;
}

unsigned char *region_hole(const struct region *r, size_t len)
{
	return hole(len, r->unit, r->kind == REGION_THP_ASTRAY ? page_size() : 0);
}

static void map(struct region *r)
{
	int flags = MAP_FIXED | (r->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);

	if (r->kind == REGION_HUGETLB)
		flags |= hugepage_map_flags(r->page);
	r->addr =
		mmap(hole(r->len, r->unit, 0), r->len, PROT_READ | PROT_WRITE, flags, r->fd, 0);
	if (r->addr == MAP_FAILED)
		mm_broken("mmap of %zu bytes, flags %#x: %s", r->len, flags, strerror(errno));
	/* A kind without huge pages has none, whatever the machine's setting. */
	if (!region_is_hugetlb(r->kind))
		madvise(r->addr, r->len, MADV_NOHUGEPAGE);
}

static void open_file(struct region *r)
{
	unsigned int flags = MFD_CLOEXEC;

	if (r->kind == REGION_HUGETLB_SHARED)
		flags |= hugepage_memfd_flags(r->page);
	r->fd = memfd_create("mmguard", flags);
	if (r->fd < 0 || ftruncate(r->fd, r->len))
		mm_broken("memfd of %zu bytes: %s", r->len, strerror(errno));
}

struct region region_make(enum region_kind kind)
{
	struct region r = { .kind = kind, .fd = -1 };

	set_shape(&r);
	if (region_is_hugetlb(kind))
		hugepage_pool_add(GUARD_CASE, r.page, -1, HUGE_PAGES);
	if (kind == REGION_MEMFD || kind == REGION_HUGETLB_SHARED)
		open_file(&r);
	if (is_thp(kind)) {
		r.addr = thp_alloc(2);
		if (madvise(r.addr + r.touched, r.len - r.touched, MADV_DONTNEED))
			mm_broken("MADV_DONTNEED of a THP: %s", strerror(errno));
	} else {
		map(&r);
	}
	pattern_fill(r.addr, r.touched, REGION_SEED);
	if (is_thp(kind) && !thp_pmd_mapped(r.addr))
		mm_broken("THP: not mapped by a PMD once it is filled");
	return r;
}

void region_register(struct uffd *u, const struct region *r)
{
	uffd_register(u, r->addr, r->len,
		      UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
}

uint8_t *region_protect(struct uffd *u, const struct region *r)
{
	size_t set = 0, pages = r->touched / page_size();
	uint8_t *bits;

	uffd_protect(u, r->addr, r->len, true);
	if (is_thp(r->kind) && !thp_pmd_mapped(r->addr))
		mm_broken("THP: not mapped by a PMD once it is protected");
	if (r->kind == REGION_SWAPPED) {
		swap_on(SWAP_BYTES);
		if (!swap_out(r->addr, r->touched))
			mm_skip("needs memory that can be paged out, it stayed in");
	}
	bits = wp_bits_of(0, r->addr, r->len);
	for (size_t i = 0; i < pages; i++)
		set += bits[i];
	if (!set)
		mm_skip("needs the uffd-wp bit in /proc/PID/pagemap, this kernel does not "
			"show it; run a newer one");
	if (set != pages)
		mm_broken("protected pages: expected %zu, found %zu", pages, set);
	return bits;
}

unsigned char *region_move(const struct region *r, void *from, size_t len, size_t new_len)
{
	unsigned char *to = region_hole(r, new_len);
	void *got = mremap(from, len, new_len, MREMAP_MAYMOVE | MREMAP_FIXED, to);

	if (got == MAP_FAILED && errno == EINVAL && region_is_hugetlb(r->kind))
		mm_skip("needs mremap of HugeTLB mappings, the kernel refuses it");
	if (got != to)
		mm_broken("mremap of %zu to %zu bytes: %s", len, new_len, strerror(errno));
	return to;
}

uint8_t *wp_bits_of(pid_t pid, const void *addr, size_t len)
{
	size_t n = len / page_size();
	uint64_t *entries = calloc(n, sizeof(*entries));
	uint8_t *bits = calloc(n, 1);

	if (!entries || !bits)
		mm_broken("no memory for %zu entries of pagemap", n);
	pagemap_read_of(pid, addr, entries, n);
	for (size_t i = 0; i < n; i++)
		bits[i] = !!(entries[i] & PM_UFFD_WP);
	free(entries);
	return bits;
}

bool wp_expect_of(pid_t pid, const char *step, const void *addr, size_t len,
		  const uint8_t *want)
{
	size_t n = len / page_size(), wrong = 0, first = 0;
	uint8_t *found = wp_bits_of(pid, addr, len);

	for (size_t i = 0; i < n; i++)
		if (found[i] != (want ? want[i] : 0) && !wrong++)
			first = i;
	mm_expect(!wrong,
		  "uffd-wp bits %s: %zu of %zu pages differ, the first is page %zu: expected "
		  "%d, found %d",
		  step, wrong, n, first, want ? want[first] : 0, found[first]);
	free(found);
	return !wrong;
}

bool wp_expect(const char *step, const void *addr, size_t len, const uint8_t *want)
{
	return wp_expect_of(0, step, addr, len, want);
}
