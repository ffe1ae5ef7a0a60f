/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a token means to the stream it belongs to: plans, results, verdicts.
 */
#include <stdio.h>
#include <string.h>
#include "ktap_impl.h"

/* The full name of a result, unique, into k->full. */
static void full_name(struct ktap *k, unsigned int depth, const struct ktap_event *ev)
{
	size_t len = k->streams[depth].path_len;

	memcpy(k->full, k->path, len);
	if (len)
		k->full[len++] = '/';
	if (ev->name[0])
		len = (size_t)(stpcpy(k->full + len, ev->name) - k->full);
	else
		len += (size_t)sprintf(k->full + len, "#%lu", ev->number);
	ktap_names_unique(&k->names, k->full, len, sizeof(k->full));
}

void ktap_emit(struct ktap *k, unsigned int depth, struct ktap_event *ev)
{
	char *end = k->path + k->streams[depth].path_len, deeper = *end;

	if (!k->cb)
		return;
	ev->depth = depth;
	ev->path = k->path;
	ev->full = k->path;
	ev->name = ev->name ? ev->name : "";
	ev->why = ev->why ? ev->why : "";
	if (ev->type == KTAP_RESULT) {
		full_name(k, depth, ev);
		ev->full = k->full;
	}
	*end = '\0';
	k->cb(ev, k->arg);
	*end = deeper;
}

void ktap_error(struct ktap *k, unsigned int depth, const char *what, unsigned long number)
{
	struct ktap_event ev = { .type = KTAP_ERROR, .number = number, .verdict = V_BROKEN };
	char text[sizeof(k->outcome.first_error)];

	if (number)
		snprintf(text, sizeof(text), "%s: %lu", what, number);
	else
		snprintf(text, sizeof(text), "%s", what);
	if (!k->outcome.errors++)
		memcpy(k->outcome.first_error, text, sizeof(text));
	ktap_worsen(&k->streams[depth], V_BROKEN);
	ev.why = text;
	ktap_emit(k, depth, &ev);
}

static void check_number(struct ktap *k, unsigned int depth, unsigned long n)
{
	struct ktap_part *p = &k->streams[depth].part;

	if (!n) {
		ktap_error(k, depth, "result without a usable number", 0);
		return;
	}
	if (p->planned && n > p->plan) {
		p->extra = true;
		ktap_error(k, depth, "result beyond the plan", n);
	} else if (ktap_numbers_seen(&p->numbers, n)) {
		ktap_error(k, depth, "duplicate result", n);
	} else if (n < p->numbers.max) {
		ktap_error(k, depth, "result out of order", n);
	}
	ktap_stream_count(k, depth, n);
}

static enum verdict judge(const struct ktap_stream *s, const struct ktap_token *t)
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
	struct ktap_stream *s = &k->streams[depth];
	struct ktap_event ev = { .type = KTAP_RESULT, .ok = t->ok, .directive = t->directive };

	ev.number = t->numbered ? t->number : s->part.next;
	if (t->overflow)
		ev.number = 0;
	s->part.count++;
	check_number(k, depth, ev.number);
	ev.name = t->name;
	ev.why = t->why;
	ev.parent = s->child && s->child_results;
	ev.verdict = judge(s, t);
	ktap_worsen(s, ev.verdict);
	if (!ev.parent)
		k->outcome.leaves[ev.verdict]++;
	ktap_emit(k, depth, &ev);
	s->child = s->announced = false;
	s->title[0] = '\0';
	s->part.next = ev.number ? ev.number + 1 : s->part.next;
	k->after_result = true;
	k->result_depth = depth;
}

static void on_plan(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct ktap_part *p = &k->streams[depth].part;
	struct ktap_event ev = { .type = KTAP_PLAN, .number = t->number, .why = t->why };

	if (t->overflow) {
		ktap_error(k, depth, "plan without a usable number", 0);
		return;
	}
	if (p->planned && p->plan != t->number) {
		ktap_error(k, depth, "a second plan", t->number);
		p->plan = t->number > p->plan ? t->number : p->plan;
		return;
	}
	p->planned = true;
	p->plan = t->number;
	p->skipped = !t->number && t->directive == KTAP_D_SKIP;
	ktap_emit(k, depth, &ev);
}

static void on_name(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct ktap_stream *s = &k->streams[depth];
	bool begins = depth && depth == k->depth && !s->part.count && !s->child;
	size_t len;

	if (begins && (t->type == KTAP_T_NAME || (t->type == KTAP_T_SUBTEST && !s->named))) {
		ktap_stream_name(k, depth, t->name);
		s->named = true;
		return;
	}
	if (t->type == KTAP_T_NAME)
		return;
	if (t->type == KTAP_T_TITLE)
		ktap_stream_announce(k, depth);
	len = ktap_utf8_floor(t->name, sizeof(s->title) - 1);
	memcpy(s->title, t->name, len);
	s->title[len] = '\0';
}

static void on_bail(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct ktap_event ev = { .type = KTAP_BAIL, .why = t->why, .verdict = V_BROKEN };

	k->streams[depth].bailed = true;
	k->streams[depth].results = true;
	k->outcome.bailed |= depth == 0;
	ktap_emit(k, depth, &ev);
}

void ktap_on_token(struct ktap *k, unsigned int depth, const struct ktap_token *t)
{
	struct ktap_stream *s = &k->streams[depth];

	if (t->type != KTAP_T_TITLE && t->type != KTAP_T_SUBTEST && t->type != KTAP_T_NAME)
		ktap_streams_close(k, depth);
	if (s->bailed)
		return;
	s->seen |= t->type != KTAP_T_TITLE;
	if (t->type == KTAP_T_VERSION)
		ktap_stream_restart(k, depth);
	else if (t->type == KTAP_T_RESULT)
		on_result(k, depth, t);
	else if (t->type == KTAP_T_PLAN)
		on_plan(k, depth, t);
	else if (t->type == KTAP_T_BAIL)
		on_bail(k, depth, t);
	else
		on_name(k, depth, t);
}
