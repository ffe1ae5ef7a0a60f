/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program says, on its way to the sink.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include "child.h"

#define CHUNK	65536
#define SYNC_S	2.0
#define DRAIN_S 10.0

/* A case begins; the newline is that of the line before. */
#define CASE_LINE "\n# case "

/* One byte for each case that begins in this piece of stdout, once the piece is out. */
static void acknowledge(struct child *c, const char *buf, size_t n)
{
	bool drained = false;

	for (size_t i = 0; i < n; i++) {
		if (buf[i] != CASE_LINE[c->match])
			c->match = buf[i] == '\n';
		else if (!CASE_LINE[++c->match]) {
			if (!drained)
				sink_drain(&c->r->sink);
			drained = true;
			c->match = 0;
			/* A program that does not listen has a full pipe at last. */
			if (write(c->ack, "", 1) < 0)
				return;
		}
	}
}

/* Bounded, so that a flood cannot hold off the clock. */
void child_pump(struct child *c, struct pipe_end *p)
{
	char buf[CHUNK];

	for (int i = 0; p->fd >= 0 && i < 64; i++) {
		ssize_t n = read(p->fd, buf, sizeof(buf));

		if (n > 0) {
			sink_append(&c->r->sink, &p->file, buf, (size_t)n);
			if (c->ack >= 0 && p == &c->pipes[0])
				acknowledge(c, buf, (size_t)n);
		} else if (!n) {
			close(p->fd);
			p->fd = -1;
		} else if (errno != EINTR) {
			break;
		}
		if (n < CHUNK)
			break;
	}
}

void child_sync(struct child *c, bool at_once)
{
	if (!c->sync)
		c->sync = now() + SYNC_S;
	if (!at_once && now() < c->sync)
		return;
	c->sync = now() + SYNC_S;
	for (int i = 0; i < 2; i++)
		sink_sync(&c->r->sink, &c->pipes[i].file);
	sink_sync(&c->r->sink, &c->kmsg);
}

void child_drain(struct child *c)
{
	for (int i = 0; i < 2; i++) {
		double until = now() + DRAIN_S;

		while (c->pipes[i].fd >= 0 && now() < until) {
			struct pollfd p = { .fd = c->pipes[i].fd, .events = POLLIN };

			if (poll(&p, 1, 0) <= 0)
				break;
			child_pump(c, &c->pipes[i]);
			sink_tick(&c->r->sink);
		}
		if (c->pipes[i].fd >= 0)
			close(c->pipes[i].fd);
	}
	kmsg_drain(&c->r->kmsg, &c->r->sink, &c->kmsg);
	child_sync(c, true);
	for (int i = 0; i < 2; i++)
		sink_end(&c->pipes[i].file);
	sink_end(&c->kmsg);
}
