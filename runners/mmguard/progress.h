/* SPDX-License-Identifier: GPL-2.0-only */
/* What a person sees while a run goes on, made from the frames of mmrun. */
#ifndef MG_PROGRESS_H
#define MG_PROGRESS_H

#include "common/ktap.h"
#include "plan.h"

#include <stdio.h>

/* A program has ended; @line is the event of the journal. */
typedef void (*end_fn)(void *ctx, const char *program, unsigned long round, const char *line);

struct progress {
	FILE *out;
	bool tty;
	size_t total, done;	     /* cases of one round */
	unsigned long round, rounds; /* the running one of how many; 0: not said */
	end_fn on_end;		     /* may be NULL */
	void *ctx;		     /* for it */
	bool programs;		     /* these count programs, since their cases are not known */
	char program[256];	     /* the running one, "" between programs */
	char current[512];	     /* full name of the running case */
	double case_start, program_start;
	unsigned long counts[V_COUNT]; /* of the running program */
	struct ktap *ktap;
	bool finished; /* the journal said done */
};

/* @plan may be NULL: it comes with progress_plan(). */
void progress_init(struct progress *p, FILE *out, const struct plan *plan);
void progress_plan(struct progress *p, const struct plan *plan);
/* @rest is what is left of it. */
void progress_rest(struct progress *p, const struct plan *rest);
/* A frame callback (see frames.h); @ctx is the struct progress. */
void progress_frame(void *ctx, const char *path, const char *data, size_t len);
/* Redraw the live line; to be called about once a second. */
void progress_tick(struct progress *p);
/* The machine or the runner is gone: forget the running program.  @why is printed. */
void progress_lost(struct progress *p, const char *why);
/* Print a line among the others. */
void progress_note(struct progress *p, const char *text);
/* Remove the live line and free what is held. */
void progress_end(struct progress *p);
#endif
