// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the process that mapped and reserved a huge page dies of
 * SIGBUS because its child still shares the page, or the child silently reads
 * zeroes where its parent's data was.
 *
 * Mechanism: a private mapping reserves a page for each of its own. After a fork
 * a write needs a second one, which an empty pool does not have. The process
 * that made the mapping (the owner) takes the page away from the child; the
 * child's VMA is marked, so that a later fault of the child is SIGBUS and not a
 * new page. A child's write gets no page and no reservation of the owner.
 *
 * Introduced by: unknown. Fixed by: 04f2cbe35699 ("hugetlb: guarantee that COW
 * faults for a process that called mmap(MAP_PRIVATE) on hugetlbfs will succeed").
 *
 * Proves: who gets a page and who SIGBUS with an empty pool, and all counters
 * after each step. Does not prove: the same under a hugetlb cgroup limit.
 */
#include "mmtest.h"

#include <signal.h>
#include <sys/mman.h>

#include "access.h"
#include "hugepage.h"
#include "view.h"

#define OLD 1 /* seeds: before the fork, */
#define NEW 2 /* and written since */

MM_PROGRAM(cow_leak, hugetlb_pool_empty, "with an empty pool the owner keeps what it reserved");
MM_NEEDS("root: yes\nhugepages: 2\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct memory memory;	   /* the first of two reserved pages, filled */
	unsigned char *second;	   /* reserved, untouched */
	struct hugepage_pool base; /* before the mapping */
	size_t size;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_HUGETLB;

static void map_pages(FIXTURE_DATA(test) * self, enum memory_kind kind)
{
	size_t size = self->size;
	int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS | hugepage_map_flags(size);
	unsigned char *p;

	if (kind == MEMORY_HUGETLB_FILE) {
		fd = memfd_create("mmguard", hugepage_memfd_flags(size));
		flags = MAP_PRIVATE;
		if (fd < 0 || ftruncate(fd, 2 * size))
			mm_broken("memfd of 2 huge pages: %m");
	}
	p = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of 2 huge pages: %m");
	self->memory = (struct memory){ .kind = kind, .addr = p, .len = size, .page = size };
	self->second = p + size;
	pattern_fill(p, size, OLD);
}

static bool pool_is(FIXTURE_DATA(test) * self, const char *step, long free, long reserved)
{
	return hugepage_pool_expect(step, self->size, self->base,
				    (struct hugepage_pool){ .free = free,
							    .reserved = reserved });
}

/* All free pages of the machine but two are reserved by us, the two by the mapping. */
FIXTURE_SETUP(test)
{
	size_t len;

	self->size = hugepage_default_size();
	hugepage_pool_leave(self->size, 2, &len);
	self->base = hugepage_pool_read(self->size, -1);
	map_pages(self, variant->memory);
	if (!pool_is(self, "after mmap and the first touch", -1, 1))
		mm_broken("pool: the set-up did not end in the state that the test needs");
	self->child = child_fork();
	view_check_in(&self->child, "child after the fork", &self->memory, OLD);
	pool_is(self, "after the fork", -1, 1);
}
FIXTURE_TEARDOWN(test)
{
}

static long read_first_byte(void *arg)
{
	unsigned char *const *addr = arg, byte = 0;
	int sig = access_read(*addr, &byte);

	return sig ? sig : 1000 + byte;
}

static long write_first_byte(void *arg)
{
	unsigned char *const *addr = arg;
	int sig = access_write(*addr, 0xee);

	return sig ? sig : 1000;
}

static void child_gets_sigbus(FIXTURE_DATA(test) * self, const char *who, child_fn *fn,
			      unsigned char *addr)
{
	long got = child_call_copy(&self->child, fn, &addr, sizeof(addr));
	const char *access = fn == write_first_byte ? "write" : "read";

	mm_expect(got < 1000, "%s: %s worked (byte %#lx), expected SIGBUS", who, access,
		  got - 1000);
	mm_expect(got >= 1000 || got == SIGBUS,
		  "%s: expected SIGBUS of its %s, found signal %ld", who, access, got);
}

/* The second reservation is spent too: nothing is left that the owner could use. */
static void use_second_page(FIXTURE_DATA(test) * self)
{
	mm_expect(!access_write(self->second, 1),
		  "second page: reserved, but the owner's write raised a signal");
	pool_is(self, "after the second page was touched", -2, 0);
}

static void unmap_all(FIXTURE_DATA(test) * self)
{
	child_end(&self->child);
	pool_is(self, "after the child's end", -2, 0);
	munmap(self->memory.addr, 2 * self->size);
}

MM_SCENARIO(owner_takes_page_from_child)
{
	struct memory *m = &self->memory;
	struct hugepage_pool grown;

	use_second_page(self);
	view_write("owner after it wrote", m, NEW);
	pool_is(self, "after the owner's write", -2, 0);
	child_gets_sigbus(self, "child after its page was taken", read_first_byte, m->addr);
	child_gets_sigbus(self, "child after its page was taken", write_first_byte, m->addr);

	/* A page is free now, but nothing of what the child had comes back. */
	hugepage_pool_add(GUARD_CASE, self->size, -1, 1);
	grown = (struct hugepage_pool){ .total = 1, .free = -1 };
	child_gets_sigbus(self, "child with a free page", read_first_byte, m->addr);
	child_gets_sigbus(self, "child with a free page", write_first_byte, m->addr);
	hugepage_pool_expect("after the child's faults", self->size, self->base, grown);
	view_check("owner in the end", m, NEW);

	child_end(&self->child);
	hugepage_pool_expect("after the child's end", self->size, self->base, grown);
	munmap(m->addr, 2 * self->size);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ .total = 1, .free = 1 });
}

