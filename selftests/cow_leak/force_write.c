// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: somebody who may only read a file changes it.
 *
 * Mechanism: a debugger writes to read-only memory by ptrace() or /proc/PID/mem
 * (FOLL_FORCE). In a private mapping the write goes to a copy that is made for
 * it and mapped read-only. If the copy is not made, or is taken away between
 * the fault and the write and the kernel does not look again, the page cache of
 * the file is written.
 *
 * Introduced by: unknown. Fixed by: 19be0eaffa3a ("mm: remove gup_flags
 * FOLL_WRITE games from __get_user_pages()"), CVE-2016-5195.
 *
 * Proves: a forced write changes the mapping it was made to and neither the
 * file nor what another process maps; a shared mapping refuses it. The race
 * with MADV_DONTNEED is tried for a short time. Does not prove: the same for
 * file systems other than tmpfs and hugetlbfs.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "access.h"
#include "hugepage.h"
#include "pagemap.h"
#include "race.h"
#include "view.h"

#define PAGES 4
#define OLD   1 /* seeds: of the file, */
#define NEW   2 /* of what is forced */

MM_PROGRAM(cow_leak, force_write, "forced writes to a private mapping never reach the file");
MM_NEEDS("seconds: 60\nbudget: 0.15\nharm: none\n");

enum state { UNTOUCHED, READ, COPIED };

FIXTURE(test)
{
	struct memory memory;  /* private, read-only */
	int fd, mem;	       /* the file, /proc/self/mem */
	size_t at, n;	       /* the part that is written: crosses pages, starts in none */
	unsigned char *before; /* pattern OLD */
	unsigned char *after;  /* the same with the part in NEW */
	unsigned char *found;
};
FIXTURE_VARIANT(test)
{
	bool huge;
	enum state state;
};
MM_KIND(untouched)
{ .state = UNTOUCHED };
MM_KIND(read)
{ .state = READ };
MM_KIND(copied)
{ .state = COPIED };
MM_KIND(hugetlb_untouched)
{ .huge = true, .state = UNTOUCHED };
MM_KIND(hugetlb_copied)
{ .huge = true, .state = COPIED };

static void make_file(FIXTURE_DATA(test) * self, bool huge)
{
	struct memory *m = &self->memory;
	unsigned char *p;

	*m = (struct memory){ .kind = MEMORY_MEMFD, .page = page_size() };
	m->len = PAGES * m->page;
	if (huge) {
		m->kind = MEMORY_HUGETLB_FILE;
		m->len = m->page = hugepage_default_size();
		hugepage_pool_add(GUARD_CASE, m->page, -1, 3);
	}
	self->fd = memfd_create("mmguard", huge ? hugepage_memfd_flags(m->page) : 0);
	if (self->fd < 0 || ftruncate(self->fd, m->len))
		mm_broken("memfd of %zu bytes: %m", m->len);
	p = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes of a memfd: %m", m->len);
	pattern_fill(p, m->len, OLD);
	munmap(p, m->len);
}

static void map_read_only(FIXTURE_DATA(test) * self, enum state state)
{
	struct memory *m = &self->memory;

	m->addr = mmap(NULL, m->len, state == COPIED ? PROT_READ | PROT_WRITE : PROT_READ,
		       MAP_PRIVATE, self->fd, 0);
	if (m->addr == MAP_FAILED)
		mm_broken("mmap of a private read-only mapping: %m");
	if (state == COPIED)
		pattern_fill(m->addr, m->len, OLD);
	if (state == COPIED && mprotect(m->addr, m->len, PROT_READ))
		mm_broken("mprotect of %zu bytes: %m", m->len);
	if (state != UNTOUCHED)
		view_check("mapping before the write", m, OLD);
}

FIXTURE_SETUP(test)
{
	size_t len;

	make_file(self, variant->huge);
	map_read_only(self, variant->state);
	len = self->memory.len;
	self->at = page_size() / 2 + 8;
	self->n = 2 * page_size();
	self->before = malloc(len);
	self->after = malloc(len);
	self->found = malloc(len);
	self->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (!self->before || !self->after || !self->found || self->mem < 0)
		mm_broken("memory for %zu bytes, /proc/self/mem: %m", len);
	pattern_fill(self->before, len, OLD);
	pattern_fill(self->after, len, OLD);
	for (size_t i = self->at; i < self->at + self->n; i++)
		self->after[i] = pattern_byte(i, NEW);
}
FIXTURE_TEARDOWN(test)
{
}

static bool same(const char *what, const unsigned char *found, const unsigned char *want,
		 size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!mm_expect(found[i] == want[i], "%s: offset %#zx: expected %#x, found %#x",
			       what, i, want[i], found[i]))
			return false;
	return true;
}

