// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a device reads from memory that a process shares with a
 * forked one. The process writes to it, and the device goes on reading the old
 * page, or what belongs to the other process.
 *
 * Mechanism: a pin for reading does not break the sharing by itself as one for
 * writing does. The first write of the owner would give it a copy and leave the
 * pin with the shared page. So the kernel gives the owner its own page before it
 * takes the pin, on each of its ways to a page: base page, PMD, HugeTLB, and the
 * fast way without locks.
 *
 * Introduced by: unknown. Fixed by: a7f226604170 ("mm/gup: trigger
 * FAULT_FLAG_UNSHARE when R/O-pinning a possibly shared anonymous page").
 *
 * Proves: what such a pin reads is right, it reads what its owner writes later,
 * and neither process sees the other's writes. Does not prove: pins of private
 * file pages that were never written.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "memblock.h"
#include "memory.h"
#include "pagemap.h"
#include "pinned.h"
#include "thp.h"

MM_PROGRAM(gup_pin, short_pin, "a pin for reading of memory shared by fork is its owner's");
MM_NEEDS("root: yes\nseconds: 60\nharm: none\n");

FIXTURE(test)
{
	struct memory m;
	size_t pages; /* base pages */
	uint64_t *before, *after, *theirs;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MM_KIND(hugetlb)
{ .memory = MEMORY_HUGETLB };

FIXTURE_SETUP(test)
{
	self->m = memory_make(variant->memory, 1);
	self->pages = self->m.len / page_size();
	self->before = calloc(3 * self->pages, sizeof(*self->before));
	if (!self->before)
		mm_broken("memory for %zu frame numbers", 3 * self->pages);
	self->after = self->before + self->pages;
	self->theirs = self->after + self->pages;
	self->child = child_fork();
	pagemap_frames(0, self->m.addr, self->before, self->pages);
	pagemap_frames(self->child.pid, self->m.addr, self->theirs, self->pages);
	if (memcmp(self->before, self->theirs, self->pages * sizeof(*self->before)))
		mm_broken("%s: not shared after fork", memory_name(variant->memory));
}
FIXTURE_TEARDOWN(test)
{
}

static long child_reads(void *arg)
{
	struct memory *m = arg;

	return pattern_check("child, memory of before the fork", m->addr, m->len, 1);
}

static long child_writes(void *arg)
{
	struct memory *m = arg;

	pattern_fill(m->addr, m->len, 9);
	return pattern_check("child, what it wrote", m->addr, m->len, 9);
}

static void tell(struct child *c, child_fn *fn, void *arg)
{
	if (child_call(c, fn, arg) == CHILD_DIED)
		mm_fail("child: ended by signal %d", c->signal);
}

static void read_short(struct memory *m, pid_t pid, unsigned char seed)
{
	void *buf = malloc(m->len);
	int ret;

	if (!buf)
		mm_broken("memory for %zu bytes", m->len);
	ret = pin_short(pid, m->addr, buf, m->len);
	if (mm_expect(!ret, "process_vm_readv: %s", strerror(-ret)))
		pattern_check("what process_vm_readv read", buf, m->len, seed);
	free(buf);
}

/*
 * A kernel that takes pins for reading on shared pages does so on all ways, so
 * one of them tells: a base page gets a new frame, a PMD is split.
 */
static bool kernel_unshares(void)
{
	struct memory base = memory_make(MEMORY_BASE, 1), thp;
	uint64_t frame = pagemap_pfn(base.addr);
	struct child c = child_fork();
	bool does;

	read_short(&base, getpid(), 1);
	does = pagemap_pfn(base.addr) != frame;
	child_end(&c);
	if (does)
		return true;
	thp = memory_make(MEMORY_THP, 1);
	c = child_fork();
	read_short(&thp, getpid(), 1);
	does = !thp_pmd_mapped(thp.addr);
	child_end(&c);
	return does;
}

static void need_unsharing(void)
{
	if (!kernel_unshares())
		mm_skip("needs a kernel that unshares memory for a pin for reading, found one "
			"that does not on any way");
}

/* Every page of the owner has a frame of its own now, the other side has the old ones. */
static bool unshared(FIXTURE_DATA(test) * self, const char *step)
{
	pagemap_frames(0, self->m.addr, self->after, self->pages);
	pagemap_frames(self->child.pid, self->m.addr, self->theirs, self->pages);
	for (size_t i = 0; i < self->pages; i++) {
		if (!mm_expect(
			    self->after[i] && self->after[i] != self->before[i],
			    "page %zu %s: expected a frame other than the shared %#llx, found "
			    "%#llx",
			    i, step, (unsigned long long)self->before[i],
			    (unsigned long long)self->after[i]))
			return false;
		if (!mm_expect(self->theirs[i] == self->before[i],
			       "page %zu of the child %s: expected frame %#llx, found %#llx", i,
			       step, (unsigned long long)self->before[i],
			       (unsigned long long)self->theirs[i]))
			return false;
	}
	return true;
}

/*
 * parent				child
 *  pin, read, unpin
 *  write
 *					read: bytes of before the fork
 *					write
 *  read: its own
 *  the same with the child's memory
 */
MM_SCENARIO(reads_right)
{
	struct memory *m = &self->m;

	read_short(m, getpid(), 1);
	read_short(m, self->child.pid, 1);
	pattern_fill(m->addr, m->len, 2);
	tell(&self->child, child_reads, m);
	read_short(m, self->child.pid, 1);
	tell(&self->child, child_writes, m);
	read_short(m, self->child.pid, 9);
	read_short(m, getpid(), 2);
	pattern_check("parent, what it wrote", m->addr, m->len, 2);
	child_end(&self->child);
	pattern_check("parent, after the child ended", m->addr, m->len, 2);
}

/* Unshares once; a second pin and a write keep the frames. */
MM_SCENARIO(unshares)
{
	size_t bytes = self->pages * sizeof(*self->after);

	need_unsharing();
	read_short(&self->m, getpid(), 1);
	if (!unshared(self, "after process_vm_readv"))
		return;
	memcpy(self->before, self->after, bytes);
	read_short(&self->m, getpid(), 1);
	pattern_fill(self->m.addr, self->m.len, 2);
	pagemap_frames(0, self->m.addr, self->after, self->pages);
	mm_expect(!memcmp(self->before, self->after, bytes),
		  "frames after a second process_vm_readv and a write: not those of the first");
	tell(&self->child, child_reads, &self->m);
	child_end(&self->child);
}

MM_SCENARIO(unshares_fast)
{
	int ret = pin_fast(self->m.addr, self->m.len);

	if (ret == -ENOENT || ret == -ENOSYS || ret == -EACCES || ret == -EPERM)
		mm_skip("needs gup_test (CONFIG_GUP_TEST, debugfs), found %s", strerror(-ret));
	if (ret)
		mm_broken("gup_test: pinning %zu bytes: %s", self->m.len, strerror(-ret));
	if (pagemap_pfn(self->m.addr) == self->before[0])
		need_unsharing();
	unshared(self, "after a fast pin");
	tell(&self->child, child_reads, &self->m);
	child_end(&self->child);
}

/* The pin is held while its owner and the child write. */
static void held(FIXTURE_DATA(test) * self, const struct pin_provider *by)
{
	struct memory *m = &self->m;
	struct pinned p;

	p = pinned_take(by, m->addr, m->len);
	pattern_check("parent, pinned memory", m->addr, m->len, 1);
	pinned_check(&p, "pinned for reading after fork", m->addr, 0, m->len, 2);
	tell(&self->child, child_reads, m);
	tell(&self->child, child_writes, m);
	pinned_check(&p, "after the child wrote", m->addr, 0, m->len, 3);
	child_end(&self->child);
	pinned_check(&p, "after the child ended", m->addr, 0, m->len, 4);
	pinned_release(&p);
}

MM_SCENARIO(held_by_readv)
{
	need_unsharing();
	held(self, &pin_readv);
}

/* No page of ZONE_MOVABLE can be the owner's copy: the child would have to give its own. */
static void need_pinnable(FIXTURE_DATA(test) * self)
{
	struct memblock b;

	if (self->m.kind == MEMORY_HUGETLB && memblock_find(self->before[0], &b) && b.movable)
		mm_skip("needs huge pages outside of ZONE_MOVABLE, found one in it; boot "
			"without movablecore=");
}

MM_SCENARIO(held_for_long)
{
	need_pinnable(self);
	held(self, &pin_gup_test_read);
}

MM_SCENARIO(held_for_long_fast)
{
	need_pinnable(self);
	held(self, &pin_gup_test_fast);
}

MM_MAIN
