// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process that was promised huge pages dies of SIGBUS after it
 * moved its mapping, because somebody without a promise took the last ones; or one
 * without a promise gets pages that are promised to others.
 *
 * Mechanism: free pages minus reserved ones are for everybody; the rest is for the
 * owners of reservations, whom a move must not change.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: with no other page free, each reserved page can be touched after a move, in
 * any order; whoever has no reservation is refused in every way of asking, before and
 * after, and the refusal changes no counter.
 * Does not prove: limits of cgroups (charge_limit) and mounts (subpool).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 4

MM_PROGRAM(hugetlb_mremap, exhausted_pool,
	   "a moved mapping has its reserved pages when no other is free");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size, len;
	struct hugemap m;
	char *to;
	struct hugepage_pool base; /* before the mapping, everything else reserved */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE };
MM_KIND(private_mount)
{ .memory = HUGEMAP_PRIVATE_MOUNT };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	size_t held;

	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	hugepage_pool_leave(self->size, PAGES, &held);
	self->base = hugepage_pool_read(self->size, -1);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	if (self->m.fd >= 0)
		close(self->m.fd);
	self->to = aligned_hole(self->len, self->size);
}
FIXTURE_TEARDOWN(test)
{
}

static bool expect(const FIXTURE_DATA(test) * self, const char *step, long used)
{
	return hugepage_pool_expect(step, self->size, self->base,
				    (struct hugepage_pool){ .free = -used,
							    .reserved = PAGES - used });
}

static void touch(const FIXTURE_DATA(test) * self, char *at, size_t i)
{
	int sig = access_write(at + i * self->size, 1);

	if (mm_expect(!sig, "page %zu: reserved, but writing to it raised signal %d", i, sig))
		hugemap_fill(at, self->size, i);
}

static void unmap(const FIXTURE_DATA(test) * self, char *at)
{
	munmap(at, self->len);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
}

/* Everybody who asks without a reservation; @used: of the mapping, which must not change. */
static void nobody_else_gets_one(const FIXTURE_DATA(test) * self, const char *when, long used)
{
	int flags = MAP_ANONYMOUS | hugepage_map_flags(self->size), fd;
	char *p;

	for (int how = MAP_SHARED; how <= MAP_PRIVATE; how++) {
		p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, flags | how, -1, 0);
		mm_expect(p == MAP_FAILED && errno == ENOMEM,
			  "mmap %s: expected ENOMEM, found another result", when);
		p = mmap(NULL, self->size, PROT_READ | PROT_WRITE, flags | how | MAP_NORESERVE,
			 -1, 0);
		if (p == MAP_FAILED)
			mm_broken("mmap of a huge page, MAP_NORESERVE: %m");
		mm_expect(access_write(p, 1) == SIGBUS,
			  "mapping without reservation %s: writing to it did not raise SIGBUS",
			  when);
		munmap(p, self->size);
	}
	fd = hugemap_file(HUGEMAP_SHARED_FILE, self->size, 1);
	mm_expect(fallocate(fd, 0, 0, self->size) && errno == ENOSPC,
		  "fallocate %s: expected ENOSPC, found another result", when);
	close(fd);
	expect(self, when, used);
}

MM_SCENARIO(reserved_pages_last_first)
{
	nobody_else_gets_one(self, "before the move", 0);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	nobody_else_gets_one(self, "after the move", 0);
	for (size_t i = PAGES; i-- > 0;) {
		touch(self, self->to, i);
		nobody_else_gets_one(self, "after a page was touched", PAGES - (long)i);
	}
	for (size_t i = 0; i < PAGES; i++)
		hugemap_check("touched page", self->to, self->size, i);
	unmap(self, self->to);
}

MM_SCENARIO(some_before_and_some_after)
{
	touch(self, self->m.addr, 2);
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	expect(self, "after the move", 1);
	touch(self, self->to, 1);
	if (!hugemap_move(self->to, self->len, self->m.addr))
		return;
	nobody_else_gets_one(self, "after the move back", 2);
	touch(self, self->m.addr, 3);
	touch(self, self->m.addr, 0);
	for (size_t i = 0; i < PAGES; i++)
		hugemap_check("touched page", self->m.addr, self->size, i);
	expect(self, "after all pages were touched", PAGES);
	unmap(self, self->m.addr);
}

MM_SCENARIO(unreserved_gets_sigbus_before_and_after)
{
	char *p, *to;
	int flags = MAP_NORESERVE | MAP_ANONYMOUS | hugepage_map_flags(self->size);

	flags |= self->m.shared ? MAP_SHARED : MAP_PRIVATE;
	p = mmap(NULL, 2 * self->size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of huge pages, MAP_NORESERVE: %m");
	mm_expect(access_write(p, 1) == SIGBUS, "before the move: no SIGBUS");
	to = aligned_hole(2 * self->size, self->size);
	if (!hugemap_move(p, 2 * self->size, to))
		return;
	mm_expect(access_write(to, 1) == SIGBUS, "after the move: no SIGBUS");
	mm_expect(access_write(to + self->size, 1) == SIGBUS, "after the move: no SIGBUS");
	expect(self, "after faults were refused", 0);
	/* What one gives up, the other may have. */
	munmap(self->m.addr + (PAGES - 1) * self->size, self->size);
	if (!self->m.shared) {
		int sig = access_write(to, 1);

		mm_expect(!sig, "a page was given up, but writing raised signal %d", sig);
		hugepage_pool_expect("after it was used by the other", self->size, self->base,
				     (struct hugepage_pool){ .free = -1,
							     .reserved = PAGES - 1 });
	}
	munmap(to, 2 * self->size);
	unmap(self, self->m.addr);
}

static long touch_as_child(void *arg)
{
	return access_write(arg, 1);
}

/* The reservations are the parent's, or the file's. */
MM_SCENARIO(child_has_what_the_file_has)
{
	struct child child;
	long sig;

	touch(self, self->m.addr, 0);
	child = child_fork();
	if (!hugemap_move(self->m.addr, self->len, self->to))
		return;
	sig = child_call(&child, touch_as_child, self->m.addr + self->size);
	mm_expect(sig == (self->m.shared ? 0 : SIGBUS),
		  "child: writing to a reserved page of the parent: expected signal %d, found "
		  "%ld",
		  self->m.shared ? 0 : SIGBUS, sig);
	expect(self, "after the child tried", self->m.shared ? 2 : 1);
	child_end(&child);
	expect(self, "after the child's end", self->m.shared ? 2 : 1);
	for (size_t i = 1; i < PAGES; i++)
		touch(self, self->to, i);
	hugemap_check("page of before the fork", self->to, self->size, 0);
	expect(self, "after all pages were touched", PAGES);
	unmap(self, self->to);
}

MM_MAIN
