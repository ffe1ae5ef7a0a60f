// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: the administrator makes the pool smaller than what is in use
 * and reserved; a process that moves its mapping meanwhile dies of SIGBUS, or the pool
 * never becomes as small as asked.
 *
 * Mechanism: pages in use or reserved cannot be taken away; they become surplus and go
 * when their users do. Until then every reservation must still be honoured.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: counters, data and reservations when the pool shrinks before and between
 * moves, and that the pool is as small as asked at the end.
 * Does not prove: which node gives the pages.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "file.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES	4
#define TOUCHED 2

MM_PROGRAM(hugetlb_mremap, shrunk_pool, "a shrunk pool still honours what is reserved");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	size_t size, len;
	struct hugepage_pool base; /* with the mapping, and all other free pages reserved */
	struct hugemap m;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };
MM_KIND(private_mount)
{ .memory = HUGEMAP_PRIVATE_MOUNT };

FIXTURE_SETUP(test)
{
	size_t held;

	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	hugepage_pool_add(GUARD_CASE, self->size, -1, PAGES);
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugemap_fill_pages(self->m.addr, self->size, 0, TOUCHED);
	hugepage_pool_leave(self->size, 0, &held);
	self->base = hugepage_pool_read(self->size, -1);
}
FIXTURE_TEARDOWN(test)
{
}

static void resize(const FIXTURE_DATA(test) * self, long pages)
{
	char path[128];
	int ret;

	hugepage_pool_path(self->size, -1, "nr_hugepages", path, sizeof(path));
	ret = file_write_long(path, pages);
	if (ret)
		mm_broken("%s: %s", path, strerror(-ret));
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long surplus,
		   long touched)
{
	hugepage_pool_expect(step, self->size, self->base,
			     (struct hugepage_pool){ .free = -touched,
						     .reserved = -touched,
						     .surplus = surplus });
}

static void touch_rest(const FIXTURE_DATA(test) * self, char *at)
{
	for (size_t i = TOUCHED; i < PAGES; i++) {
		int sig = access_write(at + i * self->size, 1);

		mm_expect(!sig, "page %zu: reserved, but writing to it raised signal %d", i,
			  sig);
	}
}

/* On several nodes it is another node's page that may go, and one of ours that stays. */
static void pool_is_small(const FIXTURE_DATA(test) * self)
{
	struct hugepage_pool now = hugepage_pool_read(self->size, -1);
	long want = self->base.total - PAGES, free = self->base.free - (PAGES - TOUCHED);

	mm_expect(now.total - now.surplus == want,
		  "pool after munmap: expected %ld pages without surplus, found %ld", want,
		  now.total - now.surplus);
	mm_expect(now.free - now.surplus == free && now.reserved == free,
		  "pool after munmap: expected %ld pages free and reserved, found %ld and %ld",
		  free, now.free - now.surplus, now.reserved);
}

MM_SCENARIO(shrunk_before_the_move)
{
	char *to = aligned_hole(self->len, self->size);

	resize(self, self->base.total - PAGES);
	expect(self, "after the pool was shrunk", PAGES, 0);
	if (!hugemap_move(self->m.addr, self->len, to))
		return;
	expect(self, "after mremap", PAGES, 0);
	for (size_t i = 0; i < TOUCHED; i++)
		hugemap_check("moved page", to, self->size, i);
	touch_rest(self, to);
	expect(self, "after all pages were touched", PAGES, PAGES - TOUCHED);
	munmap(to, self->len);
	pool_is_small(self);
}

MM_SCENARIO(shrunk_and_grown_between_moves)
{
	char *to = aligned_hole(self->len, self->size);

	if (!hugemap_move(self->m.addr, self->len, to))
		return;
	resize(self, self->base.total - PAGES);
	expect(self, "after the pool was shrunk", PAGES, 0);
	resize(self, self->base.total);
	expect(self, "after it was grown again", 0, 0);
	if (!hugemap_move(to, self->len, self->m.addr))
		return;
	expect(self, "after the move back", 0, 0);
	touch_rest(self, self->m.addr);
	expect(self, "after all pages were touched", 0, PAGES - TOUCHED);
	munmap(self->m.addr, self->len);
	hugepage_pool_expect("after munmap", self->size, self->base,
			     (struct hugepage_pool){ .free = TOUCHED,
						     .reserved = TOUCHED - PAGES });
}

MM_MAIN
