// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: HugePages_Rsvd drops by the size of a mapping that was
 * moved although its pages stay reserved, and wraps below zero later; the next
 * process that relies on its reservation dies of SIGBUS.
 *
 * Mechanism: mremap() copies the VMA. Both copies point to one reservation map
 * until the old VMA gives its reference up; when it does not, closing it returns
 * the reservations that the new VMA still relies on.
 *
 * Introduced by: unknown. Fixed by: 550a7d60bd5e ("mm, hugepages: add mremap()
 * support for hugepage backed vma") has handled it since the call exists.
 *
 * Proves: a whole move leaves every counter as it is, however much is touched,
 * and every page and reservation comes back exactly once. Does not prove:
 * moves of a part (partial_move).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "hugepage.h"
#include "thp.h"

#define PAGES 4

MM_PROGRAM(hugetlb_mremap, whole_move, "a whole move neither loses nor returns reservations");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;		   /* of a huge page */
	struct hugepage_pool base; /* before the mapping */
	char *addr;
};
FIXTURE_VARIANT(test)
{
	size_t touched; /* pages before the move */
};
MM_KIND(untouched)
{ .touched = 0 };
MM_KIND(half_touched)
{ .touched = PAGES / 2 };
MM_KIND(touched)
{ .touched = PAGES };

FIXTURE_SETUP(test)
{
	self->size = hugepage_default_size();
	self->base = hugepage_pool_read(self->size, -1);
	self->addr = mmap(NULL, PAGES * self->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(self->size), -1, 0);
	if (self->addr == MAP_FAILED)
		mm_broken("mmap of %d huge pages: %m", PAGES);
	pattern_fill(self->addr, variant->touched * self->size, 1);
}
FIXTURE_TEARDOWN(test)
{
}

MM_SCENARIO(every_reservation_returns_once)
{
	size_t len = PAGES * self->size;
	long used = variant->touched;
	struct hugepage_pool mapped = { .free = -used, .reserved = PAGES - used };
	char *to = aligned_hole(len, self->size);

	if (!hugepage_pool_expect("after mmap", self->size, self->base, mapped))
		return;
	to = mremap(self->addr, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (to == MAP_FAILED && errno == EINVAL)
		mm_skip("needs mremap of HugeTLB mappings, the kernel refuses it");
	if (!mm_expect(to != MAP_FAILED, "mremap: %m"))
		return;
	hugepage_pool_expect("after mremap", self->size, self->base, mapped);
	pattern_check("moved pages", to, used * self->size, 1);
	for (size_t i = used; i < PAGES; i++)
		mm_expect(!access_write(to + i * self->size, 2),
			  "moved page %zu: reserved, but a write to it raised a signal", i);
	hugepage_pool_expect("after all pages were touched", self->size, self->base,
			     (struct hugepage_pool){ .free = -PAGES });
	munmap(to, len);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

MM_MAIN
