// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: each fork loses memory, or memory is charged to nobody or to
 * the wrong one: limits do not hold, the OOM killer looks at wrong numbers, a removed
 * control group never goes away.
 *
 * Mechanism: fork() takes a reference and a place in the counters for every page
 * that it makes common; a copy takes a new page and gives a reference back. An error
 * on one of these paths shows nowhere in the data.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: after fork, copies on both sides, and the end of all, nothing is charged
 * any more; copies are charged to who made them; resident and swapped memory of both
 * processes are right after each step. Objects are so large that one page in ten that
 * is lost shows. Does not prove: less than that; committed memory.
 */
#include "mmtest.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "access.h"
#include "file.h"
#include "memgroup.h"
#include "memory.h"
#include "pagemap.h"
#include "swap.h"
#include "tasks.h"
#include "thp.h"
#include "view.h"

#define SIZE	   (16UL << 20)
#define SWAP_BYTES (96UL << 20)
#define OLD	   1 /* seeds: before the fork, */
#define NEW	   2 /* and written since */

MM_PROGRAM(cow_leak, memory_returns,
	   "what fork and copies take is counted, charged and given back");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

enum kind { BASE, THP, PRIVATE_MEMFD, ZERO, SWAPPED };

FIXTURE(test)
{
	struct memory memory;
	struct swap swap;
	struct child child;
};
FIXTURE_VARIANT(test)
{
	enum kind kind;
};
MM_KIND(base)
{ .kind = BASE };
MM_KIND(thp)
{ .kind = THP };
MM_KIND(memfd)
{ .kind = PRIVATE_MEMFD };
MM_KIND(zero)
{ .kind = ZERO };
MM_KIND(swapped)
{ .kind = SWAPPED };

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

/* Mapped, but not touched. */
static struct memory map_memory(enum kind kind)
{
	struct memory m = { .kind = kind == THP ? MEMORY_THP : MEMORY_BASE,
			    .page = page_size(),
			    .len = SIZE };
	int fd = -1, flags = MAP_PRIVATE | (kind == PRIVATE_MEMFD ? 0 : MAP_ANONYMOUS);

