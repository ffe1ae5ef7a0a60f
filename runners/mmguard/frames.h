/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decoder of the frames mmrun sends: "@PATH LEN\n", LEN bytes, "\n".  The other side may be a
 * dying kernel, so nothing it says is believed: a path has at most three safe components, a
 * length at most FRAME_MAX, and after garbage the decoder looks for the next line that is a
 * frame header.
 */
#ifndef MG_FRAMES_H
#define MG_FRAMES_H

#include <stddef.h>

#define FRAME_MAX      (1u << 20)
#define FRAME_PATH_MAX 256

/* One frame; @path is "-" for a heartbeat.  @data is only valid during the call. */
typedef void (*frame_fn)(void *ctx, const char *path, const char *data, size_t len);

struct frames {
	frame_fn fn;
	void *ctx;
	char *buf;
	size_t have, room;
	size_t garbage; /* bytes that belonged to no frame */
};

/* Start a decoder; frames_free() gives its buffer back. */
void frames_init(struct frames *f, frame_fn fn, void *ctx);
/* Take @n bytes; calls fn once for every whole frame. */
void frames_feed(struct frames *f, const char *data, size_t n);
/* Bytes of an unfinished frame. */
size_t frames_pending(const struct frames *f);
void frames_free(struct frames *f);
#endif