static bool file_part_is_old(FIXTURE_DATA(test) * self, const char *what, size_t at, size_t len)
{
	size_t done = 0;
	ssize_t n = 1;

	for (; done < len && n > 0; done += n)
		n = pread(self->fd, self->found + done, len - done, at + done);
	if (n <= 0)
		mm_broken("reading the file at %zu: %m", at + done);
	return same(what, self->found, self->before + at, len);
}

static bool file_is_old(FIXTURE_DATA(test) * self, const char *what)
{
	return file_part_is_old(self, what, 0, self->memory.len);
}

/* Bytes written, or -errno. */
static ssize_t force(FIXTURE_DATA(test) * self, unsigned char *addr)
{
	ssize_t n = pwrite(self->mem, self->after + self->at, self->n,
			   (uintptr_t)(addr + self->at));

	return n < 0 ? -errno : n;
}

MM_SCENARIO(proc_mem)
{
	struct memory *m = &self->memory;
	struct child child = child_fork();
	ssize_t n = force(self, m->addr);

	file_is_old(self, "file after the write");
	if (n < 0) {
		view_check("mapping after the refused write", m, OLD);
		mm_skip("needs forced writes to such a mapping, the kernel refuses them (%s); "
			"boot with proc_mem.force_override=always",
			strerror(-n));
	}
	mm_expect(n == (ssize_t)self->n, "write to /proc/self/mem: expected %zu, found %zd",
		  self->n, n);
	same("mapping after the write", m->addr, self->after, m->len);
	view_check_in(&child, "child after the parent's write", m, OLD);
	/* What is written is the process's own: it goes away with it. */
	if (!madvise(m->addr, m->len, MADV_DONTNEED))
		view_check("mapping after MADV_DONTNEED", m, OLD);
	file_is_old(self, "file in the end");
}

static long view_after(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return same("child after the poke", self->memory.addr, self->after, self->memory.len);
}

/* Word by word into a stopped child; 0 or the error of the first word. */
static int poke(FIXTURE_DATA(test) * self, pid_t pid)
{
	int ret = 0, status;
	long word;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		mm_skip("needs ptrace(), found %s", strerror(errno));
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		mm_broken("ptrace: the child did not stop: %m");
	for (size_t i = self->at; i < self->at + self->n && !ret; i += sizeof(word)) {
		memcpy(&word, self->after + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, self->memory.addr + i, word))
			ret = errno;
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return ret;
}

MM_SCENARIO(ptrace_poke)
{
	struct memory *m = &self->memory;
	struct child child = child_fork();
	int ret = poke(self, child.pid);

	file_is_old(self, "file after the poke");
	view_check("parent after the poke", m, OLD);
	if (ret) {
		view_check_in(&child, "child after the refused poke", m, OLD);
		mm_skip("needs forced writes to such a mapping, the kernel refuses them (%s)",
			strerror(ret));
	}
	mm_expect(child_call(&child, view_after, self) == true,
		  "child: does not see what was poked into its mapping");
}

/* Nothing to copy to: a write that the mapping does not allow must be refused. */
MM_SCENARIO(shared_mapping_refuses)
{
	struct memory *m = &self->memory;
	unsigned char *p = mmap(NULL, m->len, PROT_READ, MAP_SHARED, self->fd, 0);
	ssize_t n;

	if (p == MAP_FAILED)
		mm_broken("mmap of a shared read-only mapping: %m");
	n = force(self, p);
	mm_expect(n < 0, "shared read-only mapping: %zd bytes were written, expected an error",
		  n);
	file_is_old(self, "file after the refused write");
	same("shared mapping", p, self->before, m->len);
	view_check("private mapping", m, OLD);
}

static void race_write(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	force(self, self->memory.addr);
}

static void race_discard(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	madvise(self->memory.addr, self->memory.len, MADV_DONTNEED);
}

static bool race_judge(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return file_part_is_old(self, "written part of the file after MADV_DONTNEED", self->at,
				self->n);
}

/*
 *	write to /proc/self/mem		MADV_DONTNEED
 *	fault makes a copy
 *					drops the copy
 *	looks for the page again
 *	must fault again, and not take the page of the file
 */
MM_SCENARIO(proc_mem_against_discard)
{
	struct race race = {
		.a = race_write, .b = race_discard, .judge = race_judge, .arg = self
	};
	struct race_power power;

	if (madvise(self->memory.addr, self->memory.len, MADV_DONTNEED))
		mm_skip("needs MADV_DONTNEED of such a mapping, found %s", strerror(errno));
	if (force(self, self->memory.addr) < 0)
		mm_skip("needs forced writes to such a mapping, the kernel refuses them; "
			"boot with proc_mem.force_override=always");
	power = race_run(&race);
	race_print(&power);
	file_is_old(self, "file in the end");
	race_need_overlap(&power);
}

MM_MAIN
