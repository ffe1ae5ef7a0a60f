// SPDX-License-Identifier: GPL-2.0-only
/* Shards and shuffling depend on names, seconds and the seed alone: any machine gets the same.
 */
#include "order.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SHARDS_MAX 1000
#define ROUNDS_MAX 1000000
#define SOAK_MAX   (30 * 86400.0)

const char *order_set_shuffle(struct order *o, const char *value)
{
	unsigned long long seed;
	char *end;

	o->shuffle = true;
	if (!value) {
		if (getrandom(&o->seed, sizeof(o->seed), 0) != sizeof(o->seed))
			o->seed = (uint32_t)(now_mono() * 1e6);
		return NULL;
	}
	seed = strtoull(value, &end, 10);
	o->seed = (uint32_t)seed;
	return isdigit((unsigned char)*value) && !*end && seed <= UINT32_MAX
		       ? NULL
		       : "is a number from 0 to 4294967295";
}

const char *order_set_shard(struct order *o, const char *value)
{
	static const char wrong[] = "is I/N, such as 1/4, with I from 1 to N and N up to 1000";
	unsigned long i, n;
	char *end;

	if (!isdigit((unsigned char)*value))
		return wrong;
	i = strtoul(value, &end, 10);
	if (*end != '/' || !isdigit((unsigned char)end[1]))
		return wrong;
	n = strtoul(end + 1, &end, 10);
	if (*end || i < 1 || i > n || n > SHARDS_MAX)
		return wrong;
	o->shard = (unsigned int)i;
	o->shards = (unsigned int)n;
	return NULL;
}

const char *repeat_set_rounds(struct repeat *r, const char *value)
{
	char *end;

	r->rounds = strtoul(value, &end, 10);
	return isdigit((unsigned char)*value) && !*end && r->rounds >= 1 &&
			       r->rounds <= ROUNDS_MAX
		       ? NULL
		       : "is a number from 1 to 1000000";
}

const char *repeat_set_soak(struct repeat *r, const char *value)
{
	static const char units[] = "smhd";
	static const double seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;

	r->seconds = (double)strtoul(value, &end, 10);
	unit = *end ? strchr(units, *end) : units;
	if (!isdigit((unsigned char)*value) || !unit || (*end && end[1]))
		return "is a time such as 90s, 30m or 8h";
	r->seconds *= seconds[unit - units];
	return r->seconds >= 1 && r->seconds <= SOAK_MAX ? NULL : "is between 1s and 30d";
}

/* A program to be dealt out. */
struct share {
	char *name;
	unsigned long seconds;
	unsigned int shard;
};

struct shares {
	struct share *v;
	size_t n;
};

static struct share *find_share(const struct shares *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].name, name))
			return &s->v[i];
	return NULL;
}

static void add_share(struct shares *s, const char *name, unsigned long seconds)
{
	if (find_share(s, name))
		return;
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = (struct share){ xstrdup(name), seconds, 0 };
}

static int longest_first(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void deal_out(struct shares *s, unsigned int shards)
{
	unsigned long *load = xcalloc(shards, sizeof(*load));

	qsort(s->v, s->n, sizeof(*s->v), longest_first);
	for (size_t i = 0; i < s->n; i++) {
		unsigned int least = 0;

		for (unsigned int k = 1; k < shards; k++)
			if (load[k] < load[least])
				least = k;
		load[least] += s->v[i].seconds;
		s->v[i].shard = least + 1;
	}
	free(load);
}

static void keep_plan(const struct shares *s, unsigned int shard, struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (find_share(s, p->v[i].program)->shard == shard)
			p->v[n++] = p->v[i];
		else
			plan_entry_free(&p->v[i]);
	}
	p->n = n;
}

static void keep_held(const struct shares *s, unsigned int shard, struct held *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (find_share(s, h->v[i].program)->shard == shard)
			h->v[n++] = h->v[i];
		else
			held_case_free(&h->v[i]);
	}
	h->n = n;
}

void order_shard(const struct order *o, struct plan *p, struct held *h)
{
	struct shares s = { 0 };

	if (!o->shards)
		return;
	for (size_t i = 0; i < p->n; i++)
		add_share(&s, p->v[i].program, p->v[i].seconds);
	for (size_t i = 0; i < h->n; i++)
		add_share(&s, h->v[i].program, h->v[i].seconds);
	if (s.n)
		deal_out(&s, o->shards);
	keep_plan(&s, o->shard, p);
	keep_held(&s, o->shard, h);
	for (size_t i = 0; i < s.n; i++)
		free(s.v[i].name);
	free(s.v);
}

static int by_program(const void *a, const void *b)
{
	const struct plan_entry *x = a, *y = b;

	return strcmp(x->program, y->program);
}

/* splitmix64: short, and good enough for an order. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void order_shuffle(const struct order *o, struct plan *p)
{
	uint64_t state = o->seed;

	if (!o->shuffle || p->n < 2)
		return;
	qsort(p->v, p->n, sizeof(*p->v), by_program);
	for (size_t i = p->n - 1; i > 0; i--) {
		size_t j = next_random(&state) % (i + 1);
		struct plan_entry swap = p->v[i];

		p->v[i] = p->v[j];
		p->v[j] = swap;
	}
}