	if (kind == THP)
		m.len = (SIZE + thp_size() - 1) & ~(thp_size() - 1);
	if (kind == PRIVATE_MEMFD) {
		m.kind = MEMORY_MEMFD;
		fd = memfd_create("mmguard", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, m.len))
			mm_broken("memfd of %zu bytes: %m", m.len);
	}
	m.addr = kind == THP ? thp_room(m.len / thp_size())
			     : mmap(NULL, m.len, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (m.addr == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", m.len);
	madvise(m.addr, m.len, kind == THP ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (fd >= 0)
		close(fd);
	return m;
}

/* What its name says, in place: written, read (zero pages), or written and swapped out. */
static void populate(FIXTURE_DATA(test) * self, enum kind kind)
{
	struct memory *m = &self->memory;
	unsigned char byte;

	if (kind == ZERO) {
		for (size_t off = 0; off < m->len; off += m->page)
			access_read(m->addr + off, &byte);
		return;
	}
	pattern_fill(m->addr, m->len, OLD);
	if (kind == THP && !thp_pmd_mapped(m->addr))
		mm_skip("needs free huge pages for THPs, the kernel gave base pages");
	if (kind == SWAPPED && !swap_out(m->addr, m->len))
		mm_skip("needs memory that can be paged out, it stayed in");
}

static void make(FIXTURE_DATA(test) * self, enum kind kind)
{
	if (kind == SWAPPED)
		self->swap = swap_on(SWAP_BYTES);
	self->memory = map_memory(kind);
	populate(self, kind);
}

static long write_all(void *arg)
{
	const struct memory *m = arg;

	pattern_fill(m->addr, m->len, NEW);
	return 0;
}

static long unmap_all(void *arg)
{
	const struct memory *m = arg;

	return munmap(m->addr, m->len) ? -errno : 0;
}

static void tell(struct child *c, child_fn *fn, const struct memory *m)
{
	if (child_call_copy(c, fn, m, sizeof(*m)))
		mm_broken("child: could not do what it was told");
}

struct errand {
	struct memgroup group;
	FIXTURE_DATA(test) * self;
	enum kind kind;
};

/* All in the group: memory, a child, writes on both sides; then the child ends. */
static long use_in_group(void *arg)
{
	struct errand *e = arg;
	int ret = memgroup_join(&e->group);

	if (ret)
		mm_skip("needs a task that may join a control group, found %s", strerror(-ret));
	e->self->memory = map_memory(e->kind);
	populate(e->self, e->kind);
	e->self->child = child_fork();
	tell(&e->self->child, write_all, &e->self->memory);
	write_all(&e->self->memory);
	child_end(&e->self->child);
	/* Once more, with copies that were made and pages that were taken over. */
	e->self->child = child_fork();
	write_all(&e->self->memory);
	child_end(&e->self->child);
	return 0;
}

MM_SCENARIO(nothing_stays_charged)
{
	struct errand e = { .group = memgroup_make("a"), .self = self, .kind = variant->kind };
	struct child owner;

	if (e.kind == SWAPPED)
		self->swap = swap_on(SWAP_BYTES);
	owner = child_fork();
	if (child_call(&owner, use_in_group, &e) == CHILD_DIED)
		return; /* it has said why */
	mm_expect(memgroup_usage(&e.group) >= (long)SIZE - memgroup_margin(),
		  "memory cgroup with the memory in use: expected at least %lu KiB, found %ld",
		  SIZE >> 10, memgroup_usage(&e.group) >> 10);
	child_end(&owner);
	memgroup_expect("after the end of all tasks", &e.group, 0);
	if (e.kind == SWAPPED)
		swap_off_expect("after the end of all tasks", &self->swap);
}

static long join(void *arg)
{
	return memgroup_join(arg);
}

/* The pages of the fork are the parent's, the copies are the child's. */
MM_SCENARIO(copies_are_charged_to_the_writer)
{
	struct memgroup group = memgroup_make("b");
	struct memory *m = &self->memory;
	long before;

	make(self, variant->kind);
	self->child = child_fork();
	if (child_call_copy(&self->child, join, &group, sizeof(group)))
		mm_skip("needs a task that may join a control group");
	before = memgroup_usage(&group);
	tell(&self->child, write_all, m);
	memgroup_expect("of the child after it wrote everything", &group, before + m->len);
	view_check_in(&self->child, "child after it wrote", m, NEW);
	tell(&self->child, unmap_all, m);
	memgroup_expect("of the child after munmap", &group, before);
	child_end(&self->child);
	memgroup_expect("after the child's end", &group, 0);
}

struct resident {
	long anon, swap; /* KiB */
};

static struct resident resident_of(pid_t pid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return (struct resident){ file_field(path, "RssAnon:"), file_field(path, "VmSwap:") };
}

/* Counters are kept per task or per CPU and added up now and then: 64 pages each. */
static void resident_is(const char *step, pid_t pid, struct resident base, long anon, long swap)
{
	long margin = 64 * (page_size() >> 10) * sysconf(_SC_NPROCESSORS_ONLN) + 512;
	double end = seconds_now() + mm_slow();
	struct resident now;
	bool good;

	do {
		now = resident_of(pid);
		good = labs(now.anon - base.anon - anon) <= margin &&
		       labs(now.swap - base.swap - swap) <= margin;
	} while (!good && seconds_now() < end);
	mm_expect(good,
		  "%s: expected %ld KiB resident and %ld KiB swapped out, give or take %ld, "
		  "found "
		  "%ld and %ld",
		  step, base.anon + anon, base.swap + swap, margin, now.anon, now.swap);
}

MM_SCENARIO(resident_memory_is_counted)
{
	struct resident base = resident_of(getpid());
	struct memory *m = &self->memory;
	long size, anon, swap;

	make(self, variant->kind);
	size = m->len >> 10;
	swap = variant->kind == SWAPPED ? size : 0;
	anon = variant->kind == SWAPPED || variant->kind == ZERO ? 0 : size;
	/* A kernel without zero pages maps others for a read. */
	if (variant->kind == ZERO && resident_of(getpid()).anon - base.anon > size / 2)
		anon = size;
	resident_is("parent before the fork", getpid(), base, anon, swap);
	self->child = child_fork();
	resident_is("child after the fork", self->child.pid, base, anon, swap);
	tell(&self->child, write_all, m);
	resident_is("child after it wrote", self->child.pid, base, size, 0);
	resident_is("parent after the child wrote", getpid(), base, anon, swap);
	write_all(m);
	resident_is("parent after it wrote", getpid(), base, size, 0);
	tell(&self->child, unmap_all, m);
	resident_is("child after munmap", self->child.pid, base, 0, 0);
	unmap_all(m);
	resident_is("parent after munmap", getpid(), base, 0, 0);
}

MM_MAIN
