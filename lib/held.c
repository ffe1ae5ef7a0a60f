// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "access.h"
#include "held.h"
#include "report.h"

struct held {
	struct memory memory;
	struct pin pin;
	unsigned char *data; /* what is read from the holder */
};

struct order {
	const struct pin_provider *by;
	struct memory memory;
	enum held_mapping mapping;
};

/* The address of the handle, or -errno. */
static long take(void *arg)
{
	const struct order *order = arg;
	const struct memory *m = &order->memory;
	struct held *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		return -ENOMEM;
	h->memory = *m;
	h->data = malloc(m->len);
	if (!h->data) {
		free(h);
		return -ENOMEM;
	}
	ret = pin_try(&h->pin, order->by, m->addr, m->len);
	if (!ret && order->mapping == HELD_UNMAP && munmap(m->addr, m->len))
		ret = -errno;
	return ret ? ret : (long)h;
}

static struct held *taken(long answer, const struct order *order)
{
	if (answer == -EPERM || answer == -ENOSYS || answer == -ENOENT || answer == -EACCES)
		mm_skip("needs %s, found %s", order->by->name, strerror(-answer));
	if (answer < 0)
		mm_broken("%s: %s of %zu bytes: %s", memory_name(order->memory.kind),
			  order->by->name, order->memory.len,
			  answer == CHILD_DIED ? "the child died" : strerror(-answer));
	return (struct held *)answer;
}

struct held *held_take(const struct pin_provider *by, const struct memory *m,
		       enum held_mapping mapping)
{
	struct order order = { by, *m, mapping };

	return taken(take(&order), &order);
}

struct held *held_take_in(struct child *c, const struct pin_provider *by,
			  const struct memory *m, enum held_mapping mapping)
{
	struct order order = { by, *m, mapping };

	return taken(child_call_copy(c, take, &order, sizeof(order)), &order);
}

bool held_check(struct held *h, unsigned char seed)
{
	char what[128];

	snprintf(what, sizeof(what), "%s: data held by %s", memory_name(h->memory.kind),
		 h->pin.by->name);
	pin_read(&h->pin, 0, h->data, h->memory.len);
	return pattern_check(what, h->data, h->memory.len, seed);
}

struct question {
	struct held *held;
	unsigned char seed;
};

static long check_asked(void *arg)
{
	const struct question *q = arg;

	return held_check(q->held, q->seed);
}

bool held_check_in(struct child *c, struct held *h, unsigned char seed)
{
	struct question q = { .held = h, .seed = seed };
	long answer = child_call_copy(c, check_asked, &q, sizeof(q));

	mm_expect(answer != CHILD_DIED, "holder: its process was ended by signal %d",
		  c->signal);
	return answer == true;
}

size_t held_pipes(const struct held *h, int *fds, size_t max)
{
	return pin_pipes(&h->pin, fds, max);
}
