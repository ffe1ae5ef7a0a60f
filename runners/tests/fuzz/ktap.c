// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KTAP reader under libFuzzer. Any input must be read without a fault, and:
 * - a good verdict goes with no bad, missing or unplanned result, no error and no
 *   "Bail out!", and never with a plain "not ok" in the first column, which is
 *   looked for apart from the reader;
 * - it does not matter in what pieces the bytes come;
 * - a log that began badly stays bad, whatever follows; one that is cut off before
 *   its last planned result is not good;
 * - the same lines behind printk() stamps or "# " are no better;
 * - names are unique, and text is well-formed.
 */
#include "../../common/ktap.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 4096
#define LINE_SURE (KTAP_LINE_MAX - 64) /* bytes that are seen, whatever is in front */

struct summary {
	enum verdict verdict;
	bool planned, bailed;
	unsigned long plan; /* of the outermost stream */
	unsigned long top, bad, errors;
	uint64_t hash; /* of all events */
	uint64_t names[NAMES_MAX];
	size_t n;
};

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static uint64_t mix(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return (h ^ 0xff) * 0x100000001b3;
}

static bool good(enum verdict v)
{
	return v == V_HELD || v == V_SKIP || v == V_PASS || v == V_XFAIL || v == V_XPASS;
}

/* No control characters, and UTF-8 as far as lead and continuation bytes go. */
static bool well_formed(const char *s)
{
	int more = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < ' ' && c != '\t') || c == 0x7f || (more > 0) != ((c & 0xc0) == 0x80))
			return false;
		if (more)
			more--;
		else
			more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0;
	}
	return !more;
}

static void on_event(const struct ktap_event *ev, void *arg)
{
	struct summary *s = arg;

	require(well_formed(ev->path) && well_formed(ev->name) && well_formed(ev->full) &&
			well_formed(ev->why),
		"text");
	s->hash = mix(mix(mix(s->hash, ev->path), ev->full), ev->why);
	s->hash = (s->hash ^ ev->number ^ ev->last << 20 ^ (uint64_t)ev->verdict << 50 ^
		   (uint64_t)ev->type << 60) *
		  0x100000001b3;
	if (ev->type == KTAP_PLAN && !ev->depth)
		s->plan = ev->number;
	if (ev->type == KTAP_ERROR)
		s->errors++;
	if (ev->type == KTAP_MISSING || ev->type == KTAP_BAIL || ev->type == KTAP_ERROR)
		s->bad++;
	if (ev->type != KTAP_RESULT)
		return;
	s->bad += !good(ev->verdict);
	s->top += !ev->depth;
	if (s->n < NAMES_MAX)
		s->names[s->n++] = mix(0xcbf29ce484222325, ev->full);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Reads a log in pieces of @piece bytes; 0: as a whole. */
static void read_log(const char *text, size_t len, size_t piece, struct summary *s)
{
	struct ktap *k = ktap_new(on_event, s);
	const struct ktap_outcome *o;

	memset(s, 0, sizeof(*s));
	for (size_t at = 0, n; at < len; at += n) {
		n = piece && piece < len - at ? piece : len - at;
		ktap_feed(k, text + at, n);
		piece += piece > 0 && piece % 7 != 0;
	}
	o = ktap_finish(k);
	s->verdict = o->verdict;
	s->planned = o->planned;
	s->bailed = o->bailed;
	require((unsigned int)o->verdict < V_COUNT, "a verdict");
	require(!good(o->verdict) || (!s->bad && !o->missing && !o->errors && !o->bailed),
		"good, but something was bad");
	ktap_free(k);
	qsort(s->names, s->n, sizeof(s->names[0]), compare);
	for (size_t i = 1; i < s->n; i++)
		require(s->names[i] != s->names[i - 1], "names are unique");
}

/* "not ok" in the first column, in a line of plain characters without "# SKIP" or "[SKIP]". */
static bool plain_failure(const char *text, size_t len)
{
	for (const char *p = text, *end; p < text + len; p = end + 1) {
		bool plain = true;

		end = memchr(p, '\n', len - (size_t)(p - text));
		if (!end)
			end = text + len;
		if (end - p < 6 || memcmp(p, "not ok", 6) || (end - p > 6 && p[6] != ' '))
			continue;
		for (const char *c = p; c < end; c++)
			plain &= *c >= ' ' && *c <= '~' && *c != '#' && *c != '[';
		if (plain)
			return true;
	}
	return false;
}

/* The log with @prefix in front of each line; NULL when a line is too long to compare. */
static char *prefixed(const char *text, size_t len, const char *prefix, size_t *n)
{
	size_t plen = strlen(prefix), lines = 1, line = 0;
	char *out, *p;

	for (size_t i = 0; i < len; i++) {
		line = text[i] == '\n' ? 0 : line + 1;
		lines += text[i] == '\n';
		if (line > LINE_SURE)
			return NULL;
	}
	p = out = malloc(len + lines * plen + 1);
	for (size_t i = 0; i < len; i++) {
		if (!i || text[i - 1] == '\n')
			p = stpcpy(p, prefix);
		*p++ = text[i];
	}
	*n = (size_t)(p - out);
	return out;
}

/* A terminal shows what follows the last CR of a line in place of what stood there. */
static bool overwrites(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == '\r' && text[i + 1] != '\n')
			return true;
	return false;
}

static void check_prefix(const char *text, size_t len, const char *prefix,
			 const struct summary *s)
{
	static struct summary with;
	size_t n;
	char *copy = prefixed(text, len, prefix, &n);

	if (!copy)
		return;
	read_log(copy, n, 0, &with);
	require(good(s->verdict) || !good(with.verdict), "a prefix makes a bad log good");
	free(copy);
}

/*
 * Other output cannot be told from the stream, and a stream has to say that it begins. A byte
 * order mark (0xef ...) is one at the beginning of a line only.
 */
static bool is_clear(const char *text, size_t len)
{
	return len > 14 && !memcmp(text, "KTAP version 1\n", 15) && !memchr(text, '\r', len) &&
	       !memchr(text, '[', len) && !memchr(text, 0xef, len);
}

static void check_cut(const char *text, size_t len, size_t at, const struct summary *s)
{
	static struct summary part;

	while (at < len && text[at] != '\n')
		at++;
	if (at >= len)
		return;
	read_log(text, at + 1, 0, &part);
	/* Results that failed, unlike missing ones, are not mended by what follows. */
	require(part.verdict < V_FAIL || !good(s->verdict), "more text makes a bad log good");
	if (good(s->verdict) && part.planned && part.plan && part.plan == s->plan)
		require(part.top >= part.plan || !good(part.verdict), "cut off, and good");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct summary whole, pieces;
	const char *text = (const char *)data;

	read_log(text, size, 0, &whole);
	require(!good(whole.verdict) || !plain_failure(text, size), "a failure was overlooked");
	read_log(text, size, 1 + size % 13, &pieces);
	require(whole.verdict == pieces.verdict && whole.hash == pieces.hash,
		"pieces are read otherwise");
	check_cut(text, size, size / 2, &whole);
	if (!overwrites(text, size))
		check_prefix(text, size, "[    1.234567] ", &whole);
	if (is_clear(text, size))
		check_prefix(text, size, "# ", &whole);
	return 0;
}
