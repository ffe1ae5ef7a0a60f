// SPDX-License-Identifier: GPL-2.0-only
/* A header line is found, checked, and only then is its length believed. */
#include "frames.h"
#include "util.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The longest header: '@', path, blank, digits, newline. */
#define HEADER_MAX (FRAME_PATH_MAX + 16)

void frames_init(struct frames *f, frame_fn fn, void *ctx)
{
	*f = (struct frames){ .fn = fn, .ctx = ctx };
}

void frames_free(struct frames *f)
{
	free(f->buf);
	f->buf = NULL;
	f->have = f->room = 0;
}

size_t frames_pending(const struct frames *f)
{
	return f->have;
}

static void drop(struct frames *f, size_t n)
{
	f->have -= n;
	memmove(f->buf, f->buf + n, f->have);
}

static bool path_is_safe(char *path)
{
	char *part, *save = path;
	int parts = 0;
	bool ok = true;

	if (!strcmp(path, "-"))
		return true;
	while (ok && (part = strsep(&save, "/"))) {
		ok = safe_component(part) && ++parts <= 3;
		if (save)
			save[-1] = '/';
	}
	return ok;
}

/* Parse the header line [h, end).  Fills path and len. */
static bool parse_header(const char *h, const char *end, char *path, size_t *len)
{
	const char *blank = memchr(h, ' ', (size_t)(end - h));
	size_t n = 0, digits = 0;

	if (*h != '@' || !blank || blank - h < 2 || blank - h > FRAME_PATH_MAX)
		return false;
	memcpy(path, h + 1, (size_t)(blank - h - 1));
	path[blank - h - 1] = '\0';
	for (const char *p = blank + 1; p < end; p++, digits++) {
		if (!isdigit((unsigned char)*p) || digits >= 8)
			return false;
		n = n * 10 + (size_t)(*p - '0');
	}
	*len = n;
	return digits && n <= FRAME_MAX && strlen(path) == (size_t)(blank - h - 1) &&
	       path_is_safe(path);
}

/* Throw away what cannot begin a frame: up to the next '@' after the first byte. */
static void resync(struct frames *f)
{
	char *at = f->have > 1 ? memchr(f->buf + 1, '@', f->have - 1) : NULL;
	size_t n = at ? (size_t)(at - f->buf) : f->have;

	f->garbage += n;
	drop(f, n);
}

/* One step: true when something was consumed and another try makes sense. */
static bool step(struct frames *f)
{
	char path[FRAME_PATH_MAX + 1];
	size_t len, head;
	char *nl;

	if (!f->have)
		return false;
	if (f->buf[0] != '@') {
		resync(f);
		return true;
	}
	nl = memchr(f->buf, '\n', f->have);
	if (!nl && f->have < HEADER_MAX)
		return false;
	if (!nl || !parse_header(f->buf, nl, path, &len)) {
		resync(f);
		return true;
	}
	head = (size_t)(nl - f->buf) + 1;
	if (f->have < head + len + 1)
		return false;
	if (f->buf[head + len] != '\n') {
		resync(f);
		return true;
	}
	f->fn(f->ctx, path, f->buf + head, len);
	drop(f, head + len + 1);
	return true;
}

void frames_feed(struct frames *f, const char *data, size_t n)
{
	if (f->have + n > f->room) {
		f->room = (f->have + n) * 2;
		f->buf = xrealloc(f->buf, f->room);
	}
	if (n)
		memcpy(f->buf + f->have, data, n);
	f->have += n;
	while (step(f))
		;
}
