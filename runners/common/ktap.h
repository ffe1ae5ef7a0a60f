/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Incremental KTAP/TAP reader: bytes in, events out, in constant memory.
 *
 * Reads KTAP 1, the metadata proposed for KTAP 2, and TAP 12 to 14 as programs
 * really speak it: nested by indent or by "# " prefixes, plan first, last or
 * missing, numbers missing, printk prefixes anywhere, CRLF, colours, NULs, bad
 * UTF-8, lines without end. What it does not know it passes over.
 *
 * - Fewer results than planned: an event for each run of missing numbers.
 * - Extra, duplicate or disordered results, a plan that changes, a nested stream
 *   without a result of its parent: an error event; the results are kept.
 * - A parent is never better than its children. A bare "ok" of a parent takes
 *   their verdict.
 * - A stream without a plan is no error (KTAP permits it); one with neither plan
 *   nor results is MISSING, as is "1..0" without SKIP.
 * - "not ok" that a message of the kernel or the end of the log tears apart, a
 *   program that kselftest announced without a result, and a YAML block without end
 *   that holds results, are errors: something bad may be hidden there.
 * - What a log has in front of all its lines is learned from the first version line.
 *
 * The reader takes about 1.2 MB, whatever comes. Beyond its limits: the rest of a
 * long segment of a line is not looked at; streams nested deeper are an error;
 * above KTAP_NUMBERS results have to come in order; every name after the first
 * 49,152 has a suffix.
 */
#ifndef MMGUARD_KTAP_H
#define MMGUARD_KTAP_H

#include <stdbool.h>
#include <stddef.h>
#include "verdict.h"

#ifndef KTAP_LINE_MAX
#define KTAP_LINE_MAX 4096 /* bytes of a line that are looked at as a whole */
#define KTAP_DEPTH    64   /* nested streams that are told apart */
#define KTAP_NUMBERS  4096 /* test numbers whose duplicates are recognised */
#endif

enum ktap_event_type {
	KTAP_RESULT,
	KTAP_MISSING, /* numbers number..last were planned and not reported */
	KTAP_DIAG,    /* a "# text" line of the outermost stream; text in why */
	KTAP_ERROR,   /* a broken stream; text in why */
	KTAP_BAIL,    /* Bail out!; text in why */
	KTAP_PLAN,    /* a plan; number is its size, why the reason of a 1..0 */
};

/* Strings live during the callback only; they are valid UTF-8, never NULL. */
struct ktap_event {
	enum ktap_event_type type;
	unsigned int depth; /* 0 is the outermost stream */
	const char *path;   /* streams above, "/" between; "#3" for unnamed ones */
	const char *name;   /* as it came, "" for none */
	/*
	 * Of a result: path and name, "#N" for none, unique in the reader and the
	 * same in every run: the second "a" is "a#2".
	 */
	const char *full;
	unsigned long number;
	unsigned long last;
	bool ok;
	bool parent; /* the result closes a nested stream */
	enum ktap_directive directive;
	const char *why; /* text after the directive, or after a bare "#" */
	enum verdict verdict;
};

typedef void ktap_cb(const struct ktap_event *ev, void *arg);

struct ktap_outcome {
	enum verdict verdict; /* worst of all, BROKEN at least on an error */
	bool planned;	      /* the outermost streams had a plan */
	bool spoken;	      /* there was a version, a plan or a result at all */
	bool bailed;
	unsigned long leaves[V_COUNT]; /* results without children, by verdict */
	unsigned long missing;
	unsigned long errors;
	char first_error[128]; /* "" without errors */
};

struct ktap;

/* A new reader; NULL when memory is short. @cb may be NULL. */
struct ktap *ktap_new(ktap_cb *cb, void *arg);
void ktap_free(struct ktap *k);

/* Feeds the next bytes, of any number, cut anywhere. */
void ktap_feed(struct ktap *k, const char *data, size_t len);

/* Ends the stream: closes what is open and sums up. Call it once. */
const struct ktap_outcome *ktap_finish(struct ktap *k);

#endif
