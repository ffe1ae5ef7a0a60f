/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Incremental KTAP reader: the stack of open streams.
 *
 * A stream is known by its prefix, the indent and "# " in front of its lines. The
 * outermost one has the empty prefix and is always open, also when only nested
 * streams ever come.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ktap_line.h"

#define PREFIX_MAX 64
#define NAME_MAX_  192

struct stream {
	char prefix[PREFIX_MAX];
	char name[NAME_MAX_];  /* of this stream */
	char title[NAME_MAX_]; /* of the nested stream to come */
	bool seen;	       /* said anything at all */
	bool planned;
	bool skipped; /* 1..0 # SKIP */
	bool bailed;
	bool extra;
	bool any; /* worst is valid */
	enum verdict worst;
	unsigned long plan, count, beyond, next, max;
	bool child;	    /* a nested stream ended, its parent is to come */
	bool child_results; /* and had results */
	enum verdict child_worst;
	uint8_t numbers[KTAP_NUMBERS / 8 + 1];
};

struct ktap {
	ktap_cb *cb;
	void *arg;
	struct stream streams[KTAP_DEPTH];
	unsigned int depth; /* of the deepest open stream */
	bool after_result;
	bool yaml;
	size_t len;
	char line[KTAP_LINE_MAX];
	char clean[KTAP_LINE_MAX + 1];
	char path[KTAP_DEPTH * (NAME_MAX_ + 1)];
	struct ktap_outcome outcome;
};

static void emit(struct ktap *k, unsigned int depth, struct ktap_event *ev)
{
	size_t len = 0;

	if (!k->cb)
		return;
	k->path[0] = '\0';
	for (unsigned int i = 1; i <= depth; i++) {
		const char *slash = i > 1 ? "/" : "";
		const struct stream *s = &k->streams[i];
		size_t room = sizeof(k->path) - len;

		if (s->name[0])
			len += (size_t)snprintf(k->path + len, room, "%s%s", slash, s->name);
		else
			len += (size_t)snprintf(k->path + len, room, "%s#%lu", slash,
						k->streams[i - 1].next);
	}
	ev->depth = depth;
	ev->path = k->path;
	ev->name = ev->name ? ev->name : "";
	ev->why = ev->why ? ev->why : "";
	k->cb(ev, k->arg);
}

static void worsen(struct stream *s, enum verdict v)
{
	s->worst = s->any ? verdict_worst(s->worst, v) : v;
	s->any = true;
}

static void error(struct ktap *k, unsigned int depth, const char *what, unsigned long number)
{
	struct ktap_event ev = { .type = KTAP_ERROR, .number = number, .verdict = V_BROKEN };
	char text[sizeof(k->outcome.first_error)];

	if (number)
		snprintf(text, sizeof(text), "%s: %lu", what, number);
	else
		snprintf(text, sizeof(text), "%s", what);
	if (!k->outcome.errors++)
		memcpy(k->outcome.first_error, text, sizeof(text));
	worsen(&k->streams[depth], V_BROKEN);
	ev.why = text;
	emit(k, depth, &ev);
}

static bool number_seen(const struct stream *s, unsigned long n)
{
	if (n <= KTAP_NUMBERS)
		return s->numbers[n / 8] & (1U << n % 8);
	return n <= s->max;
}

static void missing(struct ktap *k, unsigned int depth, unsigned long from, unsigned long to)
{
	struct ktap_event ev = { .type = KTAP_MISSING, .number = from, .last = to };

	ev.verdict = V_MISSING;
	k->outcome.missing += to - from + 1;
	worsen(&k->streams[depth], V_MISSING);
	emit(k, depth, &ev);
}

/* Reports the numbers up to the plan, or up to the highest one, that are missing. */
static void report_missing(struct ktap *k, unsigned int depth)
{
	struct stream *s = &k->streams[depth];
	unsigned long plan = s->planned ? s->plan : s->max;
	unsigned long top = plan < KTAP_NUMBERS ? plan : KTAP_NUMBERS;
	unsigned long from = 0;

	for (unsigned long n = 1; n <= top + 1; n++) {
		bool gap = n <= top && !number_seen(s, n);

		if (gap && !from)
			from = n;
		if (!gap && from) {
			missing(k, depth, from, n - 1);
			from = 0;
		}
	}
	if (plan > KTAP_NUMBERS && plan - KTAP_NUMBERS > s->beyond)
		missing(k, depth, KTAP_NUMBERS + s->beyond + 1, plan);
}

/* Takes a nested stream whose parent never came. */
static void orphan(struct ktap *k, unsigned int depth)
{
	struct stream *s = &k->streams[depth];

	if (!s->child)
		return;
	s->child = false;
	if (s->seen)
		error(k, depth, "nested stream without a result of its parent", 0);
	worsen(s, s->child_worst);
}

static void sum_up(struct ktap *k, unsigned int depth)
{
	struct stream *s = &k->streams[depth];

	orphan(k, depth);
	report_missing(k, depth);
	if (s->planned && s->count > s->plan && !s->extra)
		error(k, depth, "more results than planned", s->count);
	if (s->bailed)
		worsen(s, V_BROKEN);
	if (!s->any)
		worsen(s, s->skipped ? V_SKIP : V_MISSING);
}

