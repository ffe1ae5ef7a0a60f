// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: while one thread moves a HugeTLB mapping back and forth, another
 * one faults, punches holes, truncates, forks, pins or migrates, and a page is lost, used
 * twice, freed twice, or seen with the data of another.
 *
 * Mechanism: moves hold the locks of the mapping and of the file, faults one lock per page
 * of the file, holes both. What looks up a page or its table without the right one works
 * on a table that is gone, or takes a reservation that somebody else has just taken.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: nothing of that in the time given; how small a window would have been hit is
 * reported. After each round data and rights are right, at the end the counters are exact.
 * Does not prove: that there is no smaller window.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "access.h"
#include "hugemap.h"
#include "nodes.h"
#include "pagemap.h"
#include "pin.h"
#include "race.h"
#include "thp.h"

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, move_race, "moves against faults, holes, fork, pins and migration");
MM_NEEDS("root: yes\nhugepages: 9\ncpus: 2\nseconds: 120\nbudget: 0.2\nharm: "
	 "reserves\nprofile: full\n");

FIXTURE(test)
{
	size_t size, len;
	struct hugepage_pool base;
	struct hugemap m;
	char *places[2]; /* between which it moves */
	int at;		 /* the place where it is */
	bool good;
	struct race_power power;
	unsigned long touched; /* accesses of the other side that hit the mapping */
	int nodes[2], node;    /* the page migrates to nodes[node] next */
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared_file)
{ .memory = HUGEMAP_SHARED_FILE };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->len = PAGES * self->size;
	self->base = hugepage_pool_read(self->size, -1);
	self->places[0] = aligned_hole(4 * self->len, self->size);
	self->places[1] = self->places[0] + 2 * self->len;
	self->m = hugemap_make(variant->memory, PAGES, self->places[0]);
	/* Threads come later; nothing of theirs may lie at the other place. */
	if (mmap(self->places[1], self->len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) == MAP_FAILED)
		mm_broken("mmap: %m");
	hugemap_fill(self->m.addr, self->size, 0);
	self->good = true;
}
FIXTURE_TEARDOWN(test)
{
}

/* There and back within a round, so that both places are free of others at its end. */
static void move_twice(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (int i = 0; i < 2; i++) {
		self->good &= hugemap_move(self->places[self->at], self->len,
					   self->places[!self->at]);
		self->at = !self->at;
	}
}

static bool first_page_is_right(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	unsigned char byte;
	char *page = self->places[self->at];
	int sig = access_read(page + page_size(), &byte);

	return mm_expect(!sig && byte == pattern_byte(page_size(), 1),
			 "first page: signal %d, or other data than were written", sig) &&
	       self->good;
}

static void run(FIXTURE_DATA(test) * self, void (*other)(void *), void (*prepare)(void *))
{
	struct race race = { .prepare = prepare,
			     .a = move_twice,
			     .b = other,
			     .judge = first_page_is_right,
			     .arg = self };

	self->power = race_run(&race);
	race_print(&self->power);
	mm_note("%lu accesses hit the mapping", self->touched);
	hugemap_check("mapping after the race", self->places[self->at], self->size, 0);
}

static void end(FIXTURE_DATA(test) * self)
{
	munmap(self->places[self->at], self->len);
	if (self->m.fd >= 0)
		close(self->m.fd);
	hugepage_pool_expect("after the race and munmap", self->size, self->base,
			     (struct hugepage_pool){ 0 });
	race_need_overlap(&self->power);
}

/* Either the page is there, or nothing is: anything but SIGSEGV is wrong. */
static bool access_is_right(FIXTURE_DATA(test) * self, char *addr, bool write)
{
	unsigned char byte;
	int sig = write ? access_write(addr, 1) : access_read(addr, &byte);

	self->touched += !sig;
	return mm_expect(!sig || sig == SIGSEGV,
			 "page that is moved: signal %d, expected none or %d", sig, SIGSEGV);
}

