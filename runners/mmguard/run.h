/* SPDX-License-Identifier: GPL-2.0-only */
/* One run: what was asked for, what was chosen, and where its files are. */
#ifndef MG_RUN_H
#define MG_RUN_H

#include "catalog.h"
#include "known.h"
#include "order.h"
#include "paths.h"
#include "plan.h"

#include <jansson.h>

/* Of a guest, unless asked for otherwise: MiB and NUMA nodes. */
#define RUN_MEMORY 3072
#define RUN_NODES  2
/* How long a machine may be gone, unless asked for otherwise: servers boot slowly.  Seconds. */
#define RUN_WAIT 900

struct run_options {
	bool vm;
	char *ssh;	       /* the machine to run on, as ssh takes it; NULL: none */
	char *remote_dir;      /* where there, NULL: the default */
	unsigned long wait;    /* seconds that a machine may be gone */
	char *kernel;	       /* running, a path, or deb:X */
	char *append;	       /* more of the kernel command line, "" for nothing */
	char *profile;	       /* NULL: quick without selectors, everything with them */
	char *accel;	       /* tcg or kvm */
	char *from;	       /* directory of programs that are not ours, or NULL */
	unsigned long seconds; /* hang guard of those, 0: what their settings say */
	char *results;	       /* directory below which the run's own is made */
	unsigned long memory;  /* MiB */
	unsigned long nodes;
	unsigned int crashes; /* of the machine at most; 0: chosen by the target */
	double slow;	      /* 0: chosen by the target */
	bool allow_harm;
	char *resume; /* the run that goes on, NULL: a new one */
	bool again;   /* also what ran when mmrun was killed */
	bool force;   /* although programs or kernel are others */
	struct order order;
	struct repeat repeat;
	struct strv selectors;
	struct strv command; /* the command line as given */
};

struct run {
	struct run_options opt;
	struct paths paths;
	struct catalog catalog;
	struct profile profile;
	struct known_issues known;
	struct plan plan; /* all that is asked for; rest.h says what of it is left */
	struct held held;
	char *id; /* <UTC time>-<kernel> */
	char *dir;
	char *release; /* of the running kernel, or the kernel word of a guest */
	char *version; /* of its source, for known issues */
	double slow;
	struct remote *remote; /* of the ssh target, NULL */
	json_t *info;	       /* run.json of a run that goes on, NULL: a new one */
};

/* Parse the arguments of "run".  -1: go on; otherwise the exit status. */
int options_parse(struct run_options *o, int argc, char **argv);
void options_free(struct run_options *o);

/* Read the programs of the suite, or of opt.from.  0, or -1 with a message. */
int run_catalog(struct run *r);

/* Make the run's directory and results/latest.  0, or -1 with a message. */
int rundir_create(struct run *r);
/* Write run.json.  @image is the kernel image of a guest, NULL on the host.  0 or -1 with a
 * message. */
int rundir_write_info(const struct run *r, const char *image);
/* Append one event of the front end to the journal; boot 0 is left out.  0 or -1 with a
 * message. */
int rundir_event(const char *dir, const char *event, unsigned int boot, const char *reason);
/*
 * Whoever makes a run's directory grow holds its lock until he ends; so does the mmrun that
 * writes there.  A run that still goes on is refused; an mmrun that outlived its mmguard is
 * waited for.  0, or -1 with a message.
 */
int rundir_lock(const char *dir);
/* Keep space for the reports in the run's directory, and give it to them. */
void room_take(const struct run *r);
void room_give(const struct run *r);
/* Under sudo: give all files to the user who called it. */
void rundir_give_away(const struct run *r);

/* What became of the run's targets, apart from the files they left. */
enum target_end {
	TARGET_DONE,   /* look at the files */
	TARGET_FAILED, /* nothing could be run; a message was printed */
};

/* End what an mmrun that was killed left on this machine.  0, or -1 with a message. */
int host_clean_up(const struct run *r);
/* Run what is left of the plan on this machine. */
enum target_end host_run(struct run *r);

/*
 * ^C, termination and the alarm: after signals_catch() they only set a flag.  signals_seen() is
 * the last signal, 0 without one.
 */
void signals_catch(void);
int signals_seen(void);
#endif
