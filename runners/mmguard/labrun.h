/* SPDX-License-Identifier: GPL-2.0-only */
/* The guests of one "lab run": which there are, running them, keeping what they found. */
#ifndef MG_LABRUN_H
#define MG_LABRUN_H

#include "hash.h"
#include "lab.h"
#include "labmanifest.h"
#include "matrix.h"
#include "plan.h"

/* What the bugs of one area are run against; with --all there is one, for all areas. */
struct lab_group {
	char *area; /* NULL: all */
	bool peer;  /* the programs of another suite, against every bug */
	struct plan plan;
	char key[HASH_NAME]; /* of the programs and the plan */
};

/* One guest: a bug, or a group on the unmodified kernel. */
struct lab_job {
	unsigned int number;
	const struct bug *bug; /* NULL: number 0 */
	const struct lab_group *group;
	const struct lab_image *image;
	bool plain; /* the image has the bug as a plain edit */
	char *dir;  /* its runs, and "done" with the key when it is finished */
	pid_t pid;  /* 0: does not run */
	double began;
	bool done, selected;
};

struct lab_campaign {
	struct lab *l;
	struct lab_image image;
	struct lab_image *plain; /* of "lab control", one for each of its bugs */
	size_t nplain;
	struct catalog catalog;
	struct catalog peer; /* of another suite */
	char *results;
	struct lab_group *groups;
	size_t ngroups;
	struct lab_job *v;
	size_t n;
	size_t failed;
};

/* Where the matrix is kept; the caller frees. */
char *labrun_results(const struct lab *l);
/*
 * Make the groups and the jobs; @control: also a job with the plain kernel of each selected
 * bug.  0, or the exit status with a message.
 */
int labjobs_make(struct lab_campaign *c, bool control);
void labjobs_free(struct lab_campaign *c);
/* The job with 0 that belongs to another one. */
struct lab_job *labjobs_zero(const struct lab_campaign *c, const struct lab_job *j);
/* The job with a bug in the kernel that has the switch. */
struct lab_job *labjobs_find(const struct lab_campaign *c, unsigned int number);
/* What a finished result was made from: image, programs and plan; the caller frees. */
char *labjob_key(const struct lab_job *j);
/* Is there a finished result with the same key? */
bool labjob_done(const struct lab_job *j);

/* Make the key of a group whose plan is made.  0 or -errno with a message. */
int labjobs_key(const struct lab_campaign *c, struct lab_group *g);

/* labpeer.c: the programs of opt.peer as a group.  0, or -1 with a message. */
int labpeer_group(struct lab_campaign *c, struct lab_group *g);
/* What is worth running with a bug: programs of which something passes with 0. */
void labpeer_plan(struct plan *to, const struct plan *from, const struct report *zero);
/* Make the other suite's side of the matrix.  0, or -1 with a message. */
int labpeer_matrix(const struct lab_campaign *c, struct matrix *m);

/* Run one guest to its end; for a process of its own.  An exit status. */
int labguest_run(const struct lab_campaign *c, const struct lab_job *j);

/*
 * Run all that is selected and not done, opt.jobs at a time.  Returns the exit status; a line
 * is printed for each.
 */
int labjobs_run(struct lab_campaign *c);

/* The raw results of a finished job; free *r in any case.  0, or -1 with a message. */
int labmatrix_collect(const struct lab_campaign *c, const struct lab_job *j, struct report *r);
/* Compare one finished job with its run of 0.  0, or -1 with a message. */
int labmatrix_row(const struct lab_campaign *c, const struct lab_job *j,
		  struct matrix_row *row);
/* The matrix of all that is done.  0, or -1 with a message. */
int labmatrix_make(const struct lab_campaign *c, struct matrix *m);
/* Write its files into the directory of results.  0, or -1 with a message. */
int labmatrix_write(const struct lab_campaign *c, const struct matrix *m);
#endif
