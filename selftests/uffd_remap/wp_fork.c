// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a child without userfaultfd has entries that are marked as
 * write-protected: it is stopped at writes once it registers that memory itself,
 * or its pages are treated as protected when they move. Or the parent's
 * protection is gone after fork.
 *
 * Mechanism: fork copies page table entries. The uffd-wp bit is copied only when
 * the child's VMA is registered too, which it is with UFFD_FEATURE_EVENT_FORK.
 * PTEs, PMDs, swap entries, markers and HugeTLB entries are copied by code of
 * their own.
 *
 * Introduced by: unknown. Fixed by: b569a1760782 ("userfaultfd: wp: drop
 * _PAGE_UFFD_WP properly when fork").
 *
 * Proves: the bit of every page in parent and child, and whose writes are
 * trapped. Does not prove: what the child does to its copy afterwards.
 */
#include "mmtest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "access.h"
#include "caseloop.h"
#include "child.h"
#include "region.h"

MM_PROGRAM(uffd_remap, wp_fork, "only a child that is registered inherits write protection");
MM_NEEDS("root: yes\nhugepages: 8\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct region r;
};
FIXTURE_VARIANT(test)
{
	enum region_kind region;
};
MM_KIND(base)
{ .region = REGION_BASE };
MM_KIND(thp)
{ .region = REGION_THP };
MM_KIND(swapped)
{ .region = REGION_SWAPPED };
MM_KIND(memfd)
{ .region = REGION_MEMFD };
REGION_KINDS_HUGETLB;

FIXTURE_SETUP(test)
{
	self->r = region_make(variant->region);
	/* The child's copies of private pages. */
	if (variant->region == REGION_HUGETLB)
		region_make(variant->region);
}
FIXTURE_TEARDOWN(test)
{
}

static long child_checks(void *arg)
{
	struct region *r = arg;

	return pattern_check("pages of the child", r->addr, r->touched, REGION_SEED);
}

static long child_writes(void *arg)
{
	struct region *r = arg;

	return access_write(r->addr + r->page, 3);
}

MM_SCENARIO(child_without_userfaultfd_has_none)
{
	struct uffd *u = region_uffd(variant->region, 0);
	struct region *r = &self->r;
	struct child child;
	uint8_t *bits;

	region_register(u, r);
	bits = region_protect(u, r);
	child = child_fork();
	wp_expect("of the parent after fork", r->addr, r->len, bits);
	/* A child that has some may fault at its first write for ever. */
	if (!wp_expect_of(child.pid, "of the child after fork", r->addr, r->len, NULL) ||
	    !mm_expect(child_call(&child, child_checks, r) == 1, "child: wrong data") ||
	    !mm_expect(!child_call(&child, child_writes, r), "child: its write failed")) {
		child_kill(&child);
		return;
	}
	wp_expect_of(child.pid, "of the child after its accesses", r->addr, r->len, NULL);
	uffd_expect_none(u, "after the child's accesses");
	wp_expect("of the parent after them", r->addr, r->len, bits);
	uffd_expect_write(u, "write of the parent", r->addr, true);
	child_end(&child);
}

/* The child's write is reported to its own userfaultfd, which came with the event. */
static void child_is_trapped(struct uffd *u, struct child *child, struct region *r)
{
	struct pollfd p = { .fd = u->forked, .events = POLLIN };
	struct uffdio_writeprotect off = {
		.range = { .start = uffd_addr(r->addr + r->page), .len = r->page },
	};
	struct uffd_msg msg = { 0 };

	child_begin(child, child_writes, r);
	if (poll(&p, 1, 5000 * mm_slow()) != 1 || read(p.fd, &msg, sizeof(msg)) != sizeof(msg))
		mm_fail("write of the child: expected a WP fault, found none");
	else
		mm_expect(
			msg.event == UFFD_EVENT_PAGEFAULT &&
				(msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) &&
				(msg.arg.pagefault.address & ~(r->page - 1)) == off.range.start,
			"write of the child: expected a WP fault at %#llx, found event %#x at "
			"%#llx",
			off.range.start, msg.event, msg.arg.pagefault.address);
	if (ioctl(u->forked, UFFDIO_WRITEPROTECT, &off))
		mm_fail("UFFDIO_WRITEPROTECT off in the child: %m");
	mm_expect(!child_finish(child, "write"), "child: its write failed");
}

MM_SCENARIO(child_with_the_event_keeps_it)
{
	struct uffd *u = region_uffd(variant->region, UFFD_FEATURE_EVENT_FORK);
	struct region *r = &self->r;
	struct child child;
	uint8_t *bits;

	region_register(u, r);
	bits = region_protect(u, r);
	child = child_fork();
	uffd_expect_one(u, "after fork", (struct uffd_event){ .kind = UFFD_FORK });
	wp_expect("of the parent after fork", r->addr, r->len, bits);
	wp_expect_of(child.pid, "of the child after fork", r->addr, r->len, bits);
	mm_expect(child_call(&child, child_checks, r) == 1, "child: wrong data");
	child_is_trapped(u, &child, r);
	wp_expect("of the parent after the child's write", r->addr, r->len, bits);
	uffd_expect_write(u, "write of the parent", r->addr, true);
	child_kill(&child);
}

MM_MAIN
