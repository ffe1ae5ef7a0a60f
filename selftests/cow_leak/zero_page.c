// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: memory that was never written is not zero, for one
 * process or for all of them.
 *
 * Mechanism: the first read of anonymous memory maps the one zero page, or the
 * huge one, which all processes share and nobody may write. A write fault must
 * take a new page that is zero. The huge one is split first: the pages around
 * the written one stay zero pages. KSM can put the zero page in the place of
 * pages full of zeroes.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: whoever writes, and by whichever way, sees its bytes; everybody else,
 * among them a mapping that has nothing to do with it, sees zeroes. Does not
 * prove: zero pages that userfaultfd maps.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "access.h"
#include "guard.h"
#include "ksm.h"
#include "pagemap.h"
#include "pin.h"
#include "thp.h"
#include "view.h"

#define PAGES 16
#define NEW   2 /* seeds: written by the first, */
#define LAST  3 /* by the last */

MM_PROGRAM(cow_leak, zero_page, "the zero page stays zero for all but the one who writes");
MM_NEEDS("root: yes\nseconds: 60\nharm: crashes\n");

enum zero { SMALL, HUGE, HUGE_SPLIT, KSM };

FIXTURE(test)
{
	struct memory memory;
	struct memory witness; /* the same, never written */
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum zero zero;
};
MM_KIND(small)
{ .zero = SMALL };
MM_KIND(huge)
{ .zero = HUGE };
MM_KIND(huge_split)
{ .zero = HUGE_SPLIT };
MM_KIND(ksm)
{ .zero = KSM };

static bool is_zero(const char *what, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return mm_expect(false, "%s: offset %#zx: expected 0, found %#x", what,
					 i, p[i]);
	return true;
}

static long zero_asked(void *arg)
{
	const struct memory *m = arg;

	return is_zero("child", m->addr, m->len);
}

static bool child_is_zero(struct child *c, const struct memory *m)
{
	return mm_expect(child_call_copy(c, zero_asked, m, sizeof(*m)) == true,
			 "child: does not see zeroes");
}

static size_t zero_frames(const struct memory *m)
{
	size_t n = 0;

	for (size_t off = 0; off < m->len; off += page_size()) {
		uint64_t pfn = pagemap_pfn(m->addr + off);

		n += pfn && kpf(kpageflags(pfn), KPF_ZERO_PAGE);
	}
	return n;
}

static struct memory map_anonymous(enum zero zero)
{
	struct memory m = { .kind = MEMORY_BASE, .page = page_size() };
	size_t size = zero == SMALL || zero == KSM ? page_size() : thp_size();

