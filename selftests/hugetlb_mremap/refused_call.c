// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a call that must fail on HugeTLB memory succeeds in part, or has
 * unmapped something before it fails.
 *
 * Mechanism: HugeTLB mappings can only be cut at huge pages, sealed ones not
 * at all. That is to be found out before anything is changed.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: errno, and no change of mappings, data and counters, of each such call.
 * Does not prove: wrong arguments of mremap (refused_move), too many
 * mappings (mapping_limit), sealed files (sealed_file).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "access.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"

#ifndef __NR_mseal
#define __NR_mseal 462
#endif

#define PAGES 3
#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)

MM_PROGRAM(hugetlb_mremap, refused_call, "a call that is refused has no side effect");
MM_NEEDS("root: yes\nhugepages: 6\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	size_t size;
	char *at, *victim; /* both of PAGES pages, the first two of each touched */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->base = hugepage_pool_read(self->size, -1);
	self->at = hugemap_make(variant->memory, PAGES, NULL).addr;
	self->victim = hugemap_make(variant->memory, PAGES, NULL).addr;
	hugemap_fill_pages(self->at, self->size, 0, 2);
	hugemap_fill_pages(self->victim, self->size, 0, 2);
}
FIXTURE_TEARDOWN(test)
{
}

static void nothing_changed(const FIXTURE_DATA(test) * self, const char *what)
{
	char name[100];

	hugepage_pool_expect(what, self->size, self->base,
			     (struct hugepage_pool){ .free = -4, .reserved = 2 });
	for (size_t i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "mapping after %s", what);
		hugemap_check(name, self->at, self->size, i);
		snprintf(name, sizeof(name), "other mapping after %s", what);
		hugemap_check(name, self->victim, self->size, i);
	}
}

static void refused(const FIXTURE_DATA(test) * self, const char *what, bool failed, int want)
{
	int err = errno;

	mm_expect(failed && err == want, "%s: expected %s, found %s", what, strerror(want),
		  failed ? strerror(err) : "success");
	nothing_changed(self, what);
}

/* Each page can be touched, and all comes back: no reservation was lost on the way. */
static void all_is_usable(const FIXTURE_DATA(test) * self)
{
	for (size_t i = 0; i < PAGES; i++) {
		int sig = access_write(self->at + i * self->size, 1);

		mm_expect(!sig, "page %zu: reserved, but writing raised signal %d", i, sig);
	}
	munmap(self->at, PAGES * self->size);
	munmap(self->victim, PAGES * self->size);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(cutting_a_huge_page)
{
	size_t size = self->size, page = page_size();
	char *at = self->at;

	refused(self, "munmap from within a page", munmap(at + page, size), EINVAL);
	refused(self, "munmap to within a page", munmap(at, page), EINVAL);
	refused(self, "munmap from and to within pages", munmap(at + size - page, 2 * page),
		EINVAL);
	refused(self, "mprotect to within a page", mprotect(at, page, PROT_READ), EINVAL);
	refused(self, "mprotect from within a page",
		mprotect(at + page, size - page, PROT_NONE), EINVAL);
	refused(self, "madvise from within a page", madvise(at + page, size, MADV_DONTNEED),
		EINVAL);
	refused(self, "mremap of a part of a page",
		mremap(at + page, page, page, FIXED, self->victim) == MAP_FAILED, EINVAL);
	all_is_usable(self);
}

MM_SCENARIO(mapping_at_a_wrong_place)
{
	size_t size = self->size, page = page_size();
	int flags = MAP_SHARED | MAP_FIXED, fd = hugemap_file(HUGEMAP_SHARED_FILE, size, 2);
	int anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | hugepage_map_flags(size);

	refused(self, "mmap onto half a page",
		mmap(self->victim + page, size, PROT_READ, flags, fd, 0) == MAP_FAILED, EINVAL);
	refused(self, "mmap of an unaligned offset",
		mmap(NULL, size, PROT_READ, MAP_SHARED, fd, page) == MAP_FAILED, EINVAL);
	refused(self, "mmap of anonymous memory onto half a page",
		mmap(self->victim + page, size, PROT_READ, anonymous, -1, 0) == MAP_FAILED,
		EINVAL);
	refused(self, "ftruncate to half a page", ftruncate(fd, size + page), EINVAL);
	close(fd);
	all_is_usable(self);
}

MM_SCENARIO(sealed_mapping)
{
	size_t size = self->size, len = PAGES * size;
	char *hole = aligned_hole(len, size);

	if (syscall(__NR_mseal, self->at, len, 0))
		mm_skip("needs mseal(2), which came with Linux 6.10, found %m");
	refused(self, "mremap of a sealed mapping",
		mremap(self->at, len, len, FIXED, hole) == MAP_FAILED, EPERM);
	refused(self, "mremap of a sealed mapping onto another",
		mremap(self->at, len, len, FIXED, self->victim) == MAP_FAILED, EPERM);
	refused(self, "mremap of a part of a sealed mapping",
		mremap(self->at + size, size, size, FIXED, hole) == MAP_FAILED, EPERM);
	refused(self, "shrinking a sealed mapping",
		mremap(self->at, len, size, 0) == MAP_FAILED, EPERM);
	refused(self, "mremap onto a sealed mapping",
		mremap(self->victim, len, len, FIXED, self->at) == MAP_FAILED, EPERM);
	refused(self, "munmap of a sealed mapping", munmap(self->at, len), EPERM);
}

MM_MAIN