static void fault(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (int i = 0; i < 2; i++)
		for (int page = 1; page < PAGES; page++)
			self->good &= access_is_right(self, self->places[i] + page * self->size,
						      page == 1);
}

static void discard(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	madvise(self->places[self->at] + self->size, (PAGES - 1) * self->size, MADV_DONTNEED);
}

static void fault_all(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (int page = 1; page < PAGES; page++)
		access_write(self->places[self->at] + page * self->size, 1);
}

MM_SCENARIO(faults)
{
	run(self, fault, discard);
	fault_all(self);
	hugepage_pool_expect("after faults", self->size, self->base,
			     (struct hugepage_pool){ .free = -PAGES });
	end(self);
}

static void discard_anywhere(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (int i = 0; i < 2; i++)
		madvise(self->places[i] + self->size, self->size, MADV_DONTNEED);
}

MM_SCENARIO(discarding)
{
	run(self, discard_anywhere, fault_all);
	end(self);
}

static void punch(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	self->good &= !fallocate(self->m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 self->size, (PAGES - 1) * self->size);
}

static void need_file(const FIXTURE_DATA(test) * self)
{
	if (self->m.fd < 0)
		mm_skip("needs a file, this kind has none");
}

static bool no_page_but_the_first(FIXTURE_DATA(test) * self, const char *what)
{
	return hugepage_pool_expect(what, self->size, self->base,
				    (struct hugepage_pool){ .free = -1 });
}

MM_SCENARIO(holes)
{
	need_file(self);
	run(self, punch, fault_all);
	punch(self);
	no_page_but_the_first(self, "after holes");
	end(self);
}

static void truncate_and_grow(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	self->good &= !ftruncate(self->m.fd, self->size) && !ftruncate(self->m.fd, self->len);
}

MM_SCENARIO(truncation)
{
	need_file(self);
	run(self, truncate_and_grow, fault_all);
	truncate_and_grow(self);
	no_page_but_the_first(self, "after truncation");
	end(self);
}

/* Of a process with two threads: the child has the mapping at one place, or at none. */
static void fork_and_look(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int found = 0;

		for (int i = 0; i < 2; i++) {
			unsigned char byte;
			int sig = access_read(self->places[i] + page_size(), &byte);

			found += !sig && byte == pattern_byte(page_size(), 1);
			if (!sig && byte != pattern_byte(page_size(), 1))
				_exit(2);
		}
		_exit(found == 1 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return;
	self->touched++;
	self->good &= mm_expect(WIFEXITED(status) && !WEXITSTATUS(status),
				"child: does not see the page once with its data, status %#x",
				status);
}

MM_SCENARIO(forks)
{
	run(self, fork_and_look, NULL);
	end(self);
}

static void read_by_pin(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	unsigned char buf[64];

	for (int i = 0; i < 2; i++) {
		if (pin_short(getpid(), self->places[i] + page_size(), buf, sizeof(buf)))
			continue;
		self->touched++;
		self->good &= mm_expect(buf[9] == pattern_byte(page_size() + 9, 1),
					"pinned while it moved: other data");
	}
}

MM_SCENARIO(short_pins)
{
	run(self, read_by_pin, NULL);
	end(self);
}

static void migrate(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (int i = 0; i < 2; i++)
		self->touched += nodes_move(self->places[i], self->size, self->size,
					    self->nodes[self->node]);
	self->node = !self->node;
}

MM_SCENARIO(migration)
{
	self->nodes[1] = node_of(self->places[0]);
	self->nodes[0] = node_other_than(self->nodes[1]);
	for (int i = 0; i < 2; i++)
		hugepage_pool_add(GUARD_CASE, self->size, self->nodes[i], 1);
	self->base.total += 2;
	self->base.free += 2;
	run(self, migrate, NULL);
	end(self);
}

MM_MAIN
