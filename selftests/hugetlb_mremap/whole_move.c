// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: HugePages_Rsvd drops by the size of a mapping that was
 * moved although its pages stay reserved, and wraps below zero later; the next
 * process that relies on its reservation dies of SIGBUS.
 *
 * Mechanism: mremap() copies the VMA. Both copies point to one reservation map
 * until the old VMA gives its reference up; when it does not, closing it returns
 * the reservations that the new VMA still relies on. Closing a VMA returns what
 * was reserved and not used; when it forgets what was used, it returns too much.
 *
 * Introduced by: unknown. Fixed by: 550a7d60bd5e ("mm, hugepages: add mremap()
 * support for hugepage backed vma") has handled it since the call exists.
 *
 * Proves: a whole move, a chain of moves, a shrinking move and a process that
 * ends after a move leave every counter exact, and every page and reservation
 * comes back once. Does not prove: moves of a part (partial_move).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "thp.h"

#define PAGES 4

MM_PROGRAM(hugetlb_mremap, whole_move, "a whole move neither loses nor returns reservations");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: reserves\n");

FIXTURE(test)
{
	struct hugepage_pool base; /* before the mapping */
	size_t len;
	struct hugemap m;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
	size_t touched; /* pages before the move */
};
MM_KIND(private_untouched)
{ .memory = HUGEMAP_PRIVATE, .touched = 0 };
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE, .touched = PAGES / 2 };
MM_KIND(private_touched)
{ .memory = HUGEMAP_PRIVATE, .touched = PAGES };
MM_KIND(private_file)
{ .memory = HUGEMAP_PRIVATE_FILE, .touched = 1 };
MM_KIND(private_mount)
{ .memory = HUGEMAP_PRIVATE_MOUNT, .touched = PAGES - 1 };
MM_KIND(private_noreserve)
{ .memory = HUGEMAP_NORESERVE, .touched = 1 };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED, .touched = 1 };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE, .touched = PAGES / 2 };
MM_KIND(shared_noreserve)
{ .memory = HUGEMAP_SHARED_NORESERVE, .touched = 1 };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->base = hugepage_pool_read(hugepage_default_size(), -1);
	self->len = PAGES * hugepage_default_size();
}
FIXTURE_TEARDOWN(test)
{
}

/* The mapping is all that is left of its file. */
static bool map(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant)
{
	self->m = hugemap_make(variant->memory, PAGES, NULL);
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugemap_fill_pages(self->m.addr, self->m.size, 0, variant->touched);
	return hugemap_expect("after mmap", &self->m, self->base, PAGES, variant->touched);
}

/* Writes pages that have not been touched: reserved or free, so no signal. */
static void touch(const FIXTURE_DATA(test) * self, char *at, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		int sig = access_write(at + i * self->m.size, 1);

		if (mm_expect(!sig, "moved page %zu: writing to it raised signal %d", i, sig))
			hugemap_fill(at, self->m.size, i);
	}
}

static void check(const FIXTURE_DATA(test) * self, const char *what, char *at, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (!hugemap_check(what, at, self->m.size, i))
			return;
}

static void unmap(const FIXTURE_DATA(test) * self, char *at, size_t len)
{
	munmap(at, len);
	hugemap_expect("after munmap", &self->m, self->base, 0, 0);
}

MM_SCENARIO(every_reservation_returns_once)
{
	char *to;

	if (!map(self, variant))
		return;
	to = aligned_hole(self->len, self->m.size);
	if (!hugemap_move(self->m.addr, self->len, to))
		return;
	hugemap_expect("after mremap", &self->m, self->base, PAGES, variant->touched);
	check(self, "moved mapping", to, variant->touched);
	touch(self, to, variant->touched, PAGES);
	hugemap_expect("after all pages were touched", &self->m, self->base, PAGES, PAGES);
	check(self, "touched mapping", to, PAGES);
	unmap(self, to, self->len);
}

MM_SCENARIO(there_and_back)
{
	size_t used = variant->touched;
	char *stops[4], *at;

	if (!map(self, variant))
		return;
	at = self->m.addr;
	stops[0] = stops[2] = aligned_hole(self->len, self->m.size);
	stops[1] = stops[3] = at;
	for (int i = 0; i < 4; i++) {
		if (!hugemap_move(at, self->len, stops[i]))
			return;
		at = stops[i];
		hugemap_expect("after a move of the chain", &self->m, self->base, PAGES, used);
		check(self, "mapping moved in a chain", at, used);
		if (used < PAGES)
			touch(self, at, used, used + 1), used++;
		hugemap_expect("after one more page was touched", &self->m, self->base, PAGES,
			       used);
	}
	unmap(self, at, self->len);
}

/* What is kept is 3 pages by shrinking in place, then 2 by shrinking on the way. */
MM_SCENARIO(shrinking_returns_the_tail)
{
	size_t size = hugepage_default_size(), kept = PAGES;
	char *to, *got;

	if (!map(self, variant))
		return;
	to = aligned_hole(self->len, size);
	for (; kept > PAGES / 2; kept--) {
		size_t left = self->m.shared ? PAGES : kept - 1;
		bool move = kept < PAGES;

		got = mremap(self->m.addr, kept * size, (kept - 1) * size,
			     move ? MREMAP_MAYMOVE | MREMAP_FIXED : 0, to);
		if (!mm_expect(got == (move ? to : self->m.addr), "mremap to %zu pages: %s",
			       kept - 1, got == MAP_FAILED ? strerror(errno) : "wrong address"))
			return;
		hugemap_expect("after shrinking by a page", &self->m, self->base, left,
			       variant->touched < left ? variant->touched : left);
	}
	check(self, "shrunk mapping", to, variant->touched < kept ? variant->touched : kept);
	touch(self, to, variant->touched, kept);
	unmap(self, to, kept * size);
}

struct mover {
	FIXTURE_DATA(test) * self;
	const FIXTURE_VARIANT(test) * variant;
};

static long map_and_move(void *arg)
{
	struct mover *mover = arg;
	FIXTURE_DATA(test) *self = mover->self;
	if (!map(self, mover->variant) ||
	    !hugemap_move(self->m.addr, self->len, aligned_hole(self->len, self->m.size)))
		return 1;
	hugemap_expect("after mremap", &self->m, self->base, PAGES, mover->variant->touched);
	return 0;
}

static void process_that_moves(FIXTURE_DATA(test) * self, const FIXTURE_VARIANT(test) * variant,
			       void (*end)(struct child *c))
{
	struct mover mover = { self, variant };
	struct child c = child_fork();
	long ret = child_call(&c, map_and_move, &mover);

	if (ret == CHILD_DIED)
		mm_fail("child that moves a mapping: ended by signal %d", c.signal);
	end(&c);
	hugepage_pool_expect("after the end of the process", hugepage_default_size(),
			     self->base, (struct hugepage_pool){ 0 });
}

/* The child becomes another program, which lists its cases and is not heard. */
static long exec_myself(void *arg)
{
	char *const argv[] = { "self", "-l", NULL };
	int null = open("/dev/null", O_WRONLY);

	(void)arg;
	dup2(null, STDOUT_FILENO);
	execv("/proc/self/exe", argv);
	return errno;
}

static void exec_and_end(struct child *c)
{
	long ret = child_call(c, exec_myself, NULL);

	if (ret != CHILD_DIED)
		mm_broken("execv in the child: %s", strerror(ret));
}

MM_SCENARIO(ended_process_returns_all)
{
	process_that_moves(self, variant, child_end);
	process_that_moves(self, variant, child_kill);
	process_that_moves(self, variant, exec_and_end);
}

MM_MAIN
