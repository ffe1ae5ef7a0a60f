// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after a fork parent or child reads what the other wrote to
 * a private page of 1 GiB, or loses the page to the other.
 *
 * Mechanism: as for smaller HugeTLB pages, with entries one level higher: a
 * write copies the page unless nobody else maps it; the owner of the reservation
 * takes the page away from its children when there is none to copy to.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: basic copy-on-write in both directions, with free pages and without,
 * what a pipe holds, and the state of the pool after each step. Does not prove:
 * anything about bytes between the samples that stand for a page.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "child.h"
#include "gigantic.h"
#include "hugepage.h"
#include "pin.h"

#define OLD   1 /* seeds: before the fork, */
#define NEW   7 /* and written since */
#define CHUNK 4096

MM_PROGRAM(cow_leak, gigantic_cow, "copy-on-write of pages of 1 GiB");
MM_NEEDS("root: yes\ngigantic: 2\nseconds: 120\nharm: none\nprofile: full\n");

FIXTURE(test)
{
	struct hugepage_pool base;
	struct child child;
	char *page;
};
FIXTURE_VARIANT(test)
{
	bool file;
};
MM_KIND(private)
{ .file = false };
MM_KIND(private_file)
{ .file = true };

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

static void expect(const FIXTURE_DATA(test) * self, const char *step, long used)
{
	hugepage_pool_expect(step, GIGANTIC, self->base,
			     (struct hugepage_pool){ .free = -used });
}

/* A written page, and a child that has it too. */
static void fork_with_page(FIXTURE_DATA(test) * self, bool file)
{
	int fd = -1, flags = MAP_PRIVATE;

	self->base = hugepage_pool_read(GIGANTIC, -1);
	if (file) {
		fd = memfd_create("mmguard", MFD_CLOEXEC | hugepage_memfd_flags(GIGANTIC));
		if (fd < 0 || ftruncate(fd, GIGANTIC))
			mm_broken("memfd with a page of 1 GiB: %m");
	} else {
		flags |= MAP_ANONYMOUS | hugepage_map_flags(GIGANTIC);
	}
	self->page = mmap(NULL, GIGANTIC, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (self->page == MAP_FAILED)
		mm_broken("mmap of a page of 1 GiB: %m");
	if (fd >= 0)
		close(fd);
	gigantic_fill("parent before the fork", self->page, OLD);
	self->child = child_fork();
	expect(self, "after the fork", 1);
}

static void end_all(FIXTURE_DATA(test) * self, long used)
{
	child_end(&self->child);
	expect(self, "after the child's end", used);
	munmap(self->page, GIGANTIC);
	expect(self, "after munmap", 0);
}

static long check_old(void *arg)
{
	return gigantic_check("child, what it had at the fork", arg, OLD);
}

static long write_new(void *arg)
{
	return gigantic_fill("child", arg, NEW) &&
	       gigantic_check("child after its own write", arg, NEW);
}

static long write_byte(void *arg)
{
	return access_write(arg, NEW);
}

static long read_byte(void *arg)
{
	unsigned char byte;

	return access_read(arg, &byte);
}

MM_SCENARIO(parent_writes)
{
	fork_with_page(self, variant->file);
	gigantic_fill("parent", self->page, NEW);
	expect(self, "after the parent's write", 2);
	child_call(&self->child, check_old, self->page);
	gigantic_check("parent after its own write", self->page, NEW);
	end_all(self, 1);
}

MM_SCENARIO(child_writes)
{
	fork_with_page(self, variant->file);
	child_call(&self->child, write_new, self->page);
	expect(self, "after the child's write", 2);
	gigantic_check("parent after the child's write", self->page, OLD);
	end_all(self, 1);
}

MM_SCENARIO(parent_writes_after_childs_end)
{
	fork_with_page(self, variant->file);
	child_end(&self->child);
	gigantic_check("parent after the child's end", self->page, OLD);
	gigantic_fill("parent", self->page, NEW);
	expect(self, "after the parent's write", 1);
	end_all(self, 1);
}

MM_SCENARIO(owner_takes_page_from_child)
{
	size_t len;

	hugepage_pool_leave(GIGANTIC, 1, &len);
	fork_with_page(self, variant->file);
	if (!gigantic_fill("owner with no free page", self->page, NEW))
		return;
	expect(self, "after the owner's write", 1);
	mm_expect(child_call(&self->child, read_byte, self->page) == SIGBUS,
		  "1 GiB page: child whose page was taken: its read did not raise SIGBUS");
	mm_expect(child_call(&self->child, write_byte, self->page) == SIGBUS,
		  "1 GiB page: child whose page was taken: its write did not raise SIGBUS");
	gigantic_check("owner in the end", self->page, NEW);
	end_all(self, 1);
}

MM_SCENARIO(child_gets_no_page_of_owner)
{
	size_t len;

	hugepage_pool_leave(GIGANTIC, 1, &len);
	fork_with_page(self, variant->file);
	mm_expect(child_call(&self->child, write_byte, self->page) == SIGBUS,
		  "1 GiB page: child with no free page: its write did not raise SIGBUS");
	expect(self, "after the child's write", 1);
	child_call(&self->child, check_old, self->page);
	gigantic_check("owner after the child's write", self->page, OLD);
	end_all(self, 1);
}

/* Of the process that holds: the pipes with head and tail, and what was in them then. */
static struct pin held[2];
static char seen[2][CHUNK];

static long hold_and_unmap(void *arg)
{
	for (size_t i = 0; i < 2; i++) {
		char *at = (char *)arg + i * (GIGANTIC - CHUNK);

		memcpy(seen[i], at, CHUNK);
		held[i] = pin_take(&pin_vmsplice, at, CHUNK);
	}
	return munmap(arg, GIGANTIC);
}

static long look_into_pipes(void *arg)
{
	char now[CHUNK];

	(void)arg;
	for (size_t i = 0; i < 2; i++) {
		pin_read(&held[i], 0, now, CHUNK);
		mm_expect(!memcmp(now, seen[i], CHUNK),
			  "1 GiB page, %s: the pipe has what the other process wrote later",
			  i ? "tail" : "head");
	}
	return 0;
}

MM_SCENARIO(child_keeps_pipe)
{
	fork_with_page(self, variant->file);
	child_call(&self->child, hold_and_unmap, self->page);
	gigantic_fill("parent", self->page, NEW);
	child_call(&self->child, look_into_pipes, NULL);
}

MM_SCENARIO(parent_keeps_pipe)
{
	fork_with_page(self, variant->file);
	hold_and_unmap(self->page);
	child_call(&self->child, write_new, self->page);
	look_into_pipes(NULL);
}

MM_MAIN
