// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a monitor goes on serving memory that is gone, or takes
 * memory away that another mapping has by now, because an event did not come,
 * came twice or had a wrong range.
 *
 * Mechanism: whatever unmaps memory (munmap, a mapping placed over it, mremap
 * that shrinks or that arrives there) collects one event per userfaultfd and
 * range while it walks the VMAs, and sends them at the end. MADV_DONTNEED and
 * MADV_REMOVE keep the mapping and send another event.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: number, order and ranges of the events, and that the rest stays
 * registered. Does not prove: what a monitor sees that is slower than the
 * system call.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "region.h"

#define FILL 0x5a

MM_PROGRAM(uffd_remap, unmap_event, "what is unmapped is told once, with its exact range");
MM_NEEDS("root: yes\nhugepages: 8\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct uffd *u;
	struct region r;
};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
MM_KIND(base)
{ .region = REGION_BASE };
MM_KIND(thp)
{ .region = REGION_THP };
MM_KIND(memfd)
{ .region = REGION_MEMFD };
MM_KIND(hugetlb_shared)
{ .region = REGION_HUGETLB_SHARED };

FIXTURE_SETUP(test)
{
	self->u = region_uffd(variant->region, UFFD_FEATURE_EVENT_UNMAP |
						       UFFD_FEATURE_EVENT_REMOVE |
						       UFFD_FEATURE_EVENT_REMAP);
	self->u->fill = FILL;
	self->r = region_make(variant->region);
}
FIXTURE_TEARDOWN(test)
{
}

static void watch(struct uffd *u, unsigned char *addr, size_t len)
{
	uffd_register(u, addr, len, UFFDIO_REGISTER_MODE_MISSING);
}

static struct uffd_event event(enum uffd_event_kind kind, const void *addr, size_t len)
{
	return (struct uffd_event){ kind, uffd_addr(addr), uffd_addr(addr) + len, 0 };
}

MM_SCENARIO(munmap_is_told_once)
{
	struct region *r = &self->r;
	size_t page = r->page;

	watch(self->u, r->addr, r->len);
	if (munmap(r->addr + page, page))
		mm_broken("munmap of one page: %m");
	uffd_expect_one(self->u, "after munmap of one page",
			event(UFFD_UNMAP, r->addr + page, page));
	uffd_expect_read(self->u, "untouched page of the rest", r->addr + r->len - page, FILL,
			 true);

	/* Three VMAs and a hole are one range of one call. */
	if (mprotect(r->addr + 2 * page, page, PROT_READ) || munmap(r->addr, r->len))
		mm_broken("mprotect of one page, munmap of all: %m");
	uffd_expect_one(self->u, "after munmap of all", event(UFFD_UNMAP, r->addr, r->len));

	if (munmap(r->addr, r->len))
		mm_broken("munmap of nothing: %m");
	uffd_expect_none(self->u, "after munmap of nothing");
}

MM_SCENARIO(each_userfaultfd_is_told_once)
{
	struct uffd *other = region_uffd(variant->region, UFFD_FEATURE_EVENT_UNMAP);
	struct uffd *deaf = region_uffd(variant->region, 0);
	struct region *r = &self->r;
	size_t page = r->page;

	/* Two VMAs of the first, one of each of the others. */
	watch(self->u, r->addr, page);
	watch(other, r->addr + page, page);
	watch(self->u, r->addr + 2 * page, page);
	watch(deaf, r->addr + 3 * page, page);
	if (munmap(r->addr, r->len))
		mm_broken("munmap: %m");
	uffd_expect_one(self->u, "of the first userfaultfd",
			event(UFFD_UNMAP, r->addr, r->len));
	uffd_expect_one(other, "of the second userfaultfd", event(UFFD_UNMAP, r->addr, r->len));
	uffd_expect_none(deaf, "of the one without EVENT_UNMAP");
}

MM_SCENARIO(mapping_placed_over_it_is_told)
{
	struct region *r = &self->r;
	size_t page = r->page;
	void *got;

	watch(self->u, r->addr, r->len);
	got = mmap(r->addr + 2 * page, page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (got != r->addr + 2 * page)
		mm_broken("mmap over one page: %m");
	uffd_expect_one(self->u, "after mmap over one page", event(UFFD_UNMAP, got, page));
	uffd_expect_read(self->u, "page of the new mapping", got, 0, false);
	uffd_expect_read(self->u, "untouched page of the rest", r->addr + r->len - page, FILL,
			 true);
	pattern_check("pages of the rest", r->addr, page, REGION_SEED);
}

MM_SCENARIO(shrinking_in_place_tells_the_tail)
{
	struct region *r = &self->r;
	size_t rest = r->len - r->page;

	watch(self->u, r->addr, r->len);
	if (mremap(r->addr, r->len, rest, 0) != r->addr)
		mm_broken("mremap to one page less: %m");
	uffd_expect_one(self->u, "after mremap to one page less",
			event(UFFD_UNMAP, r->addr + rest, r->page));
	access_expect_unmapped("tail", r->addr + rest);
	uffd_expect_read(self->u, "untouched page of the rest", r->addr + rest - r->page, FILL,
			 true);
	pattern_check("touched pages", r->addr, r->touched, REGION_SEED);
}

MM_SCENARIO(dropped_pages_are_told)
{
	struct region *r = &self->r;
	size_t len = r->touched - r->page;
	bool file = r->fd >= 0;

	watch(self->u, r->addr, r->len);
	if (madvise(r->addr, len, MADV_DONTNEED)) {
		if (errno == EINVAL && region_is_hugetlb(r->kind))
			mm_skip("needs MADV_DONTNEED of HugeTLB memory, the kernel refuses it");
		mm_broken("MADV_DONTNEED: %m");
	}
	uffd_expect_one(self->u, "after MADV_DONTNEED", event(UFFD_REMOVE, r->addr, len));
	if (file) {
		pattern_check("pages of the file", r->addr, r->touched, REGION_SEED);
		uffd_expect_none(self->u, "reading pages of the file");
		if (madvise(r->addr, len, MADV_REMOVE))
			mm_broken("MADV_REMOVE: %m");
		uffd_expect_one(self->u, "after MADV_REMOVE", event(UFFD_REMOVE, r->addr, len));
	}
	uffd_expect_read(self->u, "page that was dropped", r->addr, FILL, true);
	uffd_expect_read(self->u, "page behind them", r->addr + len,
			 pattern_byte(len, REGION_SEED), false);
}

MM_SCENARIO(memory_that_arrives_there_is_told)
{
	struct region *target = &self->r, source = region_make(variant->region);
	size_t len = source.len;
	void *got;

	watch(self->u, target->addr, len);
	watch(self->u, source.addr, len);
	got = mremap(source.addr, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, target->addr);
	if (got == MAP_FAILED && errno == EINVAL && region_is_hugetlb(target->kind))
		mm_skip("needs mremap of HugeTLB mappings, the kernel refuses it");
	if (got != target->addr)
		mm_broken("mremap onto a mapping: %m");
	uffd_expect(self->u, "after the move onto a registered range",
		    (struct uffd_event[]){ event(UFFD_UNMAP, target->addr, len),
					   { UFFD_REMAP, uffd_addr(source.addr),
					     uffd_addr(target->addr), len },
					   event(UFFD_UNMAP, source.addr, len) },
		    3);
	pattern_check("memory that has arrived", target->addr, source.touched, REGION_SEED);
	uffd_expect_read(self->u, "untouched page that has arrived",
			 target->addr + len - source.page, FILL, true);
}

MM_MAIN
