// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after fork() the parent writes to a buffer that a device
 * uses, but the device reads old bytes, and what it writes never arrives; or
 * the child finds something else in its copy than the parent had there.
 *
 * Mechanism: fork shares anonymous pages until one side writes. A pinned page
 * cannot be shared: whoever writes first would get a copy, and if that is the
 * owner, the pin stays with the wrong page. So fork copies pinned pages for the
 * child at once. This rests on the mark that a page belongs to one process,
 * which every way of mapping a page (PMD, PTEs of a THP, moved, HugeTLB) keeps
 * for itself.
 *
 * Introduced by: unknown. Fixed by: 4eae4efa2c29 ("hugetlb: do early cow when
 * page pinned on src mm") for HugeTLB; unknown for the rest.
 *
 * Proves: whoever writes, unmaps or exits first, all pinned frames stay with the
 * process that pinned them and are coherent both ways, and the other one has the
 * bytes of before the fork. Does not prove: read-only pins of memory that is
 * shared already (short_pin).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "hugepage.h"
#include "memory.h"
#include "pagemap.h"
#include "pinned.h"
#include "thp.h"

MM_PROGRAM(gup_pin, pin_fork, "pinned memory stays with its owner through fork");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	struct pinned pinned;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_FILE;
MEMORY_KINDS_HUGETLB;
MM_KIND(swapped)
{ .memory = MEMORY_SWAPPED };

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
}
FIXTURE_TEARDOWN(test)
{
}

static void pin_all(FIXTURE_DATA(test) * self)
{
	self->pinned = pinned_take(NULL, self->m.addr, self->m.len);
	if (self->m.kind != MEMORY_SWAPPED && !memory_is(&self->m))
		mm_skip("needs %s that stays one when it is pinned, the kernel split it; boot "
			"without movablecore=",
			memory_name(self->m.kind));
	pattern_check("pinned memory", self->m.addr, self->m.len, 1);
}

static void check_all(FIXTURE_DATA(test) * self, const char *step, unsigned char seed)
{
	pinned_check(&self->pinned, step, self->m.addr, 0, self->m.len, seed);
}

static long reads_before_fork(void *arg)
{
	struct memory *m = arg;

	return pattern_check("child, memory of before the fork", m->addr, m->len, 1);
}

static long writes_its_own(void *arg)
{
	struct memory *m = arg;

	pattern_fill(m->addr, m->len, 9);
	return 0;
}

static long reads_its_own(void *arg)
{
	struct memory *m = arg;

	return pattern_check("child, what it wrote", m->addr, m->len, 9);
}

static void child_expect(struct child *c, child_fn *fn, void *arg, const char *what)
{
	long ret = child_call(c, fn, arg);

	mm_expect(ret != CHILD_DIED, "child: ended by signal %d while it %s", c->signal, what);
}

MM_SCENARIO(parent_writes_first)
{
	struct child c;

	pin_all(self);
	c = child_fork();
	check_all(self, "after fork, with the child alive", 2);
	child_expect(&c, reads_before_fork, &self->m, "reads");
	child_expect(&c, writes_its_own, &self->m, "writes");
	check_all(self, "after the child wrote", 3);
	child_expect(&c, reads_its_own, &self->m, "reads what it wrote");
	child_end(&c);
	check_all(self, "after the child ended", 4);
	pinned_release(&self->pinned);
	pattern_check("memory after unpinning", self->m.addr, self->m.len, 4);
}

MM_SCENARIO(child_writes_first)
{
	struct child c;

	pin_all(self);
	c = child_fork();
	child_expect(&c, reads_before_fork, &self->m, "reads");
	child_expect(&c, writes_its_own, &self->m, "writes");
	pattern_check("parent, after the child wrote", self->m.addr, self->m.len, 1);
	pinned_frames_check(&self->pinned, "after the child wrote", self->m.addr, 0,
			    self->m.len);
	check_all(self, "after fork and a write of the child", 2);
	child_expect(&c, reads_its_own, &self->m, "reads what it wrote");
	child_end(&c);
	check_all(self, "after the child ended", 3);
	pinned_release(&self->pinned);
}

/* The pin comes after the fork: it must be on pages of its owner alone. */
MM_SCENARIO(pin_after_fork)
{
	struct child c;

	if (pinned_provider(self->m.addr) != &pin_io_uring)
		mm_skip("needs a HugeTLB page outside ZONE_MOVABLE for a pin for writing; boot "
			"without movablecore=");
	c = child_fork();
	/* Taking it breaks the sharing: of a THP the owner gets base pages. */
	self->pinned = pinned_take(&pin_io_uring, self->m.addr, self->m.len);
	pattern_check("memory that was shared and is pinned", self->m.addr, self->m.len, 1);
	check_all(self, "when pinned after fork", 2);
	child_expect(&c, reads_before_fork, &self->m, "reads");
	child_expect(&c, writes_its_own, &self->m, "writes");
	check_all(self, "after the child wrote", 3);
	child_end(&c);
	check_all(self, "after the child ended", 4);
	pinned_release(&self->pinned);
}

MM_MAIN
