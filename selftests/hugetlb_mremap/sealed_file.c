// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a HugeTLB memfd that was sealed shrinks, grows, loses pages or is
 * written all the same, or a call that the seal refuses leaves the pool changed.
 *
 * Mechanism: hugetlbfs has its own truncate, fallocate and mmap, each of which has to ask
 * for the seals before it takes a page or a reservation.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: each call that a seal refuses fails with EPERM and changes no counter, and what
 * is allowed still works. Does not prove: seals on other memory.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "hugefile.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

MM_PROGRAM(hugetlb_mremap, sealed_file, "a sealed file refuses without side effects");
MM_NEEDS("root: yes\nhugepages: 3\nseconds: 60\nharm: reserves\n");

MM_NO_KINDS

/* Two pages, the first of them in use with its pattern. */
static struct hugefile make(int seals)
{
	struct hugefile f = { .size = hugepage_default_size() };
	char *at;

	if (!f.size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	f.base = hugepage_pool_read(f.size, -1);
	f.fd = memfd_create("mmguard",
			    MFD_CLOEXEC | MFD_ALLOW_SEALING | hugepage_memfd_flags(f.size));
	if (f.fd < 0 || ftruncate(f.fd, 2 * f.size))
		mm_broken("memfd of two huge pages: %m");
	at = hugefile_map(&f, 0, 1, MAP_SHARED);
	hugefile_touch(&f, at, 0, 0);
	munmap(at, f.size);
	if (fcntl(f.fd, F_ADD_SEALS, seals))
		mm_broken("memfd: seals %#x: %m", seals);
	return f;
}

static void refused(const struct hugefile *f, const char *what, bool failed)
{
	mm_expect(failed && errno == EPERM, "%s: expected EPERM, found %s", what,
		  failed ? strerror(errno) : "success");
	hugefile_expect(f, what, 1, 1, 0);
}

static bool cannot_map(const struct hugefile *f, int prot)
{
	return mmap(NULL, 2 * f->size, prot, MAP_SHARED, f->fd, 0) == MAP_FAILED;
}

static void end(const struct hugefile *f)
{
	char *at = hugefile_map(f, 0, 1, MAP_PRIVATE);

	hugefile_check(f, "sealed file", at, 0, 0);
	munmap(at, f->size);
	hugefile_end(f);
}

MM_SCENARIO(size)
{
	struct hugefile f = make(F_SEAL_SHRINK | F_SEAL_GROW);
	char *at;

	refused(&f, "shrinking", ftruncate(f.fd, f.size));
	refused(&f, "growing", ftruncate(f.fd, 3 * f.size));
	refused(&f, "preallocation behind the end", fallocate(f.fd, 0, 2 * f.size, f.size));
	at = hugefile_map(&f, 0, 2, MAP_SHARED);
	hugefile_expect(&f, "with a mapping", 1, 1, 1);
	hugefile_touch(&f, at, 0, 1);
	hugefile_expect(&f, "after a page was touched", 2, 2, 0);
	hugefile_punch(&f, f.size, f.size);
	hugefile_expect(&f, "after it was punched", 1, 1, 0);
	munmap(at, 2 * f.size);
	end(&f);
}

MM_SCENARIO(writing)
{
	struct hugefile f = make(F_SEAL_WRITE);

	refused(&f, "writable mmap", cannot_map(&f, PROT_READ | PROT_WRITE));
	refused(&f, "hole",
		fallocate(f.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, f.size));
	end(&f);
}

/* A mapping of before may go on writing. */
MM_SCENARIO(future_writing)
{
	struct hugefile f = make(0);
	char *at = hugefile_map(&f, 0, 1, MAP_SHARED);

	if (fcntl(f.fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE))
		mm_skip("needs F_SEAL_FUTURE_WRITE for HugeTLB files, found %m");
	refused(&f, "writable mmap", cannot_map(&f, PROT_READ | PROT_WRITE));
	refused(&f, "hole",
		fallocate(f.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, f.size));
	hugefile_touch(&f, at, 0, 0);
	munmap(at, f.size);
	end(&f);
}

MM_MAIN
