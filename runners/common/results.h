/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the raw files of one program to its results. mmrun's summary and all
 * reports of mmguard are made by this one function.
 */
#ifndef MMGUARD_RESULTS_H
#define MMGUARD_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include "klog.h"
#include "verdict.h"

/*
 * A run may do its plan several times: rounds, from 1. The files of the first are
 * in tests/, those of round K in tests.K/; the journal names the round when it is
 * not the first.
 */
#define ROUNDS_ENDLESS (~0ul)

/* What the journal says about one program in one boot and round. */
struct program_end {
	bool started;
	bool ended; /* false with started: machine or runner died under it */
	int exit;   /* -1 when it did not exit */
	int signal; /* 0 when no signal killed it */
	bool timeout;
	bool stuck;
	bool interrupted; /* mmrun was told to stop: says nothing about the kernel */
	double seconds;	  /* -1 when unknown */
	double dying;	  /* from SIGKILL to the end of its processes, 0: none was sent */
};

struct case_result {
	const char *name; /* scenario[.kind]; NULL: of the program as a whole */
	enum verdict verdict;
	double seconds;	    /* -1 when unknown */
	const char *reason; /* never NULL, may be empty */
};

struct program_query {
	const char *program; /* area.program */
	unsigned int boot;   /* from 1 */
	/*
	 * The cases asked for in this boot, in any order. One that was not
	 * reported is MISSING, one that was not asked for makes the program
	 * BROKEN. With ncases 0 nothing is known but the plan in the stream.
	 */
	const char *const *cases;
	size_t ncases;
	bool foreign; /* not one of ours: judged as kselftest does, see foreign.h */
	const struct klog_allow *allow;
	double slow; /* at least 1 */
};

typedef void program_cb(const struct case_result *r, void *arg);

/* Writes "tests" or "tests.K" into @buf, which it returns. */
const char *round_dir(unsigned long round, char *buf, size_t len);

/* One program in one boot and round. */
struct journal_entry {
	char *program;
	unsigned int boot;
	unsigned long round;
	size_t nr; /* the order of the starts */
	struct program_end end;
};

/* The starts and ends of a run. */
struct journal {
	struct journal_entry *v; /* sorted by round, boot, program, nr */
	size_t n, room;
	unsigned long rounds; /* highest that a program was started in, 0: none */
};

/*
 * Reads the journal of a run directory. Lines that are cut or not understood are
 * passed over. 0, or -errno when it cannot be read.
 */
int journal_load(struct journal *j, const char *rundir);
void journal_free(struct journal *j);

/* What became of @program; neither started nor ended when the journal has nothing. */
struct program_end journal_find(const struct journal *j, const char *program, unsigned int boot,
				unsigned long round);

/* Reads an "end" line of the journal; false when it is none. */
bool journal_parse_end(const char *line, struct program_end *end);

/*
 * The last program with a start and neither an end nor a given-back, of the boot of
 * that number and id. 0, or -ENOENT when there is none or no journal.
 */
int journal_unfinished(const char *rundir, char *program, size_t len, unsigned int *boot,
		       char *boot_id, size_t idlen);

/*
 * From the files in @dir (stdout, kmsg, state-before, state-after) and the end
 * record: calls @cb once for each case, in the order of the stream, then the MISSING
 * ones, then results of the program as a whole (name NULL): DIRTY, LEAK, BROKEN
 * (stream not understood), FAIL (exit status contradicts the results), TIMEOUT,
 * STUCK or CRASH when no case was running. Strings live during the call only.
 *
 * The running case is the one of the last "# case NAME" without a result. It is
 * STUCK or TIMEOUT when the hang guard fired, FAIL when a signal killed the
 * program, CRASH when the journal has a start and no end. The caller who knows
 * that not the machine but the runner was stopped rewrites CRASH.
 *
 * A case that is MISSING in one boot and asked for again in the next one has the
 * verdict of the later boot; merging boots is up to the caller.
 *
 * Returns the number of calls, or -errno.
 */
int program_results(const char *dir, const struct program_query *q,
		    const struct program_end *end, program_cb *cb, void *arg);

#endif
