// SPDX-License-Identifier: GPL-2.0-only
/* Shards are all of the selection, disjoint and the same everywhere; so are shuffled orders. */
#include "mmguard/order.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <stdlib.h>
#include <string.h>

#define PROGRAMS 41

static char *program_name(int i)
{
	return xasprintf("area.program_%02d", i);
}

/* Programs 0 to PROGRAMS - 1, in order or turned round; every third may be held as a whole. */
static void make(struct plan *p, struct held *h, bool turned, bool hold)
{
	*p = (struct plan){ 0 };
	*h = (struct held){ 0 };
	for (int k = 0; k < PROGRAMS; k++) {
		int i = turned ? PROGRAMS - 1 - k : k;
		unsigned long seconds = (unsigned long)(i * 37 % 60 + 5);
		char *name = program_name(i);

		if (hold && i % 3 == 0) {
			h->v = xrealloc(h->v, (h->n + 1) * sizeof(*h->v));
			h->v[h->n++] = (struct held_case){
				.name = xasprintf("%s.s", name),
				.reason = xstrdup("harm"),
				.program = xstrdup(name),
				.seconds = seconds,
			};
		} else {
			strv_add(&plan_add(p, name, "/p", seconds)->cases, "s");
		}
		free(name);
	}
}

/* The shard of each program, 0 for one in none or in two. */
static void deal(unsigned int shards, bool turned, bool hold, unsigned int *of)
{
	memset(of, 0, PROGRAMS * sizeof(*of));
	for (unsigned int k = 1; k <= shards; k++) {
		struct order o = { .shard = k, .shards = shards };
		struct plan p;
		struct held h;

		make(&p, &h, turned, hold);
		order_shard(&o, &p, &h);
		for (size_t i = 0; i < p.n + h.n; i++) {
			const char *name = i < p.n ? p.v[i].program : h.v[i - p.n].program;
			int nr = atoi(name + strlen("area.program_"));

			of[nr] = of[nr] ? 1000 : k;
		}
		plan_free(&p);
		held_free(&h);
	}
}

static void test_shards(struct unit *u)
{
	static const unsigned int shards[] = { 1, 2, 3, 7, 41, 50 };

	for (size_t i = 0; i < sizeof(shards) / sizeof(shards[0]); i++) {
		unsigned int a[PROGRAMS], b[PROGRAMS], c[PROGRAMS];
		bool once = true;

		deal(shards[i], false, false, a);
		deal(shards[i], true, false, b);
		deal(shards[i], false, true, c);
		for (int k = 0; k < PROGRAMS; k++)
			once &= a[k] >= 1 && a[k] <= shards[i];
		check(u, once, "%u shards: each program is in one", shards[i]);
		check(u, !memcmp(a, b, sizeof(a)), "%u shards: in whatever order", shards[i]);
		check(u, !memcmp(a, c, sizeof(a)), "%u shards: whatever is held", shards[i]);
	}
}

static void test_balance(struct unit *u)
{
	unsigned long most = 0, least = ~0ul;

	for (unsigned int k = 1; k <= 4; k++) {
		struct order o = { .shard = k, .shards = 4 };
		unsigned long seconds = 0;
		struct plan p;
		struct held h;

		make(&p, &h, false, false);
		order_shard(&o, &p, &h);
		for (size_t i = 0; i < p.n; i++)
			seconds += p.v[i].seconds;
		most = seconds > most ? seconds : most;
		least = seconds < least ? seconds : least;
		plan_free(&p);
	}
	printf("# shards of %lu to %lu s\n", least, most);
	check(u, most - least <= 65, "shards differ by less than the longest program");
}

/* The names of the shuffled plan in one string, to be freed. */
static char *shuffled(uint32_t seed, bool turned)
{
	struct order o = { .shuffle = true, .seed = seed };
	char *all = xstrdup("");
	struct plan p;
	struct held h;

	make(&p, &h, turned, false);
	order_shuffle(&o, &p);
	for (size_t i = 0; i < p.n; i++) {
		char *longer =
			xasprintf("%s%s ", all, p.v[i].program + strlen("area.program_"));

		free(all);
		all = longer;
	}
	plan_free(&p);
	return all;
}

static void test_shuffle(struct unit *u)
{
	char *a = shuffled(1, false), *b = shuffled(1, true), *c = shuffled(2, false);
	bool whole = strlen(a) == PROGRAMS * 3;

	for (int i = 0; i < PROGRAMS; i++) {
		char *nr = xasprintf("%02d ", i);

		whole &= strstr(a, nr) != NULL;
		free(nr);
	}
	printf("# seed 1: %s\n", a);
	check(u, whole, "shuffling loses none");
	check(u, !strcmp(a, b), "one seed, one order");
	check(u, strcmp(a, c) != 0, "another seed, another order");
	check(u, !strncmp(a, "12 35 24 30 18 ", 15),
	      "the order of seed 1 is the same on every machine");
	free(a);
	free(b);
	free(c);
}

static void test_values(struct unit *u)
{
	static const char *const bad[] = { "",	  "1",	 "1/",	 "/2",	 "0/2",
					   "3/2", "a/b", "1/2x", "-1/2", "1/1001" };
	static const char *const bad_soak[] = { "", "0", "h", "8x", "8hh", "-1s", "31d" };
	struct order o = { 0 };
	struct repeat r = { 0 };

	check(u, !order_set_shard(&o, "2/3") && o.shard == 2 && o.shards == 3, "shard 2/3");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(u, order_set_shard(&o, bad[i]) != NULL, "no shard: '%s'", bad[i]);
	check(u, !repeat_set_soak(&r, "8h") && r.seconds > 28799 && r.seconds < 28801, "8h");
	check(u, !repeat_set_soak(&r, "90s") && r.seconds > 89 && r.seconds < 91, "90s");
	check(u, !repeat_set_soak(&r, "5") && r.seconds > 4 && r.seconds < 6, "5 are seconds");
	for (size_t i = 0; i < sizeof(bad_soak) / sizeof(bad_soak[0]); i++)
		check(u, repeat_set_soak(&r, bad_soak[i]) != NULL, "no time: '%s'",
		      bad_soak[i]);
}

int main(void)
{
	struct unit u = { 0 };

	test_shards(&u);
	test_balance(&u);
	test_shuffle(&u);
	test_values(&u);
	return unit_end(&u);
}
