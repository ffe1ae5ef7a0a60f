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
#include <sys/types.h>
#include "../common/protocol.h"
#include "../common/results.h"

struct options {
	const char *results; /* NULL: none */
	const char *stream;  /* file descriptor number or path; NULL: none */
	const char *plan;
	bool clean_up; /* run nothing */
	unsigned int boot;
	double slow;
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
};

struct plan {
	struct job *jobs;
	size_t n;
};

/* Reads the plan file or the programs. 0, or -1 after a message. */
int plan_make(struct plan *p, const struct options *o);
void plan_free(struct plan *p);

/* Where results go: a directory, a stream of frames, or both. */
struct sink {
	int dir;    /* -1: none */
	int stream; /* -1: none */
	unsigned int boot;
	double beat; /* when the next heartbeat is due, monotonic seconds */
	bool failed; /* something was not written; told once */
};

struct sink_file {
	char path[320]; /* relative to the run directory */
	int fd;		/* -1 until the first byte, and without a directory */
	bool dirty;	/* written since the last sync */
};

int sink_open(struct sink *s, const struct options *o, bool tty);
void sink_close(struct sink *s);

/* Names a file of a program; boots after the first get a suffix. */
void sink_name(const struct sink *s, struct sink_file *f, const char *program,
	       const char *file);

/* Appends; makes the file and its directory when they are missing. */
void sink_append(struct sink *s, struct sink_file *f, const void *data, size_t len);
void sink_sync(struct sink_file *f);
void sink_end(struct sink_file *f);

/* Waits until what was sent has left for the host. */
void sink_drain(struct sink *s);

/* A heartbeat when it is due. To be called more often than every 2 s. */
void sink_tick(struct sink *s);

/*
 * Appends one event to the journal. @format gives the members. All but "end" sync
 * it: the sync before the next program is the one after this program.
 */
void journal_event(struct sink *s, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Quotes for JSON into @buf, which it returns. */
const char *json_quote(const char *text, char *buf, size_t len);

/* Kernel log. */
struct kmsg {
	int fd; /* -1: not readable */
	bool known;
	unsigned long long next; /* sequence number that should come */
};

void kmsg_open(struct kmsg *k);
/* Appends what the kernel said since the last call. */
void kmsg_drain(struct kmsg *k, struct sink *s, struct sink_file *f);

/* Machine state: files opened once, read again for each snapshot. */
struct state;

struct state *state_open(bool alone);
void state_free(struct state *st);
/* Text of sorted "key value" lines, to be freed; NULL when memory is short. */
char *state_take(struct state *st, int tasks);

/* The tree of processes under one program. */
struct tree {
	int parent; /* directory of the cgroup above the ones of programs, -1: none */
	int cgroup; /* directory of the one in use, -1: none */
	char name[64];
	unsigned int nr;
	bool has_kill;
	bool killed; /* the cgroup in use was */
	pid_t *lost; /* could not be killed, left behind */
	size_t nlost;
};

void tree_open(struct tree *t);
void tree_close(struct tree *t);
/* Forks into the tree: 0 in the child, the pid, or -1. */
pid_t tree_fork(struct tree *t);
void tree_kill(struct tree *t, int sig);
/* Number of living processes that are not lost. */
int tree_count(const struct tree *t);
/* Writes name, state and kernel stack of what is left to @f and gives it up. */
void tree_give_up(struct tree *t, struct sink *s, struct sink_file *f);
void tree_reaped(struct tree *t, pid_t pid);

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
	int signals; /* signalfd */
	int interrupted;
	bool pid1;
	bool quiet; /* no summary on stdout */
	char *oom;  /* oom_score_adj that children get back */
	char *tmp;  /* directory for results when there is no other */
	struct klog_allow *allow;
	int worst; /* exit status so far */
	unsigned long counts[V_COUNT];
};

struct outcome {
	struct program_end end;
	int left_behind; /* processes that outlived the program */
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
