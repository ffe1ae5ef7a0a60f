// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a device (an io_uring registered buffer) goes on reading
 * and writing memory that the process no longer sees, after a part of the
 * buffer was protected, unmapped, discarded or moved.
 *
 * Mechanism: such a part splits the PMD that maps a huge page. Each PTE must
 * inherit from the PMD that its page belongs to this process alone; a page that
 * lost that mark is shared by the next fork although it is pinned, and the next
 * write of the owner goes to a copy. The huge page itself must not be split or
 * collapsed while it is pinned.
 *
 * Introduced by: unknown. Fixed by: 6c287605fd56 ("mm: remember exclusively
 * mapped anonymous pages with PG_anon_exclusive") has marked every page since.
 *
 * Proves: every page that stays, and its neighbours, remain the pinned frames
 * and are coherent both ways, after the split, after an attempt to split the
 * page itself, and after fork. Does not prove: pins taken after the split
 * (pin_fork).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugepage.h"
#include "pagemap.h"
#include "pinned.h"
#include "thp.h"

#define HUGETLB_PAGES 4

MM_PROGRAM(gup_pin, pin_split,
	   "pinned memory stays one with its pin when its mapping is split");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

enum object_kind { BASE, THP, HUGETLB };

FIXTURE(test)
{
	unsigned char *addr;
	size_t len;
	size_t unit;		   /* the smallest part that can be unmapped */
	size_t cut;		   /* offset of the part that is changed, one unit */
	size_t pin_off, pin_len;   /* what is pinned */
	struct hugepage_pool base; /* HugeTLB: before the mapping */
	struct pinned pinned;
};
FIXTURE_VARIANT(test)
{
	enum object_kind kind;
	bool tail; /* pin the second and third quarter, without the head page */
};
MM_KIND(base)
{ .kind = BASE };
MM_KIND(thp)
{ .kind = THP };
MM_KIND(thp_tail)
{ .kind = THP, .tail = true };
MM_KIND(hugetlb)
{ .kind = HUGETLB, .tail = true };

/* As long as a THP, and aligned like one, so that only the kind of pages differs. */
static unsigned char *map_base_pages(size_t len)
{
	void *p = mmap(aligned_hole(len, len), len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", len);
	madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

static unsigned char *map_hugetlb(size_t size, struct hugepage_pool *base)
{
	void *p;

	hugepage_pool_add(GUARD_CASE, size, -1, 2 * HUGETLB_PAGES);
	*base = hugepage_pool_read(size, -1);
	p = mmap(NULL, HUGETLB_PAGES * size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(size), -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %d huge pages: %m", HUGETLB_PAGES);
	return p;
}

FIXTURE_SETUP(test)
{
	bool hugetlb = variant->kind == HUGETLB;

	self->unit = hugetlb ? hugepage_default_size() : page_size();
	self->len = hugetlb ? HUGETLB_PAGES * self->unit : thp_size();
	if (hugetlb)
		self->addr = map_hugetlb(self->unit, &self->base);
	else
		self->addr = variant->kind == THP ? thp_alloc(1) : map_base_pages(self->len);
	pattern_fill(self->addr, self->len, 1);
	self->cut = self->len / 4;
	self->pin_off = variant->tail ? self->cut : 0;
	self->pin_len = variant->tail ? self->len / 2 : self->len;
	self->pinned = pinned_take(NULL, self->addr + self->pin_off, self->pin_len);
	if (variant->kind == THP && !thp_pmd_mapped(self->addr))
		mm_broken("THP: not mapped by a PMD once it was pinned");
	pinned_check(&self->pinned, "after pinning", self->addr + self->pin_off, 0,
		     self->pin_len, 2);
}
FIXTURE_TEARDOWN(test)
{
}

/* Checks the pinned part of [from, to), which is mapped at @addr now. */
static void check_range(FIXTURE_DATA(test) * self, const char *step, unsigned char *addr,
			size_t from, size_t to)
{
	size_t start = from > self->pin_off ? from : self->pin_off;
	size_t end = self->pin_off + self->pin_len;

	end = to < end ? to : end;
	if (start < end)
		pinned_check(&self->pinned, step, addr + (start - from), start - self->pin_off,
			     end - start, 3);
}

/* The parts before and behind the cut. */
static void check_neighbours(FIXTURE_DATA(test) * self, const char *step)
{
	size_t behind = self->cut + self->unit;

	check_range(self, step, self->addr, 0, self->cut);
	check_range(self, step, self->addr + behind, behind, self->len);
}

static void verify_split(FIXTURE_DATA(test) * self, enum object_kind kind)
{
	if (kind != THP)
		return;
	if (thp_pmd_mapped(self->addr))
		mm_broken("THP: still mapped by a PMD after a part of it was changed");
	if (!thp_backed(self->addr))
		mm_fail("pinned THP: split into base pages with its mapping");
}

static long first_byte(void *addr)
{
	unsigned char byte;
	int sig = access_read(addr, &byte);

	return sig ? -sig : byte;
}

/* A physical split and a fork: each would give the owner other pages than the pin has. */
static void provoke(FIXTURE_DATA(test) * self, enum object_kind kind)
{
	unsigned char *last = self->addr + self->len - self->unit;
	unsigned char before = *last;
	struct child c;
	long seen;

	if (kind == THP) {
		mm_expect(!thp_split_page(self->addr), "pinned THP: split into base pages");
		check_neighbours(self, "after an attempt to split the page");
		before = *last;
	}
	c = child_fork();
	check_neighbours(self, "after fork, with the child alive");
	*last = (unsigned char)~before;
	seen = child_call(&c, first_byte, last);
	mm_expect(seen == before,
		  "child, first byte of the last page: expected %#04x, found %#lx", before,
		  seen);
	child_end(&c);
	check_neighbours(self, "after the child ended");
}

/* The cut page as the pin sees it, when it is pinned and no longer mapped. */
static void check_only_pin(FIXTURE_DATA(test) * self, unsigned char seed)
{
	size_t off = self->cut - self->pin_off, page = page_size();
	unsigned char *buf;

	if (self->pinned.pin.by->once)
		return; /* reading it would end it */
	buf = malloc(2 * page);
	if (!buf)
		mm_broken("memory for two pages");
	pin_read(&self->pinned.pin, off, buf, page);
	for (size_t i = 0; i < page; i++)
		if (!mm_expect(
			    buf[i] == pattern_byte(off + i, seed),
			    "page that only the pin has: byte %zu: expected %#04x, found %#04x",
			    i, pattern_byte(off + i, seed), buf[i]))
			break;
	memset(buf, 0x5a, page);
	pin_write(&self->pinned.pin, off, buf, page);
	pin_read(&self->pinned.pin, off, buf + page, page);
	mm_expect(!memcmp(buf, buf + page, page),
		  "page that only the pin has: does not hold what was written through the pin");
	free(buf);
}

/* Unpins, unmaps, and looks whether every HugeTLB page came back. */
static void finish(FIXTURE_DATA(test) * self, enum object_kind kind)
{
	pinned_release(&self->pinned);
	munmap(self->addr, self->len);
	if (kind == HUGETLB)
		hugepage_pool_expect("after unpinning and munmap", self->unit, self->base,
				     (struct hugepage_pool){ 0 });
}

MM_SCENARIO(protect_part)
{
	unsigned char *cut = self->addr + self->cut;

	if (mprotect(cut, self->unit, PROT_READ))
		mm_broken("mprotect of a part: %m");
	verify_split(self, variant->kind);
	mm_expect(access_write(cut, 0) == SIGSEGV, "protected page: can be written");
	check_neighbours(self, "after mprotect of a part");
	if (mprotect(cut, self->unit, PROT_READ | PROT_WRITE))
		mm_broken("mprotect back: %m");
	check_range(self, "after mprotect back", self->addr, 0, self->len);
	provoke(self, variant->kind);
	check_range(self, "at the end", self->addr, 0, self->len);
	finish(self, variant->kind);
}

MM_SCENARIO(unmap_part)
{
	if (munmap(self->addr + self->cut, self->unit))
		mm_broken("munmap of a part: %m");
	verify_split(self, variant->kind);
	check_only_pin(self, 2);
	check_neighbours(self, "after munmap of a part");
	provoke(self, variant->kind);
	finish(self, variant->kind);
}

MM_SCENARIO(discard_part)
{
	unsigned char *cut = self->addr + self->cut;

	if (madvise(cut, self->unit, MADV_DONTNEED)) {
		if (variant->kind == HUGETLB && errno == EINVAL)
			mm_skip("needs MADV_DONTNEED for HugeTLB, the kernel refuses it");
		mm_broken("MADV_DONTNEED of a part: %m");
	}
	verify_split(self, variant->kind);
	mm_expect(!cut[0], "discarded page: expected 0, found %#04x", cut[0]);
	cut[0] = 0x77;
	check_only_pin(self, 2);
	mm_expect(cut[0] == 0x77 && !cut[1],
		  "new page in place of the discarded one: expected 0x77 0, found %#04x %#04x",
		  cut[0], cut[1]);
	check_neighbours(self, "after MADV_DONTNEED of a part");
	provoke(self, variant->kind);
	finish(self, variant->kind);
}

MM_SCENARIO(move_part)
{
	unsigned char *to = aligned_hole(self->unit, self->unit);

	to = mremap(self->addr + self->cut, self->unit, self->unit,
		    MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (to == MAP_FAILED) {
		if (variant->kind == HUGETLB && errno == EINVAL)
			mm_skip("needs mremap of HugeTLB mappings, the kernel refuses it");
		mm_broken("mremap of a part: %m");
	}
	verify_split(self, variant->kind);
	check_range(self, "moved, after mremap of a part", to, self->cut,
		    self->cut + self->unit);
	check_neighbours(self, "after mremap of a part");
	provoke(self, variant->kind);
	check_range(self, "moved, at the end", to, self->cut, self->cut + self->unit);
	munmap(to, self->unit);
	finish(self, variant->kind);
}

MM_MAIN
