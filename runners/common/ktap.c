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

/* Until something was said, and where lines were found to have something in front. */
static bool may_learn(const struct ktap *k)
{
	const struct ktap_stream *s = &k->streams[0];

	return k->before[0] || (!k->depth && !s->seen && !s->part.nested);
}

static size_t stamps(const char *line)
{
	size_t at = 0, stamp = 1;

	while (stamp && (line[at] == '[' || line[at] == '<')) {
		stamp = ktap_stamp(line + at, strlen(line + at), true);
		at += stamp;
	}
	return at;
}

/* The line that somebody wrote, behind all that a log and the kernel put in front of it. */
static char *behind(struct ktap *k, char *line)
{
	size_t known;

	line += stamps(line);
	if (!strncmp(line, KTAP_BOM, strlen(KTAP_BOM)))
		line += strlen(KTAP_BOM);
	known = ktap_before(k->before, line);
	line += known;
	line += stamps(line);
	if (!known && may_learn(k))
		line += ktap_before_learn(k->before, line);
	return line;
}

/* A segment of a line; @cut: something else was written behind it. */
static void on_segment(struct ktap *k, const char *s, size_t n, bool cut)
{
	char *line;

	ktap_clean(s, n, k->clean);
	line = behind(k, k->clean);
	if (k->streams[0].bailed)
		return;
	if (cut && ktap_torn(line))
		ktap_error(k, 0, "a result was torn apart by other output", 0);
	else if (k->cut_off && ktap_torn(line))
		ktap_error(k, 0, "the log ends in the middle of a result", 0);
	on_line(k, line);
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

/* False when nothing of a line can matter; a fast look. */
static bool worth(const struct ktap *k, const char *s, size_t n)
{
	static const char version[] = "TAP version ";

	return k->tail || k->before[0] || ktap_interesting(s, n) ||
	       (may_learn(k) &&
		(memmem(s, n, version, sizeof(version) - 1) || !ktap_plain(s, n)));
}

static void on_whole(struct ktap *k, const char *s, size_t n)
{
	if (n && worth(k, s, n)) {
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

	k->cut_off = k->len;
	on_whole(k, k->line, k->len);
	k->len = 0;
	end_yaml(k);
	ktap_streams_close(k, 0);
	ktap_stream_sum_up(k, 0);
	/* No parent's SKIP excuses a broken stream. */
	if (k->outcome.errors)
		ktap_worsen(s, V_BROKEN);
	k->outcome.planned = !s->unplanned;
	k->outcome.spoken = s->seen || s->part.nested;
	k->outcome.verdict = s->worst;
	return &k->outcome;
}
