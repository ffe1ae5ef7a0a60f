/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The KTAP reader against a table of streams: whole, in pieces of random size, and
 * with bytes changed or cut off.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../common/ktap.h"
#include "ktap_logs.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct log {
	char text[4096];
	size_t len;
};

static void on_event(const struct ktap_event *ev, void *arg)
{
	struct log *l = arg;
	char *at = l->text + l->len;
	size_t room = sizeof(l->text) - l->len;
	const char *slash = ev->path[0] ? "/" : "";
	int n = 0;

	if (ev->type == KTAP_RESULT)
		n = snprintf(at, room, "%s%c%s ", ev->full, ev->parent ? ':' : '=',
			     verdict_name(ev->verdict));
	else if (ev->type == KTAP_MISSING)
		n = snprintf(at, room, "%s%s?%lu-%lu ", ev->path, slash, ev->number, ev->last);
	else if (ev->type == KTAP_ERROR || ev->type == KTAP_BAIL)
		n = snprintf(at, room, ev->type == KTAP_ERROR ? "!" : "^");
	if ((size_t)n < room)
		l->len += (size_t)n;
}

/* Feeds a stream in pieces of 1..@most bytes; 0: whole. */
static enum verdict read_text(const char *text, size_t len, size_t most, struct log *l)
{
	struct ktap *k = ktap_new(on_event, l);
	enum verdict v;

	memset(l, 0, sizeof(*l));
	for (size_t at = 0; at < len;) {
		size_t n = most ? 1 + (size_t)rand() % most : len;

		if (n > len - at)
			n = len - at;
		ktap_feed(k, text + at, n);
		at += n;
	}
	v = ktap_finish(k)->verdict;
	ktap_free(k);
	return v;
}

static size_t length(const struct stream_case *s)
{
	return s->len ? s->len : strlen(s->text);
}

static bool same(const struct stream_case *s, size_t most)
{
	struct log l;
	enum verdict v = read_text(s->text, length(s), most, &l);

	if (v == s->verdict && !strcmp(l.text, s->log))
		return true;
	printf("# %s: expected %s '%s', found %s '%s'\n", s->name, verdict_name(s->verdict),
	       s->log, verdict_name(v), l.text);
	return false;
}

static bool same_in_pieces(const struct stream_case *s)
{
	for (int i = 0; i < 50; i++)
		if (!same(s, i < 5 ? 1 : (size_t)i))
			return false;
	return true;
}

static void mutate(char *text, size_t *len)
{
	static const char bytes[] = "\n\r\0 #<[-0123456789okntKTAPS\033\xff";

	for (int i = 1 + rand() % 4; i > 0 && *len; i--)
		text[(size_t)rand() % *len] = bytes[(size_t)rand() % sizeof(bytes)];
	if (rand() % 3 == 0 && *len)
		*len = (size_t)rand() % *len;
}

/* Neither crashes nor depends on how the bytes come. */
static bool survives(const struct stream_case *s, int rounds)
{
	char *text = malloc(length(s) + 1);
	bool ok = true;

	for (int i = 0; ok && i < rounds; i++) {
		struct log whole, pieces;
		size_t len = length(s);
		enum verdict a, b;

		memcpy(text, s->text, len);
		mutate(text, &len);
		a = read_text(text, len, 0, &whole);
		b = read_text(text, len, 7, &pieces);
		ok = a == b && !strcmp(whole.text, pieces.text) && (unsigned int)a < V_COUNT;
	}
	free(text);
	return ok;
}

/* @what, a line of 1 MB that ends with @tail, and a last result. */
static bool long_line(const char *tail, const char *log, enum verdict expected)
{
	size_t len = (1 << 20) + 128, at;
	char *text = malloc(len);
	struct log whole, pieces;
	enum verdict v, w;

	at = (size_t)sprintf(text, "1..3\nok 1 a\n");
	memset(text + at, 'o', 1 << 20);
	at += 1 << 20;
	at += (size_t)sprintf(text + at, "%s\nok 3 c\n", tail);
	v = read_text(text, at, 0, &whole);
	w = read_text(text, at, 9999, &pieces);
	free(text);
	if (v == expected && w == v && !strcmp(whole.text, log) && !strcmp(pieces.text, log))
		return true;
	printf("# expected %s, found %s and %s\n", log, whole.text, pieces.text);
	return false;
}

