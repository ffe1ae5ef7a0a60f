/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program said, as records of its cases.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "results_impl.h"

struct record *results_find(struct collect *c, const char *name)
{
	for (size_t i = c->n; i > 0; i--)
		if (!strcmp(c->records[i - 1].name, name))
			return &c->records[i - 1];
	return NULL;
}

static bool grow(struct collect *c)
{
	size_t more = c->allocated ? c->allocated * 2 : 64;
	struct record *r;

	if (c->n < c->allocated)
		return true;
	r = c->n < RECORDS_MAX ? reallocarray(c->records, more, sizeof(*r)) : NULL;
	if (!r)
		return false;
	c->records = r;
	c->allocated = more;
	return true;
}

void results_add(struct collect *c, const char *name, enum verdict v, const char *reason)
{
	struct record *r = c->n < 4096 ? results_find(c, name) : NULL;
	struct record fresh;

	if (r) {
		if (verdict_worst(r->verdict, v) == r->verdict)
			return;
		free(r->reason);
		r->verdict = v;
		r->reason = strdup(reason);
		return;
	}
	fresh = (struct record){ strdup(name), strdup(reason), v, -1 };
	if (fresh.name && fresh.reason && grow(c)) {
		c->records[c->n++] = fresh;
		return;
	}
	c->overflow = true;
	free(fresh.name);
	free(fresh.reason);
}

static void on_time(struct collect *c, const char *text)
{
	const char *space = strrchr(text, ' ');
	char name[256];
	struct record *r;

	if (!space)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(space - text), text);
	r = results_find(c, name);
	if (r)
		r->seconds = strtod(space + 1, NULL);
}

static void on_diag(struct collect *c, const char *text)
{
	if (!strncmp(text, "case ", 5)) {
		snprintf(c->current, sizeof(c->current), "%s", text + 5);
		c->running = true;
		c->fail[0] = '\0';
	} else if (!strncmp(text, "fail: ", 6) && !c->fail[0]) {
		snprintf(c->fail, sizeof(c->fail), "%s", text + 6);
	} else if (!strncmp(text, "time ", 5)) {
		on_time(c, text + 5);
	}
}

static void on_result(struct collect *c, const struct ktap_event *ev)
{
	const char *reason = ev->why;

	/* A parent says what its children said, unless it says worse. */
	if (ev->parent && ev->ok)
		return;
	if (c->fail[0] && (ev->verdict == V_FAIL || !reason[0]))
		reason = verdict_quiet(ev->verdict) ? "" : c->fail;
	if (!reason[0] && ev->verdict == V_FAIL)
		reason = "not ok, without a reason";
	results_add(c, ev->full, ev->verdict, reason);
	if (!ev->depth) {
		c->running = false;
		c->fail[0] = '\0';
	}
}

/* Of a nested stream: its parent, which may say "ok", is not listed. */
static void on_nested_missing(struct collect *c, const struct ktap_event *ev)
{
	for (unsigned long n = ev->number; n <= ev->last && n - ev->number < GAPS_MAX; n++) {
		char *name = NULL;

		if (asprintf(&name, "%s/#%lu", ev->path, n) < 0)
			c->overflow = true;
		else
			results_add(c, name, V_MISSING, "planned, never reported");
		free(name);
	}
}

void results_event(const struct ktap_event *ev, void *arg)
{
	struct collect *c = arg;

	if (ev->type == KTAP_DIAG)
		on_diag(c, ev->why);
	else if (ev->type == KTAP_RESULT)
		on_result(c, ev);
	else if (ev->type == KTAP_MISSING && ev->depth)
		on_nested_missing(c, ev);
	else if (ev->type == KTAP_MISSING)
		for (unsigned long n = ev->number; n <= ev->last && c->ngaps < GAPS_MAX; n++)
			c->gaps[c->ngaps++] = n;
}

/* Where the last whole line of a file ends. */
static off_t whole_lines(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char c = '\0';

	while (end > 0 && (pread(fd, &c, 1, end - 1) != 1 || c != '\n'))
		end--;
	return end;
}

int results_read(struct ktap *k, const char *path, bool cut)
{
	static const size_t size = 1 << 16;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf = malloc(size);
	off_t at = 0, end = cut && fd >= 0 ? whole_lines(fd) : LONG_MAX;
	ssize_t n;

	/* No file: the program never got as far as to write. */
	while (buf && fd >= 0 && at < end && (n = pread(fd, buf, size, at)) > 0) {
		if (n > end - at)
			n = (ssize_t)(end - at);
		ktap_feed(k, buf, (size_t)n);
		at += n;
	}
	if (fd >= 0)
		close(fd);
	free(buf);
	return buf ? 0 : -ENOMEM;
}