/* Closes the nested streams deeper than @depth. */
static void close_above(struct ktap *k, unsigned int depth)
{
	for (; k->depth > depth; k->depth--) {
		struct stream *s = &k->streams[k->depth];
		struct stream *up = s - 1;

		sum_up(k, k->depth);
		up->child = true;
		up->child_worst = s->worst;
		up->child_results = s->count || s->plan;
	}
}

static void reset(struct stream *s)
{
	memset(s, 0, sizeof(*s));
	s->next = 1;
}

static bool open_stream(struct ktap *k, const char *prefix, size_t len)
{
	struct stream *up = &k->streams[k->depth], *s = up + 1;

	orphan(k, k->depth);
	if (k->depth + 1 >= KTAP_DEPTH || len >= PREFIX_MAX) {
		error(k, k->depth, "nested too deep", 0);
		return false;
	}
	reset(s);
	memcpy(s->prefix, prefix, len);
	memcpy(s->name, up->title, sizeof(s->name));
	up->title[0] = '\0';
	k->depth++;
	return true;
}

/* The outermost stream begins anew: streams written one after the other. */
static void restart(struct ktap *k, unsigned int depth)
{
	struct stream *s = &k->streams[depth];
	enum verdict worst;

	if (!s->count && !s->planned && !s->child)
		return;
	if (depth) {
		char prefix[PREFIX_MAX];

		memcpy(prefix, s->prefix, sizeof(prefix));
		close_above(k, depth - 1);
		open_stream(k, prefix, strlen(prefix));
		return;
	}
	sum_up(k, 0);
	k->outcome.planned |= s->planned;
	worst = s->worst;
	reset(s);
	worsen(s, worst);
}

/* May a token open a stream below one whose prefix is shorter by @more? */
static bool may_open(const struct ktap_token *t, const char *more)
{
	bool indent = more[strspn(more, " \t")] == '\0' && strlen(more) > 1;

	switch (t->type) {
	case KTAP_T_VERSION:
	case KTAP_T_PLAN:
		return true;
	case KTAP_T_SUBTEST:
		return indent;
	case KTAP_T_RESULT:
		return indent && t->numbered;
	default:
		return false;
	}
}

/* Finds or opens the stream with this prefix; -1 when it is none. */
static int find_stream(struct ktap *k, const char *prefix, const struct ktap_token *t)
{
	size_t len = strlen(prefix);
	unsigned int i = k->depth;

	for (;; i--) {
		size_t n = strlen(k->streams[i].prefix);

		if (n == len && !memcmp(k->streams[i].prefix, prefix, len))
			return (int)i;
		if (n < len && !memcmp(k->streams[i].prefix, prefix, n)) {
			if (!may_open(t, prefix + n))
				return -1;
			break;
		}
	}
	close_above(k, i);
	return open_stream(k, prefix, len) ? (int)k->depth : -1;
}

static void check_number(struct ktap *k, unsigned int depth, unsigned long n)
{
	struct stream *s = &k->streams[depth];

	if (!n) {
		error(k, depth, "result without a usable number", 0);
		return;
	}
	if (s->planned && n > s->plan) {
		s->extra = true;
		error(k, depth, "result beyond the plan", n);
	} else if (number_seen(s, n)) {
		error(k, depth, "duplicate result", n);
	} else if (n < s->max) {
		error(k, depth, "result out of order", n);
	}
	if (n > KTAP_NUMBERS)
		s->beyond += n > s->max;
	else
		s->numbers[n / 8] |= (uint8_t)(1U << n % 8);
	s->max = n > s->max ? n : s->max;
}

static enum verdict judge(const struct stream *s, const struct ktap_token *t)
{
	enum verdict own = verdict_from_ktap(t->ok, t->directive, t->why);

	if (!s->child)
		return own;
	if (own == V_PASS)
		return s->child_worst;
	if (own == V_SKIP && !s->child_results && s->child_worst == V_MISSING)
		return V_SKIP;
	return verdict_worst(own, s->child_worst);
}

static void on_result(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct stream *s = &k->streams[depth];
	struct ktap_event ev = { .type = KTAP_RESULT, .ok = t->ok, .directive = t->directive };

	ev.number = t->numbered ? t->number : s->next;
	if (t->overflow)
		ev.number = 0;
	s->count++;
	check_number(k, depth, ev.number);
	ev.name = t->name;
	ev.why = t->why;
	ev.parent = s->child && s->child_results;
	ev.verdict = judge(s, t);
	worsen(s, ev.verdict);
	if (!ev.parent)
		k->outcome.leaves[ev.verdict]++;
	emit(k, depth, &ev);
	s->child = false;
	s->title[0] = '\0';
	s->next = ev.number ? ev.number + 1 : s->next;
	k->after_result = true;
}

