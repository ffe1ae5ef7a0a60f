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
	bool asked[BOOTS_MAX + 1];    /* by boot: we were asked to stop, nothing failed */
	bool done;		      /* the last boot finished its plan */
	unsigned int boots;	      /* highest boot that was begun */
	unsigned int last_boot;	      /* the one that was interrupted or failed */
	char *boot_id;		      /* of the boot begun last, NULL unknown */
	double boot_time;	      /* when it began, seconds since the epoch */
	size_t resumed;		      /* how often the run went on */
	size_t unread;		      /* lines that are no event */
	char *ended;	   /* why it was ended before all was run, NULL: it was not */
	double begin, end; /* seconds since the epoch of the first and last event */
};

struct result {
	char *name; /* full name; of the program for results of it as a whole */
	enum verdict verdict;
	double seconds; /* -1 unknown */
	char *reason;	/* never NULL */
	char *after;	/* MISSING: the case that stopped the program or machine, or NULL */
	const struct known_issue *issue; /* which explains it, or NULL */
	unsigned int boot;
	bool begun; /* MISSING: it ran when the runner was stopped */
	unsigned long round;
	bool whole;   /* of the program as a whole */
	bool stopped; /* MISSING: we were asked to end the run */
	/* Over all rounds; the members above are those of the first unexpected one, or of the
	 * worst. */
	unsigned long n[V_COUNT];
};

struct program_report {
	char *name; /* area.program */
	struct result *v;
	size_t n;
	unsigned int boot;  /* the last that it was planned for */
	double seconds;	    /* of all boots and rounds together */
	unsigned long runs; /* rounds it was started in */
};

struct report {
	char *dir;
	json_t *info;	  /* run.json */
	struct strv only; /* globs: the results that were asked for; empty: all */
	struct journal journal;
	struct plan plans[BOOTS_MAX + 1]; /* by boot */
	const char *release;		  /* the kernel under test */
	const char *version;		  /* of its source */
	bool elsewhere;			  /* in a guest or on another machine */
	double slow;
	struct journal_facts facts;
	unsigned int last; /* highest boot that was begun or asked for, 0: none */
	unsigned long
		begun[BOOTS_MAX + 1]; /* by boot: the last round in which a program began */
	struct known_issues known;
	struct klog_allow *allow;
	struct program_report *v;
	size_t n;
	unsigned long counts[V_COUNT];
	unsigned long rounds; /* that were begun */
	int status;	      /* exit status */
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
 * Read what all reports of the run in @dir need; @configs is the directory of configs.  0, or
 * -1 with a message.
 */
int report_open(struct report *r, const char *dir, const char *configs);
/* Set the results to those of one round, of all its boots, without known issues.  0 or -errno.
 */
int report_round(struct report *r, unsigned long round);
/* The results of a program, empty ones when there are none. */
struct program_report *report_get_program(struct report *r, const char *name);
/* Add those of one program, whose end is known. */
int report_program(struct report *r, const struct plan_entry *e, unsigned int boot,
		   unsigned long round, const struct program_end *end);
/* Both for the first round, and what was held.  0, or -1 with a message. */
int report_collect(struct report *r, const char *dir, const char *configs);
/* Part of it: say why what is MISSING or CRASH in @round of @boot is. */
void report_explain(struct report *r, unsigned int boot, unsigned long round);
/* Part of it: the hang guard ended the program in one case; the others are missing because of
 * that. */
void report_explain_timeouts(struct program_report *p);
/* How often was the case run, and how often did it neither pass nor get skipped? */
unsigned long result_runs(const struct program_report *p, const struct result *x);
unsigned long result_failures(const struct result *x);
/* "failed 3 of 20"; "" when it was run once or never failed.  The caller frees. */
char *result_tally(const struct program_report *p, const struct result *x);
/* The directory of the files of the result, below that of the run; the caller frees. */
char *result_dir(const struct program_report *p, const struct result *x);
/* Apply the known issues to the results of one round. */
void report_apply_known(struct report *r);
/* Apply them to all rounds, put those together, count, and find the exit status.  0 or -errno.
 */
int report_judge(struct report *r);
/* Part of it: the results of later rounds are put to those of the first, which are judged. */
int report_add_rounds(struct report *r);
void report_free(struct report *r);
/* Only the results, so that others can be collected. */
void report_free_results(struct report *r);

/* Words for where it ran: "this machine", or its name. */
const char *report_machine(const struct report *r);
/* Words for a status, such as "as expected". */
const char *status_words(int status);

/* A reason and how many results of one verdict have it. */
struct reason_group {
	const char *reason; /* of the report, or for those without */
	size_t n;
};

/* Group the results of a verdict, the most frequent reason first; the caller frees *groups. */
size_t report_reasons(const struct report *r, enum verdict v, struct reason_group **groups);

/* Each writes one report to @f; errors are found by the caller with ferror(). */
void summary_write(const struct report *r, FILE *f);
void junit_write(const struct report *r, FILE *f);
void html_write(const struct report *r, FILE *f);
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
