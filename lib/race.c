// SPDX-License-Identifier: GPL-2.0-only
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "caseloop.h"
#include "race.h"
#include "report.h"
#include "tasks.h"

#define CALIBRATION 15

struct side {
	double delay; /* ns, before it starts */
	double start, end;
};

struct state {
	const struct race *race;
	struct side a, b;
	atomic_int round; /* the other thread runs when it changes */
	atomic_int ready; /* of both sides */
	atomic_int done;
	atomic_bool over;
};

static double now_ns(void)
{
	return seconds_now() * 1e9;
}

/*
 * One step of a busy wait. A long one sleeps: a thread that yields again and
 * again next to a busy one is put off by the scheduler, for seconds.
 */
static void relax(int *spins)
{
	if (++*spins > 20000)
		usleep(20);
}

/* Both sides leave here within a cache miss of each other. */
static void meet(struct state *s)
{
	int spins = 0;

	atomic_fetch_add(&s->ready, 1);
	while (atomic_load(&s->ready) < 2)
		relax(&spins);
}

static void run_side(struct side *side, void (*fn)(void *), void *arg)
{
	double go = now_ns() + side->delay;

	while (now_ns() < go)
		;
	side->start = now_ns();
	fn(arg);
	side->end = now_ns();
}

static void *other_thread(void *arg)
{
	struct state *s = arg;
	int seen = 0;

	for (;;) {
		int spins = 0;

		while (atomic_load(&s->round) == seen)
			relax(&spins);
		seen++;
		if (atomic_load(&s->over))
			return NULL;
		meet(s);
		run_side(&s->b, s->race->b, s->race->arg);
		atomic_store(&s->done, 1);
	}
}

static bool one_round(struct state *s)
{
	int spins = 0;

	if (s->race->prepare)
		s->race->prepare(s->race->arg);
	atomic_store(&s->ready, 0);
	atomic_store(&s->done, 0);
	atomic_fetch_add(&s->round, 1);
	meet(s);
	run_side(&s->a, s->race->a, s->race->arg);
	while (!atomic_load(&s->done))
		relax(&spins);
	return !s->race->judge || s->race->judge(s->race->arg);
}

static int compare(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

/* Medians of both sides without a delay. */
static bool calibrate(struct state *s, struct race_power *p)
{
	double a[CALIBRATION], b[CALIBRATION];
	bool good = true;

	for (int i = 0; i < CALIBRATION && good; i++) {
		good = one_round(s);
		a[i] = s->a.end - s->a.start;
		b[i] = s->b.end - s->b.start;
		p->rounds++;
	}
	if (!good)
		return false;
	qsort(a, CALIBRATION, sizeof(a[0]), compare);
	qsort(b, CALIBRATION, sizeof(b[0]), compare);
	p->a_ns = a[CALIBRATION / 2];
	p->b_ns = b[CALIBRATION / 2];
	return true;
}

static void race_loop(struct state *s, struct race_power *p)
{
	double end = seconds_now() + mm_budget();
	struct drand48_data random;

	memset(&random, 0, sizeof(random));
	srand48_r(now_ns(), &random);
	while (seconds_now() < end) {
		double u, shift;

		/* From "b is over when a starts" to "a is over when b starts". */
		drand48_r(&random, &u);
		shift = u * (p->a_ns + p->b_ns) - p->b_ns;
		s->a.delay = shift < 0 ? -shift : 0;
		s->b.delay = shift > 0 ? shift : 0;
		p->rounds++;
		if (!one_round(s))
			return;
		p->overlaps += s->a.start < s->b.end && s->b.start < s->a.end;
	}
}

static void pin_to_cpu(pthread_t thread, int skip)
{
	cpu_set_t all, one;

	pthread_getaffinity_np(thread, sizeof(all), &all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && !skip--) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			pthread_setaffinity_np(thread, sizeof(one), &one);
			return;
		}
}

struct race_power race_run(const struct race *race)
{
	struct state s = { .race = race };
	struct race_power p = { 0 };
	pthread_t other;
	cpu_set_t all;

	sched_getaffinity(0, sizeof(all), &all);
	if (CPU_COUNT(&all) < 2)
		mm_skip("needs 2 CPUs to race, found %d", CPU_COUNT(&all));
	/* An arena of its own is mapped, and cut to size, where addresses just fell free. */
	mallopt(M_ARENA_MAX, 1);
	if (pthread_create(&other, NULL, other_thread, &s))
		mm_broken("race: no second thread");
	pin_to_cpu(other, 1);
	pin_to_cpu(pthread_self(), 0);
	if (calibrate(&s, &p))
		race_loop(&s, &p);
	atomic_store(&s.over, true);
	atomic_fetch_add(&s.round, 1);
	pthread_join(other, NULL);
	pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
	/* A window of w ns is hit with w / (a + b) per round. */
	if (p.rounds)
		p.window_ns = (p.a_ns + p.b_ns) * (1 - pow(0.01, 1.0 / p.rounds));
	return p;
}

void race_print(const struct race_power *p)
{
	mm_note("race: %lu rounds, %lu overlapping, %.0f ns against %.0f ns, a window of %.0f "
		"ns "
		"is hit with 99 %%",
		p->rounds, p->overlaps, p->a_ns, p->b_ns, p->window_ns);
}

void race_need_overlap(const struct race_power *p)
{
	if (!p->overlaps)
		mm_skip("needs both sides at the same time, none of %lu rounds was so; free a "
			"CPU",
			p->rounds);
}
