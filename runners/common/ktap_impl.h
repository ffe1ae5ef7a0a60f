/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the KTAP reader share: text, tokens, numbers, names, streams.
 */
#ifndef MMGUARD_KTAP_IMPL_H
#define MMGUARD_KTAP_IMPL_H

#include <stdint.h>
#include "ktap.h"

/* ---- ktap_text.c: bytes as they come, from consoles too ---- */

/* With which some editors begin a file in UTF-8. */
#define KTAP_BOM "\xef\xbb\xbf"

/*
 * Copies @n bytes to @out (@n + 1 bytes) without NULs and escape sequences, bad
 * UTF-8 and control characters as '?'. Returns the length.
 */
size_t ktap_clean(const char *s, size_t n, char *out);

/* True when cleaning changes nothing: there is nothing but printable ASCII. */
bool ktap_plain(const char *s, size_t n);

/* False when a line can be neither KTAP nor a "# " line; a fast look. */
bool ktap_interesting(const char *s, size_t n);

/*
 * Length of what printk() puts in front: "<6>[   12.345678][  T42] ", 0 when it is
 * not there. At the start of a line the fraction may have any width.
 */
size_t ktap_stamp(const char *s, size_t n, bool start);

/* Offset of the first CR, or of what printk() put in the middle; @n: none. */
size_t ktap_cut(const char *s, size_t n);

/* At most @n bytes of @s that end with a whole character. */
size_t ktap_utf8_floor(const char *s, size_t n);

/* ---- ktap_before.c: what a log has in front of each line ---- */

/* Length of what stands at the start of @line and looks like @like; 0 when nothing does. */
size_t ktap_before(const char *like, const char *line);

/*
 * Copies what @line has in front of a version line to @like (KTAP_PREFIX_MAX bytes).
 * Returns its length; 0, and @like is as it was, when @line is no such line.
 */
size_t ktap_before_learn(char *like, const char *line);

/* ---- ktap_token.c: what one line is ---- */

enum ktap_token_type {
	KTAP_T_NONE,
	KTAP_T_VERSION,
	KTAP_T_PLAN,
	KTAP_T_RESULT,
	KTAP_T_NAME,	/* "#:ktap_test: name" of the stream itself */
	KTAP_T_SUBTEST, /* "# Subtest: name" of the stream, or of one to come */
	KTAP_T_TITLE,	/* "# selftests: name" in front of a nested stream */
	KTAP_T_BAIL,
};

struct ktap_token {
	enum ktap_token_type type;
	size_t prefix; /* bytes of indent and "# " in front of it */
	bool ok;
	bool numbered;
	bool overflow; /* the number does not fit */
	unsigned long number;
	enum ktap_directive directive;
	char *name;
	char *why;
};

/* Recognises @line, which it cuts up; strings of @t point into it. */
void ktap_tokenise(char *line, struct ktap_token *t);

/* Is @line what a "not ok" leaves behind when a message tears it apart? */
bool ktap_torn(const char *line);

/* ---- ktap_numbers.c: which numbers of a stream have come ---- */

/* Zero-initialised is empty. Above KTAP_NUMBERS only the highest one is known. */
struct ktap_numbers {
	uint64_t bits[KTAP_NUMBERS / 64]; /* bit N - 1 is number N */
	unsigned long max;
};

bool ktap_numbers_seen(const struct ktap_numbers *s, unsigned long n);

/* Adds @n, at least 1. */
void ktap_numbers_add(struct ktap_numbers *s, unsigned long n);

/*
 * The next run of numbers from *from to *to, not above @top, that have not come,
 * looking from *from on. False when there is none.
 */
bool ktap_numbers_gap(const struct ktap_numbers *s, unsigned long top, unsigned long *from,
		      unsigned long *to);

/* ---- ktap_names.c: no two results have the same name ---- */

#ifndef KTAP_NAME_SLOTS
#define KTAP_NAME_SLOTS (1U << 16)
#endif

