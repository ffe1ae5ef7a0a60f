// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a worker process is forked, parent and worker each give
 * up the half of a buffer that they do not need, and the device that the parent
 * set up before works on memory that the parent no longer sees.
 *
 * Mechanism: the buffer is a huge page. When each side has unmapped its half,
 * counters that cover the whole page say one thing, those of a single page
 * another. A kernel that asks the wrong one shares pinned pages at fork, reuses
 * a page that the other side still maps, or copies one that is pinned.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: pinned halves stay the same frames and coherent both ways; halves of
 * memory that is not pinned stay private to each side; what the pin alone still
 * holds is not seen by anybody. Does not prove: other ways to divide a page.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "memory.h"
#include "pagemap.h"
#include "pinned.h"

MM_PROGRAM(gup_pin, pin_halves, "parent and child each unmap one half of pinned memory");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	size_t half;
	unsigned char *second;
	struct pinned pinned;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MM_KIND(base)
{ .memory = MEMORY_BASE };
MM_KIND(thp)
{ .memory = MEMORY_THP };
MM_KIND(thp_pte)
{ .memory = MEMORY_THP_PTE };
MM_KIND(thp_moved)
{ .memory = MEMORY_THP_MOVED };

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 0);
	self->half = self->m.len / 2;
	self->second = self->m.addr + self->half;
	pattern_fill(self->m.addr, self->half, 1);
	pattern_fill(self->second, self->half, 2);
}
FIXTURE_TEARDOWN(test)
{
}

/* These run in the child. */
static long drops_second_half(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	mm_expect(!munmap(self->second, self->half), "child, munmap of the second half: %m");
	return pattern_check("child, first half, of before the fork", self->m.addr, self->half,
			     1);
}

static long drops_first_half(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	mm_expect(!munmap(self->m.addr, self->half), "child, munmap of the first half: %m");
	return pattern_check("child, second half, of before the fork", self->second, self->half,
			     2);
}

static long reads_first_half(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return pattern_check("child, first half, after writes of the parent", self->m.addr,
			     self->half, 1);
}

static long reads_second_half(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return pattern_check("child, second half, after writes of the parent", self->second,
			     self->half, 2);
}

static long writes_first_half(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	pattern_fill(self->m.addr, self->half, 9);
	return pattern_check("child, what it wrote", self->m.addr, self->half, 9);
}

static void tell(struct child *c, child_fn *fn, void *arg)
{
	if (child_call(c, fn, arg) == CHILD_DIED)
		mm_fail("child: ended by signal %d", c->signal);
}

/*
 * parent				child
 *  pin all, fork, unmap first half
 *					unmap second half
 *  write; the pin reads and writes
 *					read, write first half
 *  the same again
 */
MM_SCENARIO(all_pinned)
{
	struct child c;

	self->pinned = pinned_take(&pin_io_uring, self->m.addr, self->m.len);
	c = child_fork();
	if (munmap(self->m.addr, self->half))
		mm_broken("munmap of the first half: %m");
	tell(&c, drops_second_half, self);
	pattern_check("second half, of before the fork", self->second, self->half, 2);
	pinned_check(&self->pinned, "after each side unmapped a half", self->second, self->half,
		     self->half, 3);
	tell(&c, reads_first_half, self);
	tell(&c, writes_first_half, self);
	pinned_check(&self->pinned, "after the child wrote its half", self->second, self->half,
		     self->half, 4);
	child_end(&c);
	pinned_check(&self->pinned, "after the child ended", self->second, self->half,
		     self->half, 5);
	pinned_release(&self->pinned);
}

/*
 * Only the second half is pinned. The parent keeps it, the child keeps a copy.
 *
 * parent				child
 *  pin second half, fork
 *  unmap first half
 *					unmap first half
 *  write; the pin reads and writes
 *					read second half
 */
MM_SCENARIO(pinned_half_kept_by_both)
{
	struct child c;

	self->pinned = pinned_take(&pin_io_uring, self->second, self->half);
	c = child_fork();
	if (munmap(self->m.addr, self->half))
		mm_broken("munmap of the first half: %m");
	tell(&c, drops_first_half, self);
	pinned_check(&self->pinned, "after both sides unmapped the other half", self->second, 0,
		     self->half, 3);
	tell(&c, reads_second_half, self);
	child_end(&c);
	pinned_check(&self->pinned, "after the child ended", self->second, 0, self->half, 4);
	pinned_release(&self->pinned);
}

/*
 * The owner gives up the pinned half; the child writes to the other one, and to
 * what it has of the pinned half, while the pin writes as well.
 *
 * parent				child
 *  pin second half, fork
 *  unmap second half
 *  the pin writes
 *					read second half: nothing of that
 *  the pin reads its own
 */
MM_SCENARIO(pinned_half_given_up)
{
	unsigned char *buf = malloc(2 * self->half);
	struct child c;

	if (!buf)
		mm_broken("memory for %zu bytes", 2 * self->half);
	self->pinned = pinned_take(&pin_io_uring, self->second, self->half);
	c = child_fork();
	if (munmap(self->second, self->half))
		mm_broken("munmap of the second half: %m");
	pattern_fill(buf, self->half, 7);
	pin_write(&self->pinned.pin, 0, buf, self->half);
	tell(&c, reads_second_half, self);
	tell(&c, writes_first_half, self);
	pattern_check("first half, after the child wrote", self->m.addr, self->half, 1);
	pin_read(&self->pinned.pin, 0, buf + self->half, self->half);
	pattern_check("what only the pin holds", buf + self->half, self->half, 7);
	child_end(&c);
	pinned_release(&self->pinned);
	free(buf);
}

/* The same division without a pin; both sides write in turn. */
MM_SCENARIO(not_pinned)
{
	struct child c = child_fork();

	tell(&c, drops_second_half, self);
	pattern_fill(self->m.addr, self->half, 3);
	tell(&c, reads_first_half, self);
	tell(&c, writes_first_half, self);
	pattern_check("first half, what the parent wrote", self->m.addr, self->half, 3);
	pattern_check("second half, of before the fork", self->second, self->half, 2);
	child_end(&c);
	pattern_check("first half, after the child ended", self->m.addr, self->half, 3);
}

MM_MAIN
