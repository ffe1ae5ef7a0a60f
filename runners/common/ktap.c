/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Incremental KTAP reader: from bytes to lines, and to segments of lines where
 * something else was written in between.
 */
#include <stdlib.h>
#include <string.h>
#include "ktap_impl.h"

#define KEEP (KTAP_LINE_MAX / 4) /* bytes of a long line that are left for the next look */

static const char *behind_prefix(const char *line, const struct ktap_stream *s)
{
	return strncmp(line, s->prefix, s->prefix_len) ? NULL : line + s->prefix_len;
}

/* A block that has no end may hide results: that must not look like success. */
static void end_yaml(struct ktap *k)
{
	if (k->yaml && k->yaml_hides)
		ktap_error(k, k->result_depth, "YAML without end hides results", 0);
	k->yaml = k->yaml_hides = false;
}

/* True when the line belongs to a YAML block behind a result. */
static bool in_yaml(struct ktap *k, char *line)
{
	const char *rest = behind_prefix(line, &k->streams[k->result_depth]);
	const char *text = rest ? rest + strspn(rest, " \t") : NULL;
	struct ktap_token t;

	/* Empty, or empty behind the prefix of the stream. */
	if (!line[strspn(line, " \t")] || (text && !*text))
		return k->yaml;
	if (!text || text == rest) {
		end_yaml(k);
		return false;
	}
	if (!k->yaml) {
		k->yaml = !strcmp(text, "---");
		return k->yaml;
	}
	if (!strcmp(text, "...")) {
		k->yaml = k->yaml_hides = false;
		return true;
	}
	ktap_tokenise(line, &t);
	k->yaml_hides |= t.type != KTAP_T_NONE;
	return true;
}

static void diag(struct ktap *k, const char *line)
{
	struct ktap_event ev = { .type = KTAP_DIAG, .why = line + 1 + (line[1] == ' ') };

	ktap_emit(k, 0, &ev);
}

static void on_line(struct ktap *k, char *line)
{
	char prefix[KTAP_PREFIX_MAX];
	struct ktap_token t;
	int depth;

	if ((k->yaml || k->after_result) && in_yaml(k, line))
		return;
	k->after_result = false;
	ktap_tokenise(line, &t);
	if (t.type == KTAP_T_NONE) {
		if (line[0] == '#')
			diag(k, line);
		return;
	}
	if (t.prefix >= sizeof(prefix)) {
		ktap_error(k, k->depth, "nested too deep", 0);
		return;
	}
	memcpy(prefix, line, t.prefix);
	prefix[t.prefix] = '\0';
	depth = ktap_stream_find(k, prefix, &t);
	if (depth >= 0)
		ktap_on_token(k, (unsigned int)depth, &t);
}

/* A segment of a line; @cut: something else was written behind it. */
static void on_segment(struct ktap *k, const char *s, size_t n, bool cut)
{
	size_t len = ktap_clean(s, n, k->clean), at = 0, stamp;

	while ((stamp = ktap_stamp(k->clean + at, len - at, true)))
		at += stamp;
	if (k->streams[0].bailed)
		return;
	if (cut && ktap_torn(k->clean + at))
		ktap_error(k, 0, "a result was torn apart by other output", 0);
	on_line(k, k->clean + at);
}

/*
 * Deals with the segments of a line that begin before @limit. Returns from where
 * the rest has to be looked at again; k->tail: in the middle of a segment.
 */
static size_t on_segments(struct ktap *k, const char *s, size_t n, size_t limit)
{
	size_t at = 0;

	while (at < limit) {
		size_t stamp = k->tail ? 0 : ktap_stamp(s + at, n - at, true);
		size_t cut = at + stamp + ktap_cut(s + at + stamp, n - at - stamp);

		if (!k->tail)
			on_segment(k, s + at, cut - at, cut < n);
		k->tail = cut == n;
		if (k->tail)
			return limit;
		at = cut + (s[cut] == '\r');
	}
	return at;
}

static void on_whole(struct ktap *k, const char *s, size_t n)
{
	if (k->tail || ktap_interesting(s, n)) {
		on_segments(k, s, n, n);
	} else {
		k->after_result = false;
		if (n && *s != ' ' && *s != '\t')
			end_yaml(k);
	}
	k->tail = false;
}

/* Keeps a part of a line; of a long one what was not dealt with. */
static void keep(struct ktap *k, const char *data, size_t n)
{
	while (n) {
		size_t room = sizeof(k->line) - k->len, done;
		size_t some = n < room ? n : room;

		if (!room) {
			done = on_segments(k, k->line, k->len, k->len - KEEP);
			k->len -= done;
			memmove(k->line, k->line + done, k->len);
			continue;
		}
		memcpy(k->line + k->len, data, some);
		k->len += some;
		data += some;
		n -= some;
	}
}

void ktap_feed(struct ktap *k, const char *data, size_t len)
{
	while (len) {
		const char *nl = memchr(data, '\n', len);
		size_t n = nl ? (size_t)(nl - data) : len;

		if (nl && !k->len && n <= sizeof(k->line)) {
			on_whole(k, data, n);
		} else {
			keep(k, data, n);
			if (nl)
				on_whole(k, k->line, k->len);
			k->len = nl ? 0 : k->len;
		}
		n += nl != NULL;
		data += n;
		len -= n;
	}
}

struct ktap *ktap_new(ktap_cb *cb, void *arg)
{
	struct ktap *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->cb = cb;
	k->arg = arg;
	ktap_stream_reset(&k->streams[0]);
	return k;
}

void ktap_free(struct ktap *k)
{
	free(k);
}

const struct ktap_outcome *ktap_finish(struct ktap *k)
{
	struct ktap_stream *s = &k->streams[0];

	on_whole(k, k->line, k->len);
	k->len = 0;
	end_yaml(k);
	ktap_streams_close(k, 0);
	ktap_stream_sum_up(k, 0);
	/* No parent's SKIP excuses a broken stream. */
	if (k->outcome.errors)
		ktap_worsen(s, V_BROKEN);
	k->outcome.planned = !s->unplanned;
	k->outcome.verdict = s->worst;
	return &k->outcome;
}
