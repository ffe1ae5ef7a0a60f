/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stack of open streams. A stream is known by its prefix, the indent and "# "
 * in front of its lines. The outermost one has the empty prefix and is always
 * open, also when only nested streams ever come.
 */
#include <stdio.h>
#include <string.h>
#include "ktap_impl.h"

void ktap_worsen(struct ktap_stream *s, enum verdict v)
{
	s->worst = s->any ? verdict_worst(s->worst, v) : v;
	s->any = true;
}

static void missing(struct ktap *k, unsigned int depth, unsigned long from, unsigned long to)
{
	struct ktap_event ev = { .type = KTAP_MISSING, .number = from, .last = to };

	ev.verdict = V_MISSING;
	k->outcome.missing += to - from + 1;
	ktap_worsen(&k->streams[depth], V_MISSING);
	ktap_emit(k, depth, &ev);
}

/* Reports the numbers up to the plan, or up to the highest one, that are missing. */
static void report_missing(struct ktap *k, unsigned int depth)
{
	const struct ktap_part *p = &k->streams[depth].part;
	unsigned long top = p->planned ? p->plan : p->numbers.max;
	unsigned long from = 1, to;

	for (; ktap_numbers_gap(&p->numbers, top, &from, &to); from = to + 1)
		missing(k, depth, from, to);
}

void ktap_stream_count(struct ktap *k, unsigned int depth, unsigned long n)
{
	struct ktap_part *p = &k->streams[depth].part;
	unsigned long known = p->numbers.max;

	/* Up there is no table to look into later. */
	known = known > KTAP_NUMBERS ? known : KTAP_NUMBERS;
	if (n > known + 1 && (!p->planned || known < p->plan))
		missing(k, depth, known + 1, !p->planned || n <= p->plan ? n - 1 : p->plan);
	ktap_numbers_add(&p->numbers, n);
}

/* Takes a nested stream whose parent never came. */
static void orphan(struct ktap *k, unsigned int depth)
{
	struct ktap_stream *s = &k->streams[depth];

	if (!s->child)
		return;
	s->child = false;
	if (s->seen)
		ktap_error(k, depth, "nested stream without a result of its parent", 0);
	ktap_worsen(s, s->child_worst);
}

/* The title of a program whose result never came; its own stream is taken. */
static void unanswered(struct ktap *k, unsigned int depth)
{
	struct ktap_stream *s = &k->streams[depth];

	if (!s->announced)
		return;
	ktap_error(k, depth, "a program was announced and has no result", 0);
	if (s->child)
		ktap_worsen(s, s->child_worst);
	s->announced = s->child = false;
}

void ktap_stream_announce(struct ktap *k, unsigned int depth)
{
	unanswered(k, depth);
	k->streams[depth].announced = true;
}

void ktap_stream_sum_up(struct ktap *k, unsigned int depth)
{
	struct ktap_stream *s = &k->streams[depth];
	const struct ktap_part *p = &s->part;

	unanswered(k, depth);
	orphan(k, depth);
	report_missing(k, depth);
	if (p->planned && p->count > p->plan && !p->extra)
		ktap_error(k, depth, "more results than planned", p->count);
	if (s->bailed)
		ktap_worsen(s, V_BROKEN);
	if (!p->count && !p->plan && !p->nested)
		ktap_worsen(s, p->skipped ? V_SKIP : V_MISSING);
	s->results |= p->count || p->plan;
	s->unplanned |= s->seen ? !p->planned : !p->nested;
}

void ktap_streams_close(struct ktap *k, unsigned int depth)
{
	for (; k->depth > depth; k->depth--) {
		struct ktap_stream *s = &k->streams[k->depth];
		struct ktap_stream *up = s - 1;

		ktap_stream_sum_up(k, k->depth);
		up->child = true;
		up->part.nested = true;
		/* A log may be indented as a whole. */
		up->unplanned |= !up->seen && s->unplanned;
		up->child_worst = s->worst;
		up->child_results = s->results;
	}
}

void ktap_stream_reset(struct ktap_stream *s)
{
	memset(s, 0, sizeof(*s));
	s->part.next = 1;
}

void ktap_stream_restart(struct ktap *k, unsigned int depth)
{
	struct ktap_stream *s = &k->streams[depth];

	if (!s->part.count && !s->part.planned && !s->child)
		return;
	ktap_stream_sum_up(k, depth);
	s->title[0] = '\0';
	s->part = (struct ktap_part){ .next = 1 };
}

void ktap_stream_name(struct ktap *k, unsigned int depth, const char *name)
{
	struct ktap_stream *s = &k->streams[depth];
	size_t len = s->path_up, room = sizeof(k->path) - 1 - len;

	if (len && room) {
		k->path[len++] = '/';
		room--;
	}
	s->path_len = len + ktap_utf8_floor(name, room);
	memmove(k->path + len, name, s->path_len - len);
	k->path[s->path_len] = '\0';
}

static bool open_stream(struct ktap *k, const char *prefix, size_t len)
{
	struct ktap_stream *up = &k->streams[k->depth], *s = up + 1;
	char number[24];

	orphan(k, k->depth);
	if (k->depth + 1 >= KTAP_DEPTH || len >= KTAP_PREFIX_MAX) {
		ktap_error(k, k->depth, "nested too deep", 0);
		return false;
	}
	ktap_stream_reset(s);
	memcpy(s->prefix, prefix, len);
	s->prefix_len = len;
	s->path_up = up->path_len;
	s->named = up->title[0];
	snprintf(number, sizeof(number), "#%lu", up->part.next);
	ktap_stream_name(k, ++k->depth, s->named ? up->title : number);
	up->title[0] = '\0';
	return true;
}

static bool starts_with(const char *s, size_t n, const struct ktap_stream *stream)
{
	return n >= stream->prefix_len && !memcmp(s, stream->prefix, stream->prefix_len);
}

/*
 * May a token open a stream below @up whose prefix is longer by @more? Without a version
 * line or a plan only an indent tells it from a comment and from other output, or that
 * kselftest has said that the lines that follow are those of a program.
 */
static bool may_open(const struct ktap_stream *up, const struct ktap_token *t, const char *more)
{
	bool blanks = more[strspn(more, " \t")] == '\0';
	bool indent = blanks && (more[0] == '\t' || more[1]);
	bool first = up->announced && !strcmp(more, "# ") && (!t->ok || t->number == 1);

	switch (t->type) {
	case KTAP_T_VERSION:
	case KTAP_T_PLAN:
		return true;
	case KTAP_T_NAME:
	case KTAP_T_SUBTEST:
		return indent;
	case KTAP_T_RESULT:
		if (!t->ok && t->numbered && blanks)
			return true;
		return (indent || first) && (t->numbered || !t->ok);
	default:
		return false;
	}
}

int ktap_stream_find(struct ktap *k, const char *prefix, const struct ktap_token *t)
{
	unsigned int i = k->depth;

	while (!starts_with(prefix, t->prefix, &k->streams[i]))
		i--;
	if (k->streams[i].prefix_len == t->prefix)
		return (int)i;
	if (!may_open(&k->streams[i], t, prefix + k->streams[i].prefix_len))
		return -1;
	ktap_streams_close(k, i);
	return open_stream(k, prefix, t->prefix) ? (int)k->depth : -1;
}