	m.len = size == m.page ? PAGES * size : size;
	m.addr = mmap(aligned_hole(m.len, size), m.len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (m.addr == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", m.len);
	madvise(m.addr, m.len, size == m.page ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return m;
}

/* Pages that were written, but only with zeroes, become the zero page. */
static void ksm_makes_zero_pages(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->memory;

	if (guard_set(GUARD_CASE, "/sys/kernel/mm/ksm/use_zero_pages", "1"))
		mm_skip("needs KSM with use_zero_pages, found none");
	for (size_t off = 0; off < m->len; off += m->page)
		m->addr[off] = self->witness.addr[off] = 0;
	ksm_merge_ranges(m->addr, self->witness.addr, m->len);
}

static void split(struct memory *m)
{
	if (mprotect(m->addr, m->page, PROT_READ) ||
	    mprotect(m->addr, m->page, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of a page: %m");
}

FIXTURE_SETUP(test)
{
	bool huge = variant->zero == HUGE || variant->zero == HUGE_SPLIT;

	if (huge &&
	    guard_set(GUARD_CASE, "/sys/kernel/mm/transparent_hugepage/use_zero_page", "1"))
		mm_skip("needs the huge zero page, found none");
	if (huge &&
	    guard_set(GUARD_CASE, "/sys/kernel/mm/transparent_hugepage/enabled", "madvise"))
		mm_skip("needs THP, they cannot be switched on");
	self->memory = map_anonymous(variant->zero);
	self->witness = map_anonymous(variant->zero);
	if (variant->zero == KSM)
		ksm_makes_zero_pages(self);
	is_zero("memory before the first write", self->memory.addr, self->memory.len);
	is_zero("witness before the first write", self->witness.addr, self->witness.len);
	if (zero_frames(&self->memory) != self->memory.len / page_size())
		mm_skip("needs zero pages, found %zu in %zu pages; this kernel maps others "
			"in their place",
			zero_frames(&self->memory), self->memory.len / page_size());
	if (huge &&
	    pagemap_pfn(self->memory.addr) + 1 != pagemap_pfn(self->memory.addr + page_size()))
		mm_skip("needs the huge zero page, the kernel mapped small ones");
	if (variant->zero == HUGE_SPLIT)
		split(&self->memory);
}
FIXTURE_TEARDOWN(test)
{
}

/* A fresh mapping as well: no zero page of this machine may have changed. */
static void others_are_zero(FIXTURE_DATA(test) * self, const struct memory *like)
{
	struct memory fresh = *like;

	is_zero("witness", self->witness.addr, self->witness.len);
	fresh.addr = mmap(NULL, fresh.len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fresh.addr == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", fresh.len);
	is_zero("fresh mapping", fresh.addr, fresh.len);
	munmap(fresh.addr, fresh.len);
}

/* Writes one byte of one page in the middle: the rest of the object must still be zero. */
static void write_one(struct memory *m)
{
	size_t at = m->len / 2 + 5;

	m->addr[at] = 7;
	mm_expect(m->addr[at] == 7, "written byte: expected 7, found %d", m->addr[at]);
	is_zero("before the written byte", m->addr, at);
	is_zero("behind the written byte", m->addr + at + 1, m->len - at - 1);
}

MM_SCENARIO(one_byte_is_written)
{
	write_one(&self->memory);
	others_are_zero(self, &self->memory);
	view_write("memory after it was written", &self->memory, NEW);
	others_are_zero(self, &self->memory);
}

MM_SCENARIO(parent_writes)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	write_one(m);
	child_is_zero(&self->child, m);
	view_write("parent after it wrote", m, NEW);
	child_is_zero(&self->child, m);
	view_write_in(&self->child, "child after it wrote", m, LAST);
	view_check("parent in the end", m, NEW);
	others_are_zero(self, m);
}

MM_SCENARIO(child_writes)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	child_is_zero(&self->child, m);
	view_write_in(&self->child, "child after it wrote", m, NEW);
	is_zero("parent after the child wrote", m->addr, m->len);
	write_one(m);
	view_write("parent after it wrote", m, LAST);
	view_check_in(&self->child, "child in the end", m, NEW);
	others_are_zero(self, m);
}

MM_SCENARIO(write_after_mprotect)
{
	struct memory *m = &self->memory;

	self->child = child_fork();
	if (mprotect(m->addr, m->len, PROT_READ) ||
	    mprotect(m->addr, m->len, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of zero pages: %m");
	write_one(m);
	view_write("parent after mprotect and write", m, NEW);
	child_is_zero(&self->child, m);
	others_are_zero(self, m);
}

/* A debugger writes to memory that may only be read. */
MM_SCENARIO(forced_write)
{
	struct memory *m = &self->memory;
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	size_t at = m->len / 2 + 5;

	self->child = child_fork();
	if (mem < 0 || mprotect(m->addr, m->len, PROT_READ))
		mm_broken("/proc/self/mem, mprotect: %m");
	if (pwrite(mem, "\7", 1, (uintptr_t)m->addr + at) != 1)
		mm_skip("needs forced writes, the kernel refuses them (%m); boot with "
			"proc_mem.force_override=always");
	mm_expect(m->addr[at] == 7, "forced byte: expected 7, found %d", m->addr[at]);
	is_zero("before the forced byte", m->addr, at);
	is_zero("behind the forced byte", m->addr + at + 1, m->len - at - 1);
	child_is_zero(&self->child, m);
	others_are_zero(self, m);
	close(mem);
}

static long splice_and_read_later(void *arg)
{
	const struct memory *m = arg;
	struct pin *pin = malloc(sizeof(*pin));

	if (!pin || pin_try(pin, &pin_vmsplice, m->addr, m->len))
		mm_broken("vmsplice of zero pages: %m");
	return (long)pin;
}

static long pipe_is_zero(void *arg)
{
	struct pin *pin = *(struct pin *const *)arg;
	unsigned char *data = malloc(pin->len);

	if (!data)
		mm_broken("memory for %zu bytes: %m", pin->len);
	pin_read(pin, 0, data, pin->len);
	return is_zero("pipe with zero pages", data, pin->len);
}

MM_SCENARIO(pipe_stays_zero)
{
	struct memory *m = &self->memory;
	long pin;

	self->child = child_fork();
	pin = child_call_copy(&self->child, splice_and_read_later, m, sizeof(*m));
	if (pin == CHILD_DIED)
		return; /* it has said why */
	view_write("parent after it wrote", m, NEW);
	mm_expect(child_call_copy(&self->child, pipe_is_zero, &pin, sizeof(pin)) == true,
		  "pipe: does not hold zeroes");
	others_are_zero(self, m);
}

MM_MAIN
