// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: Committed_AS grows with every MREMAP_DONTUNMAP until the
 * machine refuses to map memory; or memory that nobody has moved is no longer
 * watched by its userfaultfd, and reads as zeroes instead of its content.
 *
 * Mechanism: memory that was never touched merges with a neighbour where it
 * arrives. After MREMAP_DONTUNMAP that may be the source itself. Without
 * UFFD_FEATURE_EVENT_REMAP "the new VMA" is then unregistered, and the neighbour
 * with it. MREMAP_DONTUNMAP also accounts for a second mapping: munmap() gives
 * back what a VMA is marked for, so both VMAs need the mark.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: what is registered in both ranges, touching or apart, and that
 * Committed_AS returns (a leak is eight times the memory of the machine). Does not
 * prove: memory that is touched (remap_event, dontunmap).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "file.h"
#include "pagemap.h"
#include "region.h"
#include "thp.h"

#define FILL   0x5a
#define PAGES  16
#define ROUNDS 64

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

MM_PROGRAM(uffd_remap, neighbour,
	   "memory that merges with a neighbour where it arrives leaves that as it was");
MM_NEEDS("seconds: 60\nharm: none\n");

FIXTURE(test){};
FIXTURE_VARIANT(test)
{
	/* Where the copy goes, in lengths from the source. */
	int place;
};
MM_KIND(apart)
{ .place = 2 };
MM_KIND(right_above)
{ .place = 1 };
MM_KIND(right_below)
{ .place = -1 };

FIXTURE_SETUP(test)
{
}
FIXTURE_TEARDOWN(test)
{
}

static unsigned char *map_at(unsigned char *hint, size_t len)
{
	void *addr = mmap(hint, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (addr == MAP_FAILED)
		mm_skip("needs a mapping of %zu MiB that is never touched, found %m; set "
			"vm.overcommit_memory to 0 or 1",
			len >> 20);
	return addr;
}

/* A source in the middle of five places, with nothing around it. */
static unsigned char *map_source(size_t len)
{
	unsigned char *hole = aligned_hole(6 * len, page_size());

	return map_at(hole + 2 * len, len);
}

static unsigned char *copy_source(unsigned char *addr, size_t len, int place)
{
	unsigned char *to = addr + (ssize_t)len * place;
	void *got =
		mremap(addr, len, len, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to);

	if (got == MAP_FAILED && errno == EINVAL)
		mm_skip("needs MREMAP_DONTUNMAP, the kernel does not have it");
	if (got == MAP_FAILED && errno == ENOMEM)
		mm_skip("needs %zu MiB to be committed, found %m; set vm.overcommit_memory to "
			"0 "
			"or 1",
			len >> 20);
	if (got != to)
		mm_broken("mremap with MREMAP_DONTUNMAP: %m");
	return to;
}

/*
 * Other programs move Committed_AS too. A leak of one length in each round is
 * eight times the memory of the machine, far from anything that they do.
 */
MM_SCENARIO(committed_memory_returns)
{
	long total = file_field("/proc/meminfo", "MemTotal:"), before, after;
	size_t len = (size_t)total / 8 * 1024 & ~(page_size() - 1);

	if (total <= 0)
		mm_broken("/proc/meminfo: no MemTotal");
	before = file_field("/proc/meminfo", "Committed_AS:");
	for (int i = 0; i < ROUNDS; i++) {
		unsigned char *addr = map_source(len),
			      *to = copy_source(addr, len, variant->place);

		if (munmap(addr, len) || munmap(to, len))
			mm_broken("munmap: %m");
	}
	after = file_field("/proc/meminfo", "Committed_AS:");
	mm_expect(labs(after - before) < total,
		  "Committed_AS after %d rounds of %zu kB: expected %ld kB, found %ld kB",
		  ROUNDS, len >> 10, before, after);
}

MM_SCENARIO(source_stays_registered)
{
	size_t len = PAGES * page_size();
	struct uffd *u = uffd_open(0, page_size());
	unsigned char *addr = map_source(len), *to;

	u->fill = FILL;
	uffd_register(u, addr, len, UFFDIO_REGISTER_MODE_MISSING);
	to = copy_source(addr, len, variant->place);
	uffd_expect_none(u, "after the move");
	uffd_expect_read(u, "page of the source", addr + page_size(), FILL, true);
	uffd_expect_read(u, "page of the copy", to + page_size(), 0, false);
}

/* With the event both are registered, whether they are one VMA or two. */
MM_SCENARIO(both_stay_registered_with_the_event)
{
	size_t len = PAGES * page_size();
	struct uffd *u = uffd_open(UFFD_FEATURE_EVENT_REMAP, page_size());
	unsigned char *addr = map_source(len), *to;

	u->fill = FILL;
	uffd_register(u, addr, len, UFFDIO_REGISTER_MODE_MISSING);
	to = copy_source(addr, len, variant->place);
	uffd_expect_one(u, "after the move",
			(struct uffd_event){ UFFD_REMAP, uffd_addr(addr), uffd_addr(to), len });
	uffd_expect_read(u, "page of the source", addr + page_size(), FILL, true);
	uffd_expect_read(u, "page of the copy", to + page_size(), FILL, true);
}

/* The same for a plain move, to a place beside other registered memory. */
MM_SCENARIO(neighbour_of_a_move_stays_registered)
{
	size_t len = PAGES * page_size();
	struct uffd *u = uffd_open(0, page_size());
	unsigned char *hole = aligned_hole(9 * len, page_size());
	unsigned char *addr = map_at(hole + len, len), *neighbour = map_at(hole + 5 * len, len);
	unsigned char *to = neighbour + (ssize_t)len * variant->place;

	u->fill = FILL;
	uffd_register(u, addr, len, UFFDIO_REGISTER_MODE_MISSING);
	uffd_register(u, neighbour, len, UFFDIO_REGISTER_MODE_MISSING);
	if (mremap(addr, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		mm_broken("mremap: %m");
	uffd_expect_none(u, "after the move");
	uffd_expect_read(u, "page of the neighbour", neighbour + page_size(), FILL, true);
	uffd_expect_read(u, "page that has moved", to + page_size(), 0, false);
}

MM_MAIN
