/* SPDX-License-Identifier: GPL-2.0-only */
/* The results of a run, made from its raw files alone, and the reports for people and machines.
 */
#ifndef MG_REPORT_H
#define MG_REPORT_H

#include "known.h"
#include "plan.h"
#include "common/results.h"
#include "common/verdict.h"

#include <jansson.h>
#include <stdio.h>

/* Most boots of one run. */
#define BOOTS_MAX 1000

/* What the journal says about the run as a whole; what stopped it counts until it goes on. */
struct journal_facts {
	char *release;		      /* of the first boot, NULL when there was none */
	char *interrupted;	      /* by which signal, NULL: not */
	char *runner;		      /* why the runner failed, NULL: it did not */
	char *gave_up;		      /* why no further boot was tried, NULL */
	char *lost[BOOTS_MAX + 1];    /* by boot: why the machine was lost, NULL */
	char *stopped[BOOTS_MAX + 1]; /* by boot: why we stopped and not the machine, NULL */
	bool done;		      /* the last boot finished its plan */
	unsigned int boots;	      /* highest boot that was begun */
	unsigned int last_boot;	      /* the one that was interrupted or failed */
	char *boot_id;		      /* of the boot begun last, NULL unknown */
	double boot_time;	      /* when it began, seconds since the epoch */
	size_t resumed;		      /* how often the run went on */
	size_t unread;		      /* lines that are no event */
	double begin, end;	      /* seconds since the epoch of the first and last event */
};

struct result {
	char *name; /* full name; of the program for results of it as a whole */
	enum verdict verdict;
	double seconds; /* -1 unknown */
	char *reason;	/* never NULL */
	char *after;	/* MISSING: the case that stopped the program or machine, or NULL */
	const struct known_issue *issue; /* which explains it, or NULL */
	unsigned int boot;
	bool whole; /* of the program as a whole */
	bool begun; /* MISSING: it ran when the runner was stopped */
};

struct program_report {
	char *name; /* area.program */
	struct result *v;
	size_t n;
	double seconds;	   /* of all boots together */
	unsigned int boot; /* the last that it was planned for */
};

struct report {
	char *dir;
	json_t *info;	     /* run.json */
	struct strv only;    /* globs: the results that were asked for; empty: all */
	const char *release; /* the kernel under test */
	const char *version; /* of its source */
	bool elsewhere;	     /* in a guest or on another machine */
	double slow;
	struct journal_facts facts;
	unsigned int last; /* highest boot that was begun or asked for, 0: none */
	struct known_issues known;
	struct klog_allow *allow;
	struct program_report *v;
	size_t n;
	size_t counts[V_COUNT];
	int status; /* exit status */
};

/* Read the journal.  0, or -errno when it cannot be read. */
int journal_facts_read(struct journal_facts *f, const char *dir);
/* The last boot has an end that nobody wrote down: it is neither done nor lost nor stopped. */
bool journal_facts_open(const struct journal_facts *f);
/* Is the machine still in the boot that the journal was last written in? */
bool journal_facts_same_boot(const struct journal_facts *f);
void journal_facts_free(struct journal_facts *f);

/* Name of the plan file of a boot; the caller frees. */
char *plan_path(const char *dir, unsigned int boot);

/*
 * Collect the results of all boots, without known issues.  @configs is the directory of
 * configs. 0, or -1 with a message.
 */
int report_collect(struct report *r, const char *dir, const char *configs);
/* Part of it: say why what is MISSING or CRASH in @boot is. */
void report_explain(struct report *r, unsigned int boot);
/* Part of it: the hang guard ended the program in one case; the others are missing because of
 * that. */
void report_explain_timeouts(struct program_report *p);
/* Apply the known issues, count, and find the exit status. */
void report_judge(struct report *r);
void report_free(struct report *r);

/* Words for a status, such as "as expected". */
const char *status_words(int status);

/* Each writes one report to @f; errors are found by the caller with ferror(). */
void summary_write(const struct report *r, FILE *f);
void junit_write(const struct report *r, FILE *f);
void results_json_write(const struct report *r, FILE *f);

/* Write @s with XML's special characters escaped and what XML 1.0 forbids replaced, at most
 * @max bytes. */
void xml_text(FILE *f, const char *s, size_t max);

/*
 * Make all reports of the run in @dir again and print the summary when @print is set.  Returns
 * the exit status of the run, or MMG_EXIT_RUNNER with a message.
 */
int report_make(const char *dir, const char *configs, bool print);
#endif
