// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "access.h"
#include "pin.h"
#include "report.h"
#include "spliced.h"

struct spliced {
	struct memory memory;
	struct pin pin;
	unsigned char *data; /* what is read from the pipe */
};

/* The address of the handle, or -errno. */
static long take(void *arg)
{
	const struct memory *m = arg;
	struct spliced *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->memory = *m;
	s->data = malloc(m->len);
	if (!s->data) {
		free(s);
		return -ENOMEM;
	}
	ret = pin_try(&s->pin, &pin_vmsplice, m->addr, m->len);
	if (!ret && munmap(m->addr, m->len))
		ret = -errno;
	return ret ? ret : (long)s;
}

static struct spliced *taken(long answer, const struct memory *m)
{
	if (answer == -EPERM || answer == -ENOSYS)
		mm_skip("needs vmsplice() of %zu bytes, found %s", m->len, strerror(-answer));
	if (answer < 0)
		mm_broken("%s: vmsplice() of %zu bytes and munmap(): %s", memory_name(m->kind),
			  m->len, answer == CHILD_DIED ? "the child died" : strerror(-answer));
	return (struct spliced *)answer;
}

struct spliced *spliced_take(const struct memory *m)
{
	return taken(take((void *)m), m);
}

struct spliced *spliced_take_in(struct child *c, const struct memory *m)
{
	return taken(child_call_copy(c, take, m, sizeof(*m)), m);
}

bool spliced_check(struct spliced *s, unsigned char seed)
{
	char what[96];

	snprintf(what, sizeof(what), "%s: data in the pipe", memory_name(s->memory.kind));
	pin_read(&s->pin, 0, s->data, s->memory.len);
	return pattern_check(what, s->data, s->memory.len, seed);
}

struct question {
	struct spliced *spliced;
	unsigned char seed;
};

static long check_asked(void *arg)
{
	const struct question *q = arg;

	return spliced_check(q->spliced, q->seed);
}

bool spliced_check_in(struct child *c, struct spliced *s, unsigned char seed)
{
	struct question q = { .spliced = s, .seed = seed };
	long answer = child_call_copy(c, check_asked, &q, sizeof(q));

	mm_expect(answer != CHILD_DIED, "pipe: the child that keeps it was ended by signal %d",
		  c->signal);
	return answer == true;
}