MM_SCENARIO(child_gets_no_page_of_owner)
{
	struct memory *m = &self->memory;

	child_gets_sigbus(self, "child with an empty pool", write_first_byte, m->addr);
	pool_is(self, "after the child's write", -1, 1);
	child_gets_sigbus(self, "child with an empty pool", read_first_byte, self->second);
	child_gets_sigbus(self, "child with an empty pool", write_first_byte, self->second);
	pool_is(self, "after the child's faults on the second page", -1, 1);
	view_check("owner after the child's faults", m, OLD);
	view_check_in(&self->child, "child after its faults", m, OLD);

	use_second_page(self);
	unmap_all(self);
	pool_is(self, "after munmap", 0, 0);
}

MM_SCENARIO(owner_alone_needs_no_page)
{
	struct memory *m = &self->memory;

	child_end(&self->child);
	pool_is(self, "after the child's end", -1, 1);
	view_touch("owner after it touched", m, OLD);
	view_write("owner after it wrote", m, NEW);
	pool_is(self, "after the owner's write", -1, 1);
	use_second_page(self);
	unmap_all(self);
	pool_is(self, "after munmap", 0, 0);
}

static long fork_and_read(void *arg)
{
	struct child grandchild = child_fork();
	unsigned char *const *addr = arg;
	long got = child_call_copy(&grandchild, read_first_byte, addr, sizeof(*addr));

	child_end(&grandchild);
	return got;
}

/* The mark on the child's VMA must outlive a fork of the child. */
MM_SCENARIO(grandchild_reads_no_zeroes)
{
	struct memory *m = &self->memory;

	use_second_page(self);
	view_write("owner after it wrote", m, NEW);
	child_gets_sigbus(self, "child after its page was taken", read_first_byte, m->addr);
	hugepage_pool_add(GUARD_CASE, self->size, -1, 1);
	child_gets_sigbus(self, "child before its own fork", read_first_byte, m->addr);
	child_gets_sigbus(self, "grandchild", fork_and_read, m->addr);
}

MM_MAIN