/* Zero-initialised is empty. */
struct ktap_names {
	struct {
		uint64_t hash; /* 0: free */
		unsigned long count;
	} slots[KTAP_NAME_SLOTS];
	unsigned int used;
	unsigned long serial;
};

/*
 * Appends "#2", "#3" ... to the @len bytes at @name (of @size) when it has come
 * before. When the table is full every new name gets a number of its own.
 */
void ktap_names_unique(struct ktap_names *names, char *name, size_t len, size_t size);

/* ---- ktap_streams.c: the stack of open streams ---- */

#define KTAP_PREFIX_MAX 192
#define KTAP_TITLE_MAX	192
#define KTAP_PATH_MAX	1024

/* Since the last version line. */
struct ktap_part {
	bool planned;
	bool skipped; /* 1..0 # SKIP */
	bool extra;
	bool nested; /* streams came below it */
	unsigned long plan, count, next;
	struct ktap_numbers numbers;
};

struct ktap_stream {
	char prefix[KTAP_PREFIX_MAX];
	size_t prefix_len;
	size_t path_up;		    /* bytes of the path of the stream above */
	size_t path_len;	    /* bytes of its own path */
	char title[KTAP_TITLE_MAX]; /* of the nested stream to come */
	bool named;
	bool seen;	/* said anything at all */
	bool results;	/* had results, a plan or Bail out! */
	bool unplanned; /* a part of it had no plan */
	bool bailed;
	bool any; /* worst is valid */
	enum verdict worst;
	bool child;	    /* a nested stream ended, its parent is to come */
	bool child_results; /* and had results */
	bool announced;	    /* a title came, the result it announces is to come */
	enum verdict child_worst;
	struct ktap_part part;
};

struct ktap {
	ktap_cb *cb;
	void *arg;
	struct ktap_stream streams[KTAP_DEPTH];
	unsigned int depth; /* of the deepest open stream */
	char path[KTAP_PATH_MAX];
	struct ktap_names names;
	struct ktap_outcome outcome;

	/* ktap.c: the line that is being read */
	char before[KTAP_PREFIX_MAX]; /* what the log has in front of each line, "" */
	bool cut_off;		      /* it is the last one and has no end */
	unsigned int result_depth;
	bool after_result;
	bool yaml;
	bool yaml_hides; /* the block holds what looks like KTAP */
	bool tail;	 /* the rest of a segment that was dealt with */
	size_t len;
	char line[KTAP_LINE_MAX];
	char clean[KTAP_LINE_MAX + 1];
	char full[KTAP_PATH_MAX + KTAP_LINE_MAX + 32];
};

/* Calls the callback; fills in what follows from the stream. */
void ktap_emit(struct ktap *k, unsigned int depth, struct ktap_event *ev);

void ktap_worsen(struct ktap_stream *s, enum verdict v);

/* Reports a broken stream; @number 0: none. */
void ktap_error(struct ktap *k, unsigned int depth, const char *what, unsigned long number);

/* Finds or opens the stream with this prefix for a token; -1 when it is none. */
int ktap_stream_find(struct ktap *k, const char *prefix, const struct ktap_token *t);

/* The name of the stream at @depth, from its first lines. */
void ktap_stream_name(struct ktap *k, unsigned int depth, const char *name);

void ktap_stream_reset(struct ktap_stream *s);

/* A new version line: streams written one after the other. */
void ktap_stream_restart(struct ktap *k, unsigned int depth);

/* A title came: a result has to come before the next one. */
void ktap_stream_announce(struct ktap *k, unsigned int depth);

/* Takes note of the result @n of a stream, at least 1. */
void ktap_stream_count(struct ktap *k, unsigned int depth, unsigned long n);

/* Closes the nested streams deeper than @depth. */
void ktap_streams_close(struct ktap *k, unsigned int depth);

/* Ends the stream at @depth, or the part of it up to a new version line. */
void ktap_stream_sum_up(struct ktap *k, unsigned int depth);

/* ---- ktap_judge.c: what a token means to its stream ---- */

void ktap_on_token(struct ktap *k, unsigned int depth, const struct ktap_token *t);

#endif
