// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after UFFDIO_COPY to a HugeTLB mapping failed, or had to fault
 * its source in first, a reservation is missing or left over; the next touch of a page
 * that was promised is SIGBUS, or HugePages_Rsvd wraps at munmap.
 *
 * Mechanism: UFFDIO_COPY takes a page of the pool, and with it the reservation, before it
 * knows whether it can use it. If the source is not present, the page goes back, the
 * data is copied to another one without locks, and all begins anew. On each way out the
 * reservation must be what it was, which private and shared mappings record the
 * opposite way.
 *
 * Introduced by: unknown. Fixed by: 846be08578ed ("mm/hugetlb: expand
 * restore_reserve_on_error functionality") for most of them.
 *
 * Proves: errno, data and exact counters of each refused and each slow UFFDIO_COPY, and
 * that all pages can be touched and moved afterwards.
 * Does not prove: copies beyond the end of a file (reservation_file).
 */
#include "mmtest.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "thp.h"
#include "uffd.h"

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, uffd_reservation,
	   "UFFDIO_COPY takes a reservation only with a page");
MM_NEEDS("root: yes\nhugepages: 5\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base;
	struct hugemap m;
	struct uffd *u;
	long per_page; /* reservations of a page: 1, without reservation 0 */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE };
MM_KIND(private_noreserve)
{ .memory = HUGEMAP_NORESERVE };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };
MM_KIND(shared_noreserve)
{ .memory = HUGEMAP_SHARED_NORESERVE };

FIXTURE_SETUP(test)
{
	self->size = hugepage_default_size();
	self->base = hugepage_pool_read(self->size, -1);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	self->per_page = self->m.reserving;
	self->u = uffd_open(UFFD_FEATURE_MISSING_HUGETLBFS, self->size);
	uffd_register(self->u, self->m.addr, PAGES * self->size, UFFDIO_REGISTER_MODE_MISSING);
}
FIXTURE_TEARDOWN(test)
{
}

static bool expect(const FIXTURE_DATA(test) * self, const char *step, long used)
{
	struct hugepage_pool delta = { .free = -used,
				       .reserved = self->per_page * (PAGES - used) };

	return hugepage_pool_expect(step, self->size, self->base, delta);
}

/* UFFDIO_COPY of @pages pages to page @i; how many bytes it says were copied in @done. */
static int copy(const FIXTURE_DATA(test) * self, size_t i, size_t pages, const void *src,
		long *done)
{
	struct uffdio_copy c = { .dst = (uintptr_t)self->m.addr + i * self->size,
				 .src = (uintptr_t)src,
				 .len = pages * self->size };
	int ret = ioctl(self->u->fd, UFFDIO_COPY, &c) ? errno : 0;

	if (done)
		*done = c.copy;
	return ret;
}

static char *source(const FIXTURE_DATA(test) * self, size_t pages, int prot)
{
	char *p = mmap(NULL, pages * self->size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of a source: %m");
	return p;
}

static void result(const char *what, int found, int want)
{
	mm_expect(found == want, "%s: expected %s, found %s", what, strerror(want),
		  strerror(found));
}

/* Touches, moves and unmaps everything: what is left over or missing shows. */
static void all_is_usable(const FIXTURE_DATA(test) * self)
{
	char *at = self->m.addr, *to;

	uffd_close(self->u);
	for (size_t i = 0; i < PAGES; i++) {
		int sig = access_write(at + i * self->size, 1);

		if (mm_expect(!sig, "page %zu: writing to it raised signal %d", i, sig))
			hugemap_fill(at, self->size, i);
	}
	expect(self, "after all pages were touched", PAGES);
	to = aligned_hole(PAGES * self->size, self->size);
	hugemap_needs_mremap();
	if (!hugemap_move(at, PAGES * self->size, to))
		return;
	expect(self, "after mremap", PAGES);
	for (size_t i = 0; i < PAGES; i++)
		hugemap_check("moved page", to, self->size, i);
	munmap(to, PAGES * self->size);
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

/* The first attempt fails, since nothing is faulted in under locks. */
MM_SCENARIO(source_that_is_not_present)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);

	result("UFFDIO_COPY from untouched memory", copy(self, 1, 1, src, NULL), 0);
	expect(self, "after UFFDIO_COPY from untouched memory", 1);
	for (size_t off = 0; off < self->size; off += 8)
		if (!mm_expect(!*(long *)(self->m.addr + self->size + off),
			       "copied page: offset %#zx is not zero", off))
			break;
	all_is_usable(self);
}