static void on_plan(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct stream *s = &k->streams[depth];
	struct ktap_event ev = { .type = KTAP_PLAN, .number = t->number, .why = t->why };

	if (t->overflow) {
		error(k, depth, "plan without a usable number", 0);
		return;
	}
	if (s->planned && s->plan != t->number) {
		error(k, depth, "a second plan", t->number);
		s->plan = t->number > s->plan ? t->number : s->plan;
		return;
	}
	s->planned = true;
	s->plan = t->number;
	s->skipped = !t->number && t->directive == KTAP_D_SKIP;
	emit(k, depth, &ev);
}

static void copy_name(char *to, const char *from)
{
	snprintf(to, NAME_MAX_, "%.*s", NAME_MAX_ - 1, from);
}

static void on_subtest(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct stream *s = &k->streams[depth];

	if (t->type == KTAP_T_SUBTEST && depth && !s->count && !s->name[0])
		copy_name(s->name, t->name);
	else
		copy_name(s->title, t->name);
}

static void on_bail(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct ktap_event ev = { .type = KTAP_BAIL, .why = t->why, .verdict = V_BROKEN };

	k->streams[depth].bailed = true;
	k->outcome.bailed |= depth == 0;
	emit(k, depth, &ev);
}

static void on_token(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	if (t->type != KTAP_T_TITLE && t->type != KTAP_T_SUBTEST)
		close_above(k, depth);
	if (t->type == KTAP_T_VERSION) {
		restart(k, depth);
		k->streams[k->depth].seen = true;
		return;
	}
	if (k->streams[depth].bailed)
		return;
	k->streams[depth].seen |= t->type != KTAP_T_TITLE;
	if (t->type == KTAP_T_RESULT)
		on_result(k, depth, t);
	else if (t->type == KTAP_T_PLAN)
		on_plan(k, depth, t);
	else if (t->type == KTAP_T_BAIL)
		on_bail(k, depth, t);
	else
		on_subtest(k, depth, t);
}

/* True when the line belongs to a YAML block behind a result. */
static bool in_yaml(struct ktap *k, const char *line)
{
	const char *text = line + strspn(line, " \t");

	if (text == line)
		k->yaml = false;
	else if (!strcmp(text, "---") && k->after_result)
		k->yaml = true;
	else if (k->yaml && !strcmp(text, "...")) {
		k->yaml = false;
		return true;
	}
	return k->yaml;
}

static void diag(struct ktap *k, const char *line)
{
	struct ktap_event ev = { .type = KTAP_DIAG, .why = line + 1 + (line[1] == ' ') };

	emit(k, 0, &ev);
}

static void on_segment(struct ktap *k, char *line)
{
	char prefix[PREFIX_MAX] = "";
	struct ktap_token t;
	int depth;

	if (!k->streams[0].bailed && in_yaml(k, line))
		return;
	k->after_result = false;
	ktap_tokenise(line, &t);
	if (t.type == KTAP_T_NONE || t.prefix >= sizeof(prefix)) {
		if (line[0] == '#')
			diag(k, line);
		return;
	}
	memcpy(prefix, line, t.prefix);
	depth = find_stream(k, prefix, &t);
	if (depth >= 0 && !k->streams[0].bailed)
		on_token(k, (unsigned int)depth, &t);
}

static void on_line(struct ktap *k, const char *raw, size_t n)
{
	char *s = k->clean;

	if (!ktap_interesting(raw, n)) {
		k->after_result = false;
		return;
	}
	ktap_clean(raw, n, s);
	while (s) {
		char *cut, first;

		s += ktap_printk(s, true);
		cut = ktap_cut(s);
		if (!cut) {
			on_segment(k, s);
			return;
		}
		/* A printk prefix is looked at again: it keeps its first byte. */
		first = *cut;
		*cut = '\0';
		on_segment(k, s);
		*cut = first;
		s = cut + (first == '\r');
	}
}

struct ktap *ktap_new(ktap_cb *cb, void *arg)
{
	struct ktap *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->cb = cb;
	k->arg = arg;
	reset(&k->streams[0]);
	return k;
}

void ktap_free(struct ktap *k)
{
	free(k);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

void ktap_feed(struct ktap *k, const char *data, size_t len)
{
	while (len) {
		const char *nl = memchr(data, '\n', len);
		size_t n = nl ? (size_t)(nl - data) : len;
		size_t room = sizeof(k->line) - k->len;

		if (nl && !k->len) {
			on_line(k, data, min_size(n, sizeof(k->line)));
		} else {
			memcpy(k->line + k->len, data, min_size(n, room));
			k->len += min_size(n, room);
			if (nl) {
				on_line(k, k->line, k->len);
				k->len = 0;
			}
		}
		n += nl != NULL;
		data += n;
		len -= n;
	}
}

const struct ktap_outcome *ktap_finish(struct ktap *k)
{
	if (k->len)
		on_line(k, k->line, k->len);
	k->len = 0;
	close_above(k, 0);
	sum_up(k, 0);
	k->outcome.planned |= k->streams[0].planned;
	k->outcome.verdict = k->streams[0].worst;
	return &k->outcome;
}
