// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: what the kernel writes into the memory of one process (a
 * read(2), a debugger, DMA) arrives in another one that forked from it, or gets
 * lost.
 *
 * Mechanism: such writes do not all go through a page fault of the process. Those
 * that look the page up by themselves (GUP, slow or fast, with or without
 * FOLL_FORCE) must refuse an entry that is not writable and break the sharing as
 * a fault would do.
 *
 * Introduced by: unknown. Fixed by: unknown; 17839856fd58 ("gup: document and work
 * around "COW can break either way" issue") is about the same look-up for reading.
 *
 * Proves: for every way to write that needs no device, into the parent's and into
 * the child's memory: who was written to sees it, the other one has the bytes of
 * the fork, the whole object each time. Does not prove: writes by a real device.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "access.h"
#include "file.h"
#include "memory.h"
#include "pagemap.h"
#include "pin.h"
#include "pinned.h"
#include "view.h"

#define OLD 1 /* seeds: at the fork, */
#define NEW 2 /* what is written */

MM_PROGRAM(cow_leak, writers, "what the kernel writes after fork reaches one process only");
MM_NEEDS("root: yes\nseconds: 90\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
	unsigned char *data; /* what is to be written, pattern NEW */
	int file;	     /* the same in a file */
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MEMORY_KINDS_ANON;
MEMORY_KINDS_THP_PARTS;
MEMORY_KINDS_SWAPPED;
MEMORY_KINDS_KSM;
MEMORY_KINDS_FILE;
MEMORY_KINDS_HUGETLB;
MM_KIND(mthp_64k)
{ .memory = MEMORY_MTHP_64K };

static void fill_file(FIXTURE_DATA(test) * self, int fd)
{
	if (pwrite(fd, self->data, self->memory.len, 0) != (ssize_t)self->memory.len)
		mm_broken("file of %zu bytes: %m", self->memory.len);
	self->file = fd;
}

FIXTURE_SETUP(test)
{
	struct memory *m = &self->memory;

	*m = memory_make(variant->memory, OLD);
	self->data =
		mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (self->data == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %m", m->len);
	pattern_fill(self->data, m->len, NEW);
	fill_file(self, memfd_create("mmguard", MFD_CLOEXEC));
	self->child = child_fork();
}
FIXTURE_TEARDOWN(test)
{
}

static void parent_was_written(FIXTURE_DATA(test) * self)
{
	view_check("parent after the write to it", &self->memory, NEW);
	view_check_in(&self->child, "child after the write to the parent", &self->memory, OLD);
}

static void child_was_written(FIXTURE_DATA(test) * self)
{
	view_check("parent after the write to the child", &self->memory, OLD);
	view_check_in(&self->child, "child after the write to it", &self->memory, NEW);
}

/* What a writer did not do, in one line: it gave @n in place of all bytes. */
static bool wrote_all(FIXTURE_DATA(test) * self, const char *by, ssize_t n)
{
	return mm_expect(n == (ssize_t)self->memory.len,
			 "%s to %s: expected %zu, found %zd (%m)", by,
			 memory_name(self->memory.kind), self->memory.len, n);
}

static long read_file(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	return wrote_all(self, "pread",
			 pread(self->file, self->memory.addr, self->memory.len, 0));
}

MM_SCENARIO(read_into_parent)
{
	if (read_file(self))
		parent_was_written(self);
}

MM_SCENARIO(read_into_child)
{
	if (child_call(&self->child, read_file, self) == true)
		child_was_written(self);
}

static bool vm_write(FIXTURE_DATA(test) * self, pid_t pid)
{
	struct iovec from = { self->data, self->memory.len };
	struct iovec to = { self->memory.addr, self->memory.len };
	ssize_t n = process_vm_writev(pid, &from, 1, &to, 1, 0);

	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		mm_skip("needs process_vm_writev(), found %m");
	return wrote_all(self, "process_vm_writev", n);
}

MM_SCENARIO(vm_writev_to_parent)
{
	if (vm_write(self, getpid()))
		parent_was_written(self);
}

MM_SCENARIO(vm_writev_to_child)
{
	if (vm_write(self, self->child.pid))
		child_was_written(self);
}

/* /proc/PID/mem looks up page by page and writes with FOLL_FORCE, also where it may write. */
static bool mem_write(FIXTURE_DATA(test) * self, pid_t pid)
{
	size_t len = self->memory.len, done = 0;
	ssize_t n = 1;
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	for (; fd >= 0 && done < len && n > 0; done += n)
		n = pwrite(fd, self->data + done, len - done,
			   (uintptr_t)self->memory.addr + done);
	if (fd < 0 || n < 0)
		mm_skip("needs forced writes to %s, found %m; boot with "
			"proc_mem.force_override=always",
			path);
	close(fd);
	return wrote_all(self, "/proc/PID/mem", done);
}

MM_SCENARIO(proc_mem_of_parent)
{
	if (mem_write(self, getpid()))
		parent_was_written(self);
}

MM_SCENARIO(proc_mem_of_child)
{
	if (mem_write(self, self->child.pid))
		child_was_written(self);
}

/* A word of each page: the first, in the middle, or the last. */
static size_t word_at(const struct memory *m, size_t page)
{
	size_t places[] = { 0, m->page / 2, m->page - sizeof(long) };

	return page * m->page + places[page % 3];
}

static void poke_all(FIXTURE_DATA(test) * self)
{
	struct memory *m = &self->memory;
	long word;

	for (size_t i = 0; i < m->len / m->page; i++) {
		memcpy(&word, self->data + word_at(m, i), sizeof(word));
		if (!mm_expect(!ptrace(PTRACE_POKEDATA, self->child.pid,
				       m->addr + word_at(m, i), word),
			       "%s: poke of page %zu: %m", memory_name(m->kind), i))
			return;
	}
}

/* The poked words are NEW, all others are OLD. */
static long poked_words(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	long word;

	for (size_t i = 0; i < m->len / m->page; i++) {
		size_t at = word_at(m, i);

		memcpy(&word, m->addr + at, sizeof(word));
		if (!mm_expect(!memcmp(&word, self->data + at, sizeof(word)),
			       "child: page %zu does not have the word that was poked", i))
			return false;
		for (size_t b = 0; b < sizeof(word); b++)
			m->addr[at + b] = pattern_byte(at + b, OLD);
	}
	return view_check("child, around the poked words", m, OLD);
}

MM_SCENARIO(ptrace_of_child)
{
	pid_t pid = self->child.pid;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		mm_skip("needs ptrace(), found %m");
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		mm_broken("ptrace: the child did not stop: %m");
	poke_all(self);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	view_check("parent after the child was poked", &self->memory, OLD);
	mm_expect(child_call(&self->child, poked_words, self) == true,
		  "child: does not see what was poked");
}

/* Pinned for writing: the pin has to be on a page that this process has alone. */
static long fixed_read(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	struct pin pin = pin_take(&pin_io_uring, m->addr, m->len);

	pin_write(&pin, 0, self->data, m->len);
	pin_release(&pin);
	return true;
}

static void needs_uring_pin(FIXTURE_DATA(test) * self)
{
	if (self->memory.page > page_size() &&
	    pinned_provider(self->memory.addr) != &pin_io_uring)
		mm_skip("needs a HugeTLB page outside ZONE_MOVABLE for a pin for writing; boot "
			"without movablecore=");
}

MM_SCENARIO(io_uring_into_parent)
{
	needs_uring_pin(self);
	if (fixed_read(self))
		parent_was_written(self);
}

MM_SCENARIO(io_uring_into_child)
{
	needs_uring_pin(self);
	if (child_call(&self->child, fixed_read, self) == true)
		child_was_written(self);
}

/* Past the page cache: GUP-fast for writing, then the disk's DMA. */
static void open_direct(FIXTURE_DATA(test) * self)
{
	int fd = file_on_disk();
	char path[40];

	fill_file(self, fd);
	if (fsync(fd))
		mm_broken("fsync: %m");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	self->file = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (self->file < 0)
		mm_skip("needs a file system with O_DIRECT, found %m");
	child_end(&self->child);
	self->child = child_fork();
}

MM_SCENARIO(direct_read_into_parent)
{
	open_direct(self);
	if (read_file(self))
		parent_was_written(self);
}

MM_SCENARIO(direct_read_into_child)
{
	open_direct(self);
	if (child_call(&self->child, read_file, self) == true)
		child_was_written(self);
}

MM_MAIN