MM_SCENARIO(source_that_is_half_present)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);

	madvise(src, self->size, MADV_NOHUGEPAGE);
	pattern_fill(src, self->size, 5);
	if (madvise(src + self->size / 2, self->size / 2, MADV_DONTNEED))
		mm_broken("MADV_DONTNEED of half a source: %m");
	result("UFFDIO_COPY", copy(self, 0, 1, src, NULL), 0);
	expect(self, "after UFFDIO_COPY", 1);
	pattern_check("first half of the copy", self->m.addr, self->size / 2, 5);
	mm_expect(!self->m.addr[self->size / 2], "second half of the copy: not zero");
	all_is_usable(self);
}

MM_SCENARIO(source_that_cannot_be_read)
{
	char *src = source(self, 1, PROT_NONE);

	for (int i = 0; i < 2; i++) {
		result("UFFDIO_COPY from nowhere", copy(self, 2, 1, src, NULL), EFAULT);
		expect(self, "after UFFDIO_COPY from nowhere", 0);
	}
	all_is_usable(self);
}

MM_SCENARIO(page_that_is_there)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);

	memset(src, 7, self->size);
	result("UFFDIO_COPY", copy(self, 1, 1, src, NULL), 0);
	expect(self, "after UFFDIO_COPY", 1);
	memset(src, 8, self->size);
	for (int i = 0; i < 2; i++) {
		result("UFFDIO_COPY to a page that is there", copy(self, 1, 1, src, NULL),
		       EEXIST);
		expect(self, "after a refused UFFDIO_COPY", 1);
	}
	mm_expect(self->m.addr[self->size] == 7, "page that was there: other data than before");
	all_is_usable(self);
}

/* Stops in front of a page that is there, and says how far it came. */
MM_SCENARIO(range_with_a_page_that_is_there)
{
	char *src = source(self, PAGES, PROT_READ | PROT_WRITE);
	long done;

	memset(src, 7, PAGES * self->size);
	result("UFFDIO_COPY", copy(self, 1, 1, src, NULL), 0);
	result("UFFDIO_COPY of all", copy(self, 0, PAGES, src, &done), EAGAIN);
	mm_expect(done == (long)self->size, "UFFDIO_COPY: expected a page copied, it says %ld",
		  done);
	expect(self, "after UFFDIO_COPY of all", 2);
	all_is_usable(self);
}

/* Everything else is reserved by us, and the state of now is the one to compare with. */
static void *hold_the_rest(FIXTURE_DATA(test) * self, size_t *held)
{
	void *hold = hugepage_pool_leave(self->size, 0, held);

	self->base = hugepage_pool_read(self->size, -1);
	self->base.reserved -= self->per_page * PAGES;
	return hold;
}

MM_SCENARIO(no_page_is_free)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);
	struct hugepage_pool base = self->base;
	size_t held;
	void *hold;

	memset(src, 7, self->size);
	hold = hold_the_rest(self, &held);
	for (size_t i = 0; i < 2; i++) {
		int err = copy(self, i, 1, src, NULL);

		mm_expect(!err == !!self->per_page,
			  "UFFDIO_COPY when no page is free: expected %s, found %s",
			  self->per_page ? "success" : "an error", strerror(err));
		expect(self, "after UFFDIO_COPY when no page is free",
		       self->per_page ? i + 1 : 0);
	}
	munmap(hold, held);
	self->base = base;
	all_is_usable(self);
}

/* A monitor that hears of a page that is there goes on and lets the fault happen again. */
MM_SCENARIO(no_page_is_free_and_says_so)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);
	size_t held;

	if (self->per_page)
		mm_skip("needs a mapping without reservation, this kind has one");
	memset(src, 7, self->size);
	hold_the_rest(self, &held);
	result("UFFDIO_COPY when no page is free", copy(self, 0, 1, src, NULL), ENOMEM);
}

MM_SCENARIO(wrong_requests)
{
	char *src = source(self, 1, PROT_READ | PROT_WRITE);
	struct uffdio_zeropage zero = { .range = { (uintptr_t)self->m.addr, self->size } };
	struct uffdio_copy c = { .dst = (uintptr_t)self->m.addr + self->size / 2,
				 .src = (uintptr_t)src,
				 .len = self->size };
	int ret;

	memset(src, 7, self->size);
	result("UFFDIO_COPY to the middle of a page",
	       ioctl(self->u->fd, UFFDIO_COPY, &c) ? errno : 0, EINVAL);
	c.dst = (uintptr_t)self->m.addr;
	c.len = self->size / 2;
	result("UFFDIO_COPY of half a page", ioctl(self->u->fd, UFFDIO_COPY, &c) ? errno : 0,
	       EINVAL);
	ret = ioctl(self->u->fd, UFFDIO_ZEROPAGE, &zero) ? errno : 0;
	result("UFFDIO_ZEROPAGE", ret, EINVAL);
	expect(self, "after wrong requests", 0);
	all_is_usable(self);
}

MM_MAIN
