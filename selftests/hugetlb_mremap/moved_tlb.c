// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: after mremap() the old address still reads and writes
 * the moved page through a stale TLB entry; when the page is freed, somebody
 * else's memory is read and written.
 *
 * Mechanism: a move has to flush the TLB of every CPU for the range it took
 * the entries from. When no page table is freed, because a neighbour still uses
 * it, nothing else flushes.
 *
 * Introduced by: unknown. Fixed by: unknown; the class is eb66ae030829 (CVE-2018-18281).
 *
 * Proves: when mremap() has returned, the old address faults, in the thread that
 * moved and in one on another CPU that never stopped reading it.
 * Does not prove: the time before mremap() returns.
 */
#include "mmtest.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "access.h"
#include "hugemap.h"
#include "tasks.h"
#include "thp.h"

#define ROUNDS 10

MM_PROGRAM(hugetlb_mremap, moved_tlb, "the old address faults as soon as mremap returns");
MM_NEEDS("root: yes\nhugepages: 3\ncpus: 2\nseconds: 60\nharm: none\n");

/* Mappings side by side, so that moving the middle one frees no page table. */
FIXTURE(test)
{
	size_t size;
	char *low, *middle, *high, *to;
};
FIXTURE_VARIANT(test)
{
	enum hugemap_kind memory;
};
MM_KIND(private)
{ .memory = HUGEMAP_PRIVATE };
MM_KIND(shared)
{ .memory = HUGEMAP_SHARED };

FIXTURE_SETUP(test)
{
	hugemap_needs_mremap();
	self->size = hugepage_default_size();
	self->low = aligned_hole(3 * self->size, self->size);
	self->middle = self->low + self->size;
	self->high = self->middle + self->size;
	hugemap_make(variant->memory, 1, self->low);
	hugemap_make(variant->memory, 1, self->middle);
	hugemap_make(variant->memory, 1, self->high);
	self->to = aligned_hole(self->size, self->size);
	for (size_t i = 0; i < 3; i++)
		hugemap_fill(self->low, self->size, i);
}
FIXTURE_TEARDOWN(test)
{
}

static bool neighbours_are_there(const FIXTURE_DATA(test) * self)
{
	return hugemap_check("neighbour of the moved page", self->low, self->size, 0) &&
	       hugemap_check("neighbour of the moved page", self->low, self->size, 2) &&
	       hugemap_check("moved page", self->to - self->size, self->size, 1);
}

/* To the old address again, for the next round. */
static bool back(const FIXTURE_DATA(test) * self)
{
	return hugemap_move(self->to, self->size, self->middle);
}

MM_SCENARIO(mover_faults)
{
	unsigned char byte;

	for (int round = 0; round < ROUNDS; round++) {
		int sig;

		/* The TLB of this CPU has the entry, writable. */
		access_write(self->middle, pattern_byte(0, 2));
		if (!hugemap_move(self->middle, self->size, self->to))
			return;
		sig = round % 2 ? access_write(self->middle, 1)
				: access_read(self->middle, &byte);
		if (!mm_expect(sig == SIGSEGV, "old address, round %d: %s, expected SIGSEGV",
			       round, sig ? "another signal" : "the access went through"))
			return;
		if (!neighbours_are_there(self) || !back(self))
			return;
	}
}

/*
 * mover, first CPU		reader, second CPU
 *
 *				reads the old address again and again
 * mremap()
 * moved = true
 *				sees moved, reads once more: must fault
 */
struct reader {
	const volatile char *addr;
	int cpu;
	atomic_bool moved, done;
	atomic_ulong reads;
	int signal; /* of the first read that began after the move */
};

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		mm_broken("sched_setaffinity to CPU %d: %m", cpu);
}

static void *read_on(void *arg)
{
	struct reader *r = arg;
	unsigned char byte;

	pin_to(r->cpu);
	while (!atomic_load(&r->moved)) {
		access_read(r->addr, &byte);
		atomic_fetch_add(&r->reads, 1);
	}
	r->signal = access_read(r->addr, &byte);
	atomic_store(&r->done, true);
	return NULL;
}

/* The first two CPUs that this process may use. */
static void two_cpus(int *cpus)
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		mm_broken("sched_getaffinity: %m");
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	if (n < 2)
		mm_skip("needs 2 CPUs, found %d", n);
}

static bool move_under_reader(const FIXTURE_DATA(test) * self, const int *cpus)
{
	struct reader r = { .addr = self->middle, .cpu = cpus[1] };
	bool moved;
	pthread_t thread;

	/* Nothing else, such as a stack, may come to lie there. */
	if (mmap(self->to, self->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		mm_broken("mmap: %m");
	if (pthread_create(&thread, NULL, read_on, &r))
		mm_broken("pthread_create failed");
	while (atomic_load(&r.reads) < 100)
		sched_yield();
	moved = hugemap_move(self->middle, self->size, self->to);
	atomic_store(&r.moved, true);
	pthread_join(thread, NULL);
	return moved && mm_expect(r.signal == SIGSEGV,
				  "old address on another CPU: %s, expected "
				  "SIGSEGV",
				  r.signal ? "another signal" : "the read went through");
}

MM_SCENARIO(reader_on_another_cpu_faults)
{
	int cpus[2];

	two_cpus(cpus);
	pin_to(cpus[0]);
	for (int round = 0; round < ROUNDS; round++)
		if (!move_under_reader(self, cpus) || !neighbours_are_there(self) ||
		    !back(self))
			return;
}

MM_MAIN