/* A stream of @depth levels, the innermost of which fails. */
static enum verdict nested(int depth, struct log *l)
{
	char *text = malloc(1 << 20), *at = text;
	enum verdict v;

	for (int i = 0; i < depth; i++)
		at += sprintf(at, "%*sKTAP version 1\n%*s1..1\n", 2 * i, "", 2 * i, "");
	for (int i = depth - 1; i >= 0; i--)
		at += sprintf(at, "%*s%s 1 t\n", 2 * i, "", i == depth - 1 ? "not ok" : "ok");
	v = read_text(text, (size_t)(at - text), 0, l);
	free(text);
	return v;
}

/* 9,999 results, with or without number 7,000. */
static bool many(bool all)
{
	char *text = malloc(1 << 20), *at = text + sprintf(text, "1..9999\n");
	struct log l;
	enum verdict v;

	for (int i = 1; i <= 9999; i++)
		if (all || i != 7000)
			at += sprintf(at, "ok %d\n", i);
	v = read_text(text, (size_t)(at - text), 0, &l);
	free(text);
	return all ? v == V_PASS : v == V_MISSING;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* MB/s of CPU time for a text said again and again. */
static void measure(const char *what, const char *line)
{
	size_t len = strlen(line), n = (8 << 20) / len;
	char *text = malloc(n * len);
	struct log l = { .len = sizeof(l.text) };
	struct ktap *k = ktap_new(on_event, &l);
	double t;

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, line, len);
	t = seconds();
	for (int i = 0; i < 4; i++)
		ktap_feed(k, text, n * len);
	t = seconds() - t;
	printf("# %s: %.0f MB/s\n", what, 4 * (double)(n * len) / 1e6 / t);
	ktap_free(k);
	free(text);
}

static void read_all(struct unit *u, const struct stream_case *s, size_t n)
{
	char name[96];

	for (; n; s++, n--) {
		unit_ok(u, same(s, 0), s->name);
		snprintf(name, sizeof(name), "%s.pieces", s->name);
		unit_ok(u, same_in_pieces(s), name);
		snprintf(name, sizeof(name), "%s.mutated", s->name);
		unit_ok(u, survives(s, 500), name);
	}
}

int main(void)
{
	struct unit u = { 0 };
	struct log l;

	unit_begin();
	srand(1);
	read_all(&u, streams, COUNT(streams));
	read_all(&u, logs, COUNT(logs));
	unit_ok(&u, long_line("", "a=PASS c=PASS ?2-2 ", V_MISSING), "long_line");
	unit_ok(&u, long_line("\rok 2 b", "a=PASS b=PASS c=PASS ", V_PASS), "long_line.cr");
	unit_ok(&u, long_line("[    1.000000] not ok 2 b", "a=PASS b=FAIL c=PASS ", V_FAIL),
		"long_line.printk");
	unit_ok(&u, nested(60, &l) == V_FAIL, "nested_60");
	unit_ok(&u, nested(5, &l) == V_FAIL && !strncmp(l.text, "#1/#1/#1/#1/t=FAIL ", 19),
		"nested_5");
	unit_ok(&u, !verdict_expected(nested(100, &l)), "nested_100");
	unit_ok(&u, many(true), "many");
	unit_ok(&u, many(false), "many.one_missing");
	measure("output",
		"some text of a program that says a lot, 80 bytes a line, without end...\n");
	measure("diagnostics",
		"# some text of a program that says a lot, 80 bytes a line, a..z\n");
	measure("results", "ok hugetlb_mremap.partial_move_returns_reservation.private\n");
	return unit_end(&u);
}
