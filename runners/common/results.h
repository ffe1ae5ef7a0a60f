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

/* What the journal says about one program in one boot. */
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
	const char *rundir;
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

/*
 * Reads the journal of a run directory: what became of @program in @boot. Lines
 * that are cut or not understood are passed over. 0, or -errno when the journal
 * cannot be read.
 */
int journal_find(const char *rundir, const char *program, unsigned int boot,
		 struct program_end *end);

/*
 * The last program with a start and neither an end nor a given-back, of the boot of
 * that number and id. 0, or -ENOENT when there is none or no journal.
 */
int journal_unfinished(const char *rundir, char *program, size_t len, unsigned int *boot,
		       char *boot_id, size_t idlen);

/*
 * Calls @cb once for each case, in the order of the stream, then the MISSING
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
 * Returns the number of calls, or -errno when the journal cannot be read.
 */
int program_results(const struct program_query *q, program_cb *cb, void *arg);

/*
 * The same with the end record at hand instead of in the journal (mmrun, whose
 * files may be anywhere): @dir holds stdout, kmsg, state-before, state-after.
 */
int program_results_in(const char *dir, const struct program_query *q,
		       const struct program_end *end, program_cb *cb, void *arg);

#endif
