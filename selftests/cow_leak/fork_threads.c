// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a fork of a process with threads gives the child memory
 * that never was, or a thread goes on with a page that is no longer its own.
 *
 * Mechanism: fork() write-protects entries one by one and flushes the TLBs of all
 * CPUs at the end, before the child runs. A copy replaces an entry that other CPUs
 * may have cached: they have to forget it.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: the child sees one state of memory that a thread writes, and goes on to
 * see it; a thread on another CPU follows a copy at once. Does not prove: the same
 * for more than two CPUs, nor races with pins (fork_race).
 */
#include "mmtest.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "access.h"
#include "memory.h"
#include "tasks.h"
#include "view.h"

#define OLD 1 /* seeds: at the fork, */
#define NEW 2 /* and written since */

MM_PROGRAM(cow_leak, fork_threads, "a child sees one state, all threads see a copy");
MM_NEEDS("root: yes\ncpus: 2\nseconds: 60\nbudget: 0.05\nharm: none\n");

FIXTURE(test)
{
	struct memory memory;
	struct child child;
	bool failed;
	atomic_bool over;
	atomic_ulong rounds;  /* of the writer; places that the reader came to */
	atomic_ulong written; /* places that were written */
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

/* A number in each of 16 places of the object, all pages of a small one. */
#define PLACES 16

static uint64_t *place(const struct memory *m, size_t i)
{
	return (uint64_t *)(m->addr + i * (m->len / PLACES));
}

/* Round after round, from the first place to the last: no later place is ever ahead. */
static void *count_up(void *arg)
{
	FIXTURE_DATA(test) *self = arg;

	for (unsigned long round = 1; !atomic_load(&self->over); round++) {
		for (size_t i = 0; i < PLACES; i++)
			__atomic_store_n(place(&self->memory, i), round, __ATOMIC_RELEASE);
		atomic_store(&self->rounds, round);
	}
	return NULL;
}

static void read_places(const struct memory *m, uint64_t *seen)
{
	for (size_t i = 0; i < PLACES; i++)
		seen[i] = __atomic_load_n(place(m, i), __ATOMIC_ACQUIRE);
}

/* In the child, where nobody writes. */
static long one_state(void *arg)
{
	const struct memory *m = arg;
	uint64_t seen[PLACES], again[PLACES];

	read_places(m, seen);
	for (size_t i = 1; i < PLACES; i++)
		if (!mm_expect(seen[i] <= seen[i - 1] && seen[0] - seen[i] <= 1,
			       "child: place %zu has %lu and place %zu %lu, which never was",
			       i - 1, (unsigned long)seen[i - 1], i, (unsigned long)seen[i]))
			return false;
	usleep(300);
	read_places(m, again);
	return mm_expect(!memcmp(seen, again, sizeof(seen)),
			 "child: its memory changes while the parent writes");
}

MM_SCENARIO(child_sees_one_state)
{
	struct memory *m = &self->memory;
	double end = seconds_now() + mm_budget();
	unsigned long forks = 0;
	pthread_t writer;
	bool good = true;

	for (size_t i = 0; i < PLACES; i++)
		*place(m, i) = 0;
	if (pthread_create(&writer, NULL, count_up, self))
		mm_broken("no second thread");
	/* On a busy machine the writer may have to wait for its turn. */
	while (good && (seconds_now() < end || (!forks && seconds_now() < end + 5))) {
		unsigned long before = atomic_load(&self->rounds);
		struct child child = child_fork();

		good = child_call_copy(&child, one_state, m, sizeof(*m)) == true;
		child_end(&child);
		forks += atomic_load(&self->rounds) > before;
	}
	atomic_store(&self->over, true);
	pthread_join(writer, NULL);
	mm_note("%lu forks while the writer wrote", forks);
	for (size_t i = 0; i < PLACES; i++)
		mm_expect(*place(m, i) == self->rounds,
			  "parent: place %zu: expected %lu, found %lu", i, self->rounds,
			  (unsigned long)*place(m, i));
	if (good && !forks)
		mm_skip("needs a fork while another thread writes, there was none");
}

/* Reads until it sees the new byte, so that its TLB has the entry all the time. */
static void *follow(void *arg)
{
	FIXTURE_DATA(test) *self = arg;
	struct memory *m = &self->memory;
	size_t step = m->len / PLACES;

	for (size_t i = 0; i < PLACES; i++) {
		const volatile unsigned char *p = m->addr + i * step;
		double end = 0;

		atomic_fetch_add(&self->rounds, 1);
		while (*p != pattern_byte(i * step, NEW)) {
			/* The time counts from the write on: the writer may have to wait. */
			if (!end && atomic_load(&self->written) > i)
				end = seconds_now() + 2 * mm_slow();
			if (end && seconds_now() > end) {
				self->failed = true;
				return NULL;
			}
		}
	}
	return NULL;
}

/*
 * writer				reader, on another CPU
 *					reads the common page, again and again
 *  writes: gets a copy
 *					must read the copy
 */
MM_SCENARIO(all_threads_follow_a_copy)
{
	struct memory *m = &self->memory;
	double end = seconds_now() + 10 * mm_slow();
	pthread_t reader;
	size_t done = 0;

	self->child = child_fork();
	if (pthread_create(&reader, NULL, follow, self))
		mm_broken("no second thread");
	for (size_t off = 0; off < m->len; off += m->len / PLACES) {
		done++;
		while (atomic_load(&self->rounds) < done && !self->failed &&
		       seconds_now() < end)
			sched_yield();
		/* So that it reads the page before and while it is copied. */
		usleep(100);
		m->addr[off] = pattern_byte(off, NEW);
		atomic_store(&self->written, done);
	}
	pthread_join(reader, NULL);
	mm_expect(!self->failed,
		  "%s: a thread on another CPU still reads the page before the copy",
		  memory_name(m->kind));
	view_check_in(&self->child, "child after the parent wrote", m, OLD);
}

MM_MAIN
