// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a pool that may grow on demand gives more pages than allowed,
 * keeps pages that nobody uses any more, or loses count of them.
 *
 * Mechanism: nr_overcommit_hugepages allows pages beyond the pool, the surplus. They
 * are made when a mapping reserves or a fault needs them, and go when their last user
 * does: with the page, or with a reservation that was not used.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: total, free, reserved and surplus are exact after each step, the limit holds
 * to the page, a refusal leaves nothing behind, and moves change nothing.
 * Does not prove: pages of 1 GiB, which cannot be surplus.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define SURPLUS 3

MM_PROGRAM(hugetlb_mremap, overcommit, "surplus pages come on demand and go with their user");
MM_NEEDS("root: yes\nseconds: 60\nmemory: 64\nharm: reserves\n");

FIXTURE(test)
{
	size_t size;
	struct hugepage_pool base; /* everything that is free in it is reserved by us */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE };

FIXTURE_SETUP(test)
{
	char path[128], limit[24];
	size_t held;
	int ret;

	self->size = hugepage_default_size();
	if (!self->size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	hugemap_needs_mremap();
	hugepage_pool_leave(self->size, 0, &held);
	self->base = hugepage_pool_read(self->size, -1);
	hugepage_pool_path(self->size, -1, "nr_overcommit_hugepages", path, sizeof(path));
	snprintf(limit, sizeof(limit), "%ld", self->base.surplus + SURPLUS);
	ret = guard_set(GUARD_CASE, path, limit);
	if (ret)
		mm_skip("needs a pool that may grow, %s: %s", path, strerror(-ret));
}
FIXTURE_TEARDOWN(test)
{
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long surplus, long used)
{
	hugepage_pool_expect(step, self->size, self->base,
			     (struct hugepage_pool){ .total = surplus,
						     .free = surplus - used,
						     .reserved = surplus - used,
						     .surplus = surplus });
}

static char *map(const FIXTURE_DATA(test) * self, size_t pages, int flags)
{
	return mmap(NULL, pages * self->size, PROT_READ | PROT_WRITE,
		    flags | MAP_ANONYMOUS | hugepage_map_flags(self->size), -1, 0);
}

/* The file, if there is one, ends with the mapping. */
static struct hugemap map_all(const FIXTURE_DATA(test) * self,
			      const FIXTURE_VARIANT(test) * variant)
{
	struct hugemap m;
	char *probe = map(self, SURPLUS, MAP_PRIVATE);

	if (probe == MAP_FAILED)
		mm_skip("needs memory for %d huge pages, found %m", SURPLUS);
	munmap(probe, SURPLUS * self->size);
	expect(self, "after a probe", 0, 0);
	m = hugemap_make(variant->memory, SURPLUS, NULL);
	if (m.fd >= 0)
		close(m.fd);
	return m;
}

static void touch(const FIXTURE_DATA(test) * self, char *at, size_t i)
{
	int sig = access_write(at + i * self->size, 1);

	if (mm_expect(!sig, "page %zu: reserved, but writing to it raised signal %d", i, sig))
		hugemap_fill(at, self->size, i);
}

MM_SCENARIO(reserved_pages_come_and_go)
{
	struct hugemap m = map_all(self, variant);
	char *to = aligned_hole(SURPLUS * self->size, self->size);

	expect(self, "after mmap", SURPLUS, 0);
	touch(self, m.addr, 0);
	expect(self, "after a page was touched", SURPLUS, 1);
	if (!hugemap_move(m.addr, SURPLUS * self->size, to))
		return;
	expect(self, "after mremap", SURPLUS, 1);
	hugemap_check("moved page", to, self->size, 0);
	touch(self, to, 2);
	expect(self, "after another page was touched", SURPLUS, 2);
	munmap(to, SURPLUS * self->size);
	expect(self, "after munmap", 0, 0);
}

MM_SCENARIO(limit_holds_to_the_page)
{
	struct hugemap m;

	mm_expect(map(self, SURPLUS + 1, MAP_PRIVATE) == MAP_FAILED && errno == ENOMEM,
		  "mmap of more than the limit: expected ENOMEM, found another result");
	expect(self, "after a refused mmap", 0, 0);
	m = map_all(self, variant);
	expect(self, "after mmap of the limit", SURPLUS, 0);
	for (int flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
		mm_expect(map(self, 1, flags) == MAP_FAILED && errno == ENOMEM,
			  "mmap of a page more: expected ENOMEM, found another result");
		expect(self, "after a page more was refused", SURPLUS, 0);
	}
	munmap(m.addr, SURPLUS * self->size);
	expect(self, "after munmap", 0, 0);
}

/* Without a reservation the fault makes the page. */
MM_SCENARIO(faults_make_pages)
{
	int flags =
		MAP_NORESERVE | (variant->memory == HUGEMAP_SHARED ? MAP_SHARED : MAP_PRIVATE);
	char *p = map(self, SURPLUS + 1, flags);

	if (p == MAP_FAILED)
		mm_broken("mmap of %d huge pages, MAP_NORESERVE: %m", SURPLUS + 1);
	expect(self, "after mmap without reservation", 0, 0);
	for (size_t i = 0; i < SURPLUS; i++) {
		touch(self, p, i);
		expect(self, "after a page was touched", i + 1, i + 1);
	}
	mm_expect(access_write(p + SURPLUS * self->size, 1) == SIGBUS,
		  "page beyond the limit: writing to it did not raise SIGBUS");
	expect(self, "after a fault was refused", SURPLUS, SURPLUS);
	munmap(p, (SURPLUS + 1) * self->size);
	expect(self, "after munmap", 0, 0);
}

MM_SCENARIO(part_takes_its_pages_along)
{
	struct hugemap m = map_all(self, variant);
	bool shared = variant->memory == HUGEMAP_SHARED;

	touch(self, m.addr, 0);
	expect(self, "after a page was touched", SURPLUS, 1);
	munmap(m.addr, self->size);
	expect(self, "after munmap of it", shared ? SURPLUS : SURPLUS - 1, shared);
	munmap(m.addr + self->size, self->size);
	expect(self, "after munmap of one that was reserved", shared ? SURPLUS : SURPLUS - 2,
	       shared);
	munmap(m.addr + 2 * self->size, self->size);
	expect(self, "after munmap of the rest", 0, 0);
}

MM_SCENARIO(hole_takes_its_page_along)
{
	struct hugemap m;

	if (variant->memory != HUGEMAP_SHARED)
		mm_skip("needs pages that belong to a file, those of this kind do not");
	m = hugemap_make(HUGEMAP_SHARED_FILE, SURPLUS, NULL);
	touch(self, m.addr, 1);
	expect(self, "after a page was touched", SURPLUS, 1);
	if (fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, self->size, self->size))
		mm_fail("fallocate, a hole of a page: %m");
	expect(self, "after it was punched", SURPLUS - 1, 0);
	if (ftruncate(m.fd, self->size))
		mm_fail("ftruncate to a page: %m");
	expect(self, "after truncation to a page", 1, 0);
	munmap(m.addr, SURPLUS * self->size);
	close(m.fd);
	expect(self, "after the end of the file", 0, 0);
}

static long write_first(void *arg)
{
	struct hugemap *m = arg;

	return access_write(m->addr, 77);
}

/* A copy for a child is a page more, and goes with the child. */
MM_SCENARIO(copy_of_the_child_goes_with_it)
{
	struct hugemap m = { .size = self->size };
	struct child child;
	long sig;

	if (variant->memory != HUGEMAP_PRIVATE)
		mm_skip("needs anonymous private memory, which a fork makes common");
	m.addr = map(self, 1, MAP_PRIVATE);
	if (m.addr == MAP_FAILED)
		mm_skip("needs memory for huge pages, found %m");
	touch(self, m.addr, 0);
	child = child_fork();
	expect(self, "after fork", 1, 1);
	sig = child_call(&child, write_first, &m);
	mm_expect(!sig, "child: writing to its page raised signal %ld", sig);
	expect(self, "after the child wrote", 2, 2);
	hugemap_check("parent's page", m.addr, self->size, 0);
	child_end(&child);
	expect(self, "after the child's end", 1, 1);
	munmap(m.addr, self->size);
	expect(self, "after munmap", 0, 0);
}

MM_MAIN
