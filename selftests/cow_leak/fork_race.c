// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a write, a pin or a secret gets to the wrong side, or is
 * lost, because it came while another thread forked or copied.
 *
 * Mechanism: fork() write-protects entries one by one; GUP-fast looks at entries
 * without a lock meanwhile and must notice. A copy is made without a lock: who else
 * copies the page, or gives up his part of it, must be noticed as well.
 *
 * Introduced by: unknown. Fixed by: 57efa1fe5957 ("mm/gup: prevent gup_fast from
 * racing with COW during fork") for the pin.
 *
 * Proves: a pin, a pipe and both of two writers come out right whatever the timing.
 * Does not prove: windows smaller than those that are printed.
 */
#include "mmtest.h"

#include <stdint.h>
#include <sys/mman.h>

#include "access.h"
#include "held.h"
#include "memory.h"
#include "pin.h"
#include "pinned.h"
#include "race.h"
#include "view.h"

#define OLD 1 /* seeds: at the fork, */
#define NEW 2 /* and written since */

#define PLACES 16 /* of the object that are looked at */

MM_PROGRAM(cow_leak, fork_race, "fork, writers, pins and pipes race and come out right");
MM_NEEDS("root: yes\ncpus: 2\nseconds: 90\nbudget: 0.1\nharm: none\nprofile: full\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
	struct pin pin;
	struct held *held;
	int pinned; /* of pin_try() */
};
FIXTURE_VARIANT(test)
{
	enum memory_kind memory;
};
MM_KIND(base)
{ .memory = MEMORY_BASE };
MM_KIND(thp)
{ .memory = MEMORY_THP };
MM_KIND(thp_pte)
{ .memory = MEMORY_THP_PTE };
MM_KIND(memfd)
{ .memory = MEMORY_MEMFD };
MM_KIND(hugetlb)
{ .memory = MEMORY_HUGETLB };

FIXTURE_SETUP(test)
{
	self->memory = memory_make(variant->memory, OLD);
}
FIXTURE_TEARDOWN(test)
{
}

static void run_race(struct race race)
{
	struct race_power power = race_run(&race);

	race_print(&power);
	race_need_overlap(&power);
}

static void do_fork(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	self->child = child_fork();
}

static void do_pin(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;

	self->pinned = pin_try(&self->pin, &pin_io_uring, m->addr, m->len);
}

/* The pin is with the parent, the child has what was there at the fork. */
static bool judge_pin(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	static unsigned char data[4096];
	bool good;

	if (self->pinned)
		mm_skip("needs %s, found %s", pin_io_uring.name, strerror(-self->pinned));
	good = view_check_in(&self->child, "child after the fork", m, OLD) &&
	       view_write("parent after it wrote", m, NEW);
	for (size_t off = 0; good && off < m->len; off += m->len / PLACES) {
		unsigned char want = pattern_byte(off, NEW);

		pin_read(&self->pin, off, data, 1);
		good = mm_expect(data[0] == want,
				 "pin: offset %#zx: the parent wrote %#x, the pin reads %#x",
				 off, want, data[0]);
	}
	good = view_check_in(&self->child, "child after the parent wrote", m, OLD) && good;
	child_end(&self->child);
	pin_release(&self->pin);
	pattern_fill(m->addr, m->len, OLD);
	return good;
}

MM_SCENARIO(pin_against_fork)
{
	struct memory *m = &self->memory;

	if (m->kind == MEMORY_HUGETLB && pinned_provider(m->addr) != &pin_io_uring)
		mm_skip("needs a HugeTLB page outside ZONE_MOVABLE for a pin for writing; boot "
			"without movablecore=");
	run_race((struct race){ .a = do_fork, .b = do_pin, .judge = judge_pin, .arg = self });
}

/* The child of each round has the pages of before. */
static void fork_again(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	pattern_fill(self->memory.addr, self->memory.len, OLD);
	self->child = child_fork();
}

static void write_all(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	pattern_fill(self->memory.addr, self->memory.len, NEW);
}

static void child_gives_to_pipe(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	/* HugeTLB pages that only a pipe holds are written by design. */
	self->held = held_take_in(&self->child, &pin_vmsplice, &self->memory,
				  self->memory.kind == MEMORY_HUGETLB ? HELD_KEEP : HELD_UNMAP);
}

static bool judge_pipe(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	bool good = view_check("parent after it wrote", &self->memory, NEW) &&
		    held_check_in(&self->child, self->held, OLD);

	child_end(&self->child);
	return good;
}

/* Whenever the child splices, it has never had anything but the bytes of the fork. */
MM_SCENARIO(pipe_against_write)
{
	run_race((struct race){ .prepare = fork_again,
				.a = write_all,
				.b = child_gives_to_pipe,
				.judge = judge_pipe,
				.arg = self });
}

static void write_words(FIXTURE_DATA(test) * self, size_t at)
{
	struct memory *m = &self->memory;

	for (size_t off = 0; off < m->len; off += m->len / PLACES)
		*(volatile uint64_t *)(m->addr + off + at) = off + at;
}

static void write_first_words(void *arg)
{
	write_words(arg, 0);
}

static void write_second_words(void *arg)
{
	write_words(arg, 8);
}

static bool judge_words(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	bool good = true;

	for (size_t off = 0; good && off < m->len; off += m->len / PLACES)
		for (size_t at = off; good && at < off + 16; at += 8)
			good = mm_expect(*(volatile uint64_t *)(m->addr + at) == at,
					 "%s: the write of a thread to offset %#zx is lost",
					 memory_name(m->kind), at);
	good = view_check_in(&self->child, "child after both wrote", m, OLD) && good;
	child_end(&self->child);
	return good;
}

/* Two threads fault on the same common page; one copy is made, with the writes of both. */
MM_SCENARIO(two_writers_of_a_page)
{
	run_race((struct race){ .prepare = fork_again,
				.a = write_first_words,
				.b = write_second_words,
				.judge = judge_words,
				.arg = self });
}

MM_MAIN
