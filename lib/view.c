// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "access.h"
#include "report.h"
#include "view.h"

struct question {
	struct memory memory;
	unsigned char seed;
	char who[96];
};

bool view_check(const char *who, const struct memory *m, unsigned char seed)
{
	char what[160];

	snprintf(what, sizeof(what), "%s: %s", memory_name(m->kind), who);
	if (!pattern_check(what, m->addr, m->len, seed))
		return false;
	if (!m->twin)
		return true;
	snprintf(what, sizeof(what), "%s, the twin: %s", memory_name(m->kind), who);
	return pattern_check(what, m->twin, m->len, m->made);
}

/* A byte in the middle of each page, as the pattern of @seed has it. */
static bool write_bytes(const char *who, const struct memory *m, unsigned char seed)
{
	for (size_t off = m->page / 2; off < m->len; off += m->page) {
		int sig = access_write(m->addr + off, pattern_byte(off, seed));

		if (!mm_expect(!sig, "%s: %s: writing offset %#zx raised signal %d",
			       memory_name(m->kind), who, off, sig))
			return false;
	}
	return true;
}

bool view_touch(const char *who, const struct memory *m, unsigned char seed)
{
	return write_bytes(who, m, seed) && view_check(who, m, seed);
}

bool view_write(const char *who, const struct memory *m, unsigned char seed)
{
	if (!write_bytes(who, m, seed))
		return false;
	pattern_fill(m->addr, m->len, seed);
	return view_check(who, m, seed);
}

static long check_asked(void *arg)
{
	const struct question *q = arg;

	return view_check(q->who, &q->memory, q->seed);
}

static long touch_asked(void *arg)
{
	const struct question *q = arg;

	return view_touch(q->who, &q->memory, q->seed);
}

static long write_asked(void *arg)
{
	const struct question *q = arg;

	return view_write(q->who, &q->memory, q->seed);
}

static bool ask(struct child *c, child_fn *fn, const char *who, struct question q)
{
	long answer;

	snprintf(q.who, sizeof(q.who), "%s", who);
	answer = child_call_copy(c, fn, &q, sizeof(q));
	mm_expect(answer != CHILD_DIED, "%s: %s: the child was ended by signal %d",
		  memory_name(q.memory.kind), who, c->signal);
	return answer == true;
}

bool view_check_in(struct child *c, const char *who, const struct memory *m, unsigned char seed)
{
	return ask(c, check_asked, who, (struct question){ .memory = *m, .seed = seed });
}

bool view_touch_in(struct child *c, const char *who, const struct memory *m, unsigned char seed)
{
	return ask(c, touch_asked, who, (struct question){ .memory = *m, .seed = seed });
}

bool view_write_in(struct child *c, const char *who, const struct memory *m, unsigned char seed)
{
	return ask(c, write_asked, who, (struct question){ .memory = *m, .seed = seed });
}
