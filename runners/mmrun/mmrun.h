/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun, the executor on the machine under test: what its files share.
 *
 * It runs programs one after the other, never hangs on one of them, and writes
 * down everything they say. It judges nothing but its own exit status.
 */
#ifndef MMRUN_H
#define MMRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "../common/protocol.h"
#include "../common/results.h"
#include "../common/text.h"
#include "sink.h"
#include "tree.h"

struct options {
	const char *results; /* NULL: none */
	const char *stream;  /* file descriptor number or path; NULL: none */
	const char *plan;
	const char *follow;	 /* the stream of another mmrun, to be printed; NULL */
	const char *stop;	 /* the stream of another mmrun, to be stopped; NULL */
	unsigned long long from; /* byte of it to begin with */
	bool detach;		 /* run on after the caller is gone */
	bool clean_up;		 /* run nothing */
	const char *allow;	 /* list of kernel complaints that are allowed */
	unsigned int boot;
	double slow;
	bool no_cgroups;
	char **programs;
	int nprograms;
};

/* Reads the arguments. 0, or an exit status + 1 after a message (1: --help). */
int options_parse(struct options *o, int argc, char **argv);

struct job {
	char *name; /* area.program */
	char *path;
	double seconds; /* hang guard */
	char **args;	/* arguments for exec, NULL at the end */
	char **cases;	/* known names, to find missing ones */
	size_t ncases;
	char *cwd; /* of a program that is not ours: where it runs; NULL: here */
};

struct plan {
	struct job *jobs;
	size_t n;
	size_t again;	     /* where the part begins that later rounds do */
	unsigned long first; /* round of this plan, from 1 */
	unsigned long last;
	double seconds; /* no program is started later than this; 0: any time */
};

/* Reads the plan file or the programs. 0, or -1 after a message. */
int plan_make(struct plan *p, const struct options *o);
void plan_free(struct plan *p);

/*
 * Goes on in the background with o->stream, which must not exist. -1 there; in the
 * caller the exit status: 0 when the run has begun, now or before.
 */
int detach(struct options *o);
/* Prints the stream o->follow until nobody writes it any more. An exit status. */
int follow(const struct options *o);
/* Ends the run that writes the stream o->stop. An exit status. */
int stop(const struct options *o);

/* Kernel log. */
struct kmsg {
	int fd; /* -1: not readable */
	bool known;
	unsigned long long next; /* sequence number that should come */
};

void kmsg_open(struct kmsg *k);
/* Appends what the kernel said since the last call. */
void kmsg_drain(struct kmsg *k, struct sink *s, struct sink_file *f);

/*
 * Kills the processes, apart from this one, that have MMGUARD_RUN=@run in their
 * environment: what an mmrun that was killed left behind.
 */
void leftovers_end(const char *run, double slow);

/* Everything that lives as long as the run. */
struct runner {
	struct options opt;
	struct sink sink;
	struct kmsg kmsg;
	struct tree tree;
	struct state *state;
	int signals;	 /* signalfd */
	int interrupted; /* the signal, 0: none */
	bool pid1;
	bool quiet;   /* no summary on stdout */
	char oom[16]; /* oom_score_adj that children get back, "": as it is */
	mode_t umask; /* what children get back, as the next two */
	int nice;
	struct rlimit files;
	char *tmp; /* directory for results when there is no other */
	struct klog_allow *allow;
	int worst; /* exit status so far */
	unsigned long counts[V_COUNT];
};

struct outcome {
	struct program_end end;
	int left_behind; /* processes that outlived the program */
	char left_name[64];
};

/* Runs the program of a job to its end, whatever it does. */
void child_run(struct runner *r, const struct job *job, struct outcome *out);

/* Runs a whole plan; returns the exit status. */
int run_plan(struct runner *r, const struct plan *p);

/* Prints the results of a job and keeps the exit status. */
void summary_job(struct runner *r, const struct job *job, const struct program_end *end);
void summary_end(const struct runner *r);

/* The life of mmrun as the only program of a guest. */
void pid1_setup(void);
int pid1_options(struct options *o);
_Noreturn void pid1_power_off(double slow);

double now(void);	/* monotonic seconds */
double wall_time(void); /* seconds since 1970 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Reads a small file into @buf with a NUL; length or -1. */
ssize_t read_file(const char *path, char *buf, size_t len);
int write_file(const char *path, const char *text);

#endif
