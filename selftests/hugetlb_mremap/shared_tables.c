// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: one process protects, unmaps or ends, and another that maps the
 * same HugeTLB file loses pages, its right to write, or the protection it asked for; or
 * a process that may only read can write.
 *
 * Mechanism: processes that map the same aligned range of a HugeTLB file, as much as a
 * page table of huge pages covers, share that table. Only mappings with the same rights,
 * the same place in the file and the whole range may share; and whoever changes an entry
 * for itself alone has to leave the table first. A table counts its users.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: with a table that is shared by three processes, each change of one is its own
 * or everybody's, as the call is defined; all data is there in each order of ends.
 * Does not prove: moves (shared_move, shared_move_family), races with GUP-fast.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "access.h"
#include "sharedtable.h"

MM_PROGRAM(hugetlb_mremap, shared_tables, "sharing a page table shows nowhere");
MM_NEEDS("root: yes\nseconds: 60\nharm: reserves\n");

MM_NO_KINDS

#define EVERYBODY 7U
#define CHILDREN  6U

/* The TLB of this CPU has the entry, writable: what is taken away must be flushed. */
static void heat(struct sharedtable *t)
{
	for (int i = 0; i < SHAREDTABLE_PAGES; i++)
		mm_expect(!sharedtable_write(t, 0, t->pages[i], i + 1),
			  "page %d: writing to it raised a signal", i);
}

static void end_children(struct sharedtable *t)
{
	for (int i = 0; i < SHAREDTABLE_CHILDREN; i++)
		child_end(&t->children[i]);
}

static void end(struct sharedtable *t)
{
	end_children(t);
	munmap(t->addr, t->table);
	close(t->fd);
	sharedtable_expect(t, "after the end of the file", 0);
}

/* Processes end one after the other; those left see everything. */
static void ends_in_order(const int *order)
{
	unsigned int left = EVERYBODY;
	struct sharedtable t;

	sharedtable_make(&t);
	for (int i = 0; i < 3; i++) {
		for (int who = 0; who < 3; who++)
			if (left >> who & 1)
				sharedtable_sees(&t, "in turn", who, t.addr, left);
		sharedtable_expect(&t, "with processes ending", SHAREDTABLE_PAGES);
		left &= ~(1U << order[i]);
		if (order[i])
			child_end(sharedtable_member(&t, order[i]));
		else
			munmap(t.addr, t.table);
	}
	close(t.fd);
	sharedtable_expect(&t, "after the end of the file", 0);
}

MM_SCENARIO(last_to_share_ends_first)
{
	ends_in_order((int[]){ 0, 1, 2 });
}

MM_SCENARIO(owner_of_the_table_ends_first)
{
	ends_in_order((int[]){ 2, 1, 0 });
}

MM_SCENARIO(process_between_ends_first)
{
	ends_in_order((int[]){ 1, 0, 2 });
}

/* All of a range, then a page of it: only this process loses the right to write. */
MM_SCENARIO(protection_is_ones_own)
{
	struct sharedtable t;

	sharedtable_make(&t);
	heat(&t);
	if (mprotect(t.addr, t.table, PROT_READ))
		mm_broken("mprotect of all: %m");
	mm_expect(sharedtable_write(&t, 0, t.pages[1], 9) == -SIGSEGV,
		  "protected page: writing to it did not raise SIGSEGV");
	sharedtable_sees(&t, "with another process protected", 1, t.addr, EVERYBODY);
	if (mprotect(t.addr, t.table, PROT_READ | PROT_WRITE))
		mm_broken("mprotect of all: %m");
	sharedtable_sees(&t, "after protection was lifted", 0, t.addr, EVERYBODY);
	end(&t);
}

MM_SCENARIO(protection_of_a_page_is_ones_own)
{
	struct sharedtable t;

	sharedtable_make(&t);
	heat(&t);
	if (mprotect(t.pages[1], t.size, PROT_READ))
		mm_broken("mprotect of a page: %m");
	mm_expect(sharedtable_write(&t, 0, t.pages[1], 9) == -SIGSEGV,
		  "protected page: writing to it did not raise SIGSEGV");
	sharedtable_sees(&t, "with a page of another protected", 2, t.addr, EVERYBODY);
	mm_expect(!sharedtable_write(&t, 0, t.pages[2], 9) &&
			  sharedtable_read(&t, 1, t.pages[2]) == 9,
		  "page beside the protected one: not written, or not seen");
	end(&t);
}

MM_SCENARIO(unmapping_is_ones_own)
{
	struct sharedtable t;

	sharedtable_make(&t);
	heat(&t);
	munmap(t.pages[1], t.size);
	mm_expect(sharedtable_read(&t, 0, t.pages[1]) == -SIGSEGV,
		  "unmapped page: reading it did not raise SIGSEGV");
	sharedtable_sees(&t, "with a page of another unmapped", 1, t.addr, CHILDREN);
	mm_expect(sharedtable_read(&t, 0, t.pages[2]) == 34,
		  "page behind the unmapped one: not what a child wrote");
	mm_expect(!sharedtable_write(&t, 0, t.pages[2], 9),
		  "page behind the unmapped one: writing to it raised a signal");
	munmap(t.addr, t.table);
	mm_expect(sharedtable_write(&t, 0, t.pages[2], 9) == -SIGSEGV,
		  "page after munmap of all: writing to it did not raise SIGSEGV");
	sharedtable_sees(&t, "with all of another unmapped", 2, t.addr, CHILDREN);
	sharedtable_expect(&t, "with all of a process unmapped", SHAREDTABLE_PAGES);
	end(&t);
}

