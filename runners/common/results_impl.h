/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files that make the results of a program: results.c (its cases, its end),
 * results_stream.c (what it said), results_judge.c (whether that is sound) and
 * results_machine.c (what it did to the machine).
 */
#ifndef MMGUARD_RESULTS_IMPL_H
#define MMGUARD_RESULTS_IMPL_H

#include <stddef.h>
#include "ktap.h"
#include "results.h"

#define RECORDS_MAX 65536 /* results of one program that are kept */
#define REASON_MAX  1024
#define GAPS_MAX    1000 /* missing results without a name that are listed */

struct record {
	char *name;
	char *reason;
	enum verdict verdict;
	double seconds;
};

struct collect {
	const struct program_query *q;
	const struct program_end *end;
	struct record *records;
	size_t n, allocated;
	bool overflow;
	bool planned;
	bool running; /* a case has begun and has no result */
	char current[256];
	char output[4096]; /* path of the program's stdout */
	char errors[4096]; /* and of its stderr */
	char fail[REASON_MAX];
	unsigned long gaps[GAPS_MAX]; /* numbers planned and not reported */
	size_t ngaps;
	program_cb *cb;
	void *arg;
	int calls;
};

/* The record of a case; NULL when it has none. */
struct record *results_find(struct collect *c, const char *name);

/* Adds a result; of two with the same name the worse one stays. */
void results_add(struct collect *c, const char *name, enum verdict v, const char *reason);

/* What the reader of the stream is given. */
void results_event(const struct ktap_event *ev, void *arg);

/*
 * Feeds the file to the reader; of a stream that was @cut not the last half line: "ok 2 a"
 * may be of "ok 2 ab". 0, also without a file, or -errno.
 */
int results_read(struct ktap *k, const char *path, bool cut);

/* Tells a result; @name NULL is the program as a whole. */
void results_tell(struct collect *c, const char *name, enum verdict v, const char *reason);

/* What ended the program early; V_PASS when it ended by itself. @why says it. */
enum verdict results_ending(const struct program_end *e, char *why, size_t len);

/* Tells what is wrong with the stream as a whole, or contradicts its end. */
void results_judge(struct collect *c, const struct ktap_outcome *o, bool was_running);

/* Tells DIRTY and LEAK, from the files below @dir. */
void results_machine(struct collect *c, const char *dir);

/* The name of a file of that boot below @dir. */
void results_file(char *to, size_t len, const char *dir, const char *name, unsigned int boot);

#endif