MM_SCENARIO(discarding_loses_no_data)
{
	struct sharedtable t;

	sharedtable_make(&t);
	if (madvise(t.pages[1], t.size, MADV_DONTNEED))
		mm_skip("needs MADV_DONTNEED of HugeTLB pages, found %m");
	sharedtable_sees(&t, "after one process discarded a page", 1, t.addr, EVERYBODY);
	sharedtable_expect(&t, "after a page was discarded", SHAREDTABLE_PAGES);
	end(&t);
}

MM_SCENARIO(hole_is_everybodys)
{
	struct sharedtable t;

	sharedtable_make(&t);
	heat(&t);
	if (fallocate(t.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, t.pages[1] - t.addr,
		      t.size))
		mm_fail("fallocate, a hole of a page: %m");
	sharedtable_expect(&t, "after a page was punched", SHAREDTABLE_PAGES - 1);
	for (int who = 0; who <= SHAREDTABLE_CHILDREN; who++)
		mm_expect(sharedtable_read(&t, who, t.pages[1]) == 0 &&
				  sharedtable_read(&t, who, t.pages[2]) == 3,
			  "process %d: sees a punched page, or not the one behind", who);
	sharedtable_sees(&t, "after a page was punched", 2, t.addr, EVERYBODY);
	if (ftruncate(t.fd, t.table / 2))
		mm_fail("ftruncate to half a table: %m");
	for (int who = 0; who <= SHAREDTABLE_CHILDREN; who++)
		mm_expect(sharedtable_read(&t, who, t.pages[1]) == -SIGBUS &&
				  sharedtable_read(&t, who, t.pages[0]) == 48,
			  "process %d: sees a page beyond the end, or not the first", who);
	sharedtable_expect(&t, "after truncation", 1);
	end(&t);
}

struct other_map {
	char *at;
	size_t len;
	int prot, fd;
	long offset;
};

static long map_otherwise(void *arg)
{
	struct other_map *o = arg;

	return mmap(o->at, o->len, o->prot, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, o->fd,
		    o->offset) == o->at
		       ? 0
		       : errno;
}

/* Maps the file once more in the first child. */
static void map_in_child(struct sharedtable *t, struct other_map o)
{
	if (child_call_copy(&t->children[0], map_otherwise, &o, sizeof(o)))
		mm_broken("child: mapping the file again failed");
}

/* Touched first by the one that may only read, or by one that may write. */
MM_SCENARIO(read_only_mapping_stays_so)
{
	struct sharedtable t;

	sharedtable_make(&t);
	map_in_child(&t, (struct other_map){ t.window, t.table, PROT_READ, t.fd, 0 });
	for (int i = 0; i < SHAREDTABLE_PAGES; i++) {
		char *page = t.window + (t.pages[i] - t.addr);

		mm_expect(sharedtable_read(&t, 1, page) == i + 1,
			  "page %d of a read-only mapping: other data", i);
		mm_expect(sharedtable_write(&t, 1, page, 9) == -SIGSEGV,
			  "page %d of a read-only mapping: writing did not raise SIGSEGV", i);
	}
	sharedtable_sees(&t, "with a read-only mapping too", 1, t.addr, EVERYBODY);
	end(&t);
}

/* Of the same size and alignment, but the second half of the file. */
MM_SCENARIO(other_part_of_the_file_is_not_shared)
{
	struct sharedtable t;

	sharedtable_make(&t);
	map_in_child(&t, (struct other_map){ t.window, t.table, PROT_READ | PROT_WRITE, t.fd,
					     t.table });
	mm_expect(sharedtable_read(&t, 1, t.window) == 0,
		  "first page of the other part: not zero");
	mm_expect(!sharedtable_write(&t, 1, t.window, 99),
		  "other part: writing raised a signal");
	mm_expect(sharedtable_read(&t, 0, t.addr) == 1, "first page: the other part's data");
	sharedtable_sees(&t, "with another part mapped", 0, t.addr, EVERYBODY);
	mm_expect(sharedtable_read(&t, 1, t.window) == 99, "other part: the first part's data");
	sharedtable_expect(&t, "with a page of the other part", SHAREDTABLE_PAGES + 1);
	end(&t);
}

/* Half of the range, and all of it off by a page: cannot share, and need not be seen. */
MM_SCENARIO(other_places_see_the_same)
{
	struct sharedtable t;

	sharedtable_make(&t);
	map_in_child(&t, (struct other_map){ t.window, t.table / 2, PROT_READ | PROT_WRITE,
					     t.fd, 0 });
	mm_expect(sharedtable_read(&t, 1, t.window) == 1, "first page of a half: other data");
	mm_expect(sharedtable_read(&t, 1, t.window + t.table / 2) == -SIGSEGV,
		  "address behind a half: reading it did not raise SIGSEGV");
	map_in_child(&t, (struct other_map){ t.window + t.size, t.table, PROT_READ | PROT_WRITE,
					     t.fd, 0 });
	sharedtable_sees(&t, "at an address off by a page", 1, t.window + t.size, EVERYBODY);
	sharedtable_sees(&t, "with such a mapping", 2, t.addr, EVERYBODY);
	end(&t);
}

MM_MAIN
