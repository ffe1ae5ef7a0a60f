/* SPDX-License-Identifier: GPL-2.0-only */
/* mmguard lab: one kernel with every bug, and the proof of which scenario catches which. */
#ifndef MG_LAB_H
#define MG_LAB_H

#include "bugs.h"
#include "paths.h"
#include "util.h"

struct lab_options {
	char *source;	    /* deb:X or the path of a tree */
	struct strv config; /* names in configs/kernel or paths, on top of base */
	struct strv bugs;   /* globs */
	struct strv selectors;
	char *results;	   /* NULL: results/lab-<name> */
	char *append;	   /* more of the guest's command line */
	char *peer;	   /* directory of another suite's programs, NULL: none */
	char *peer_append; /* more of the command line of its guests */
	bool peer_only;	   /* run nothing of ours */
	unsigned long jobs;
	unsigned long limit; /* seconds for a bug that an assertion has caught; 0: all */
	double slow;	     /* 0: chosen by the target */
	bool all;	     /* every area for every bug */
	bool again;	     /* also what was run already */
	bool fresh;	     /* unpack and build from nothing */
	bool expect;	     /* compare with configs/bugs/expected-<version> */
};

/* One kernel of the lab and where it lies. */
struct lab {
	struct lab_options opt;
	struct paths paths;
	char *version; /* of the tree, as bugs and ranges spell it: 6.1 */
	char *name;    /* of the directory: version, then what makes it another kernel */
	char *base;    /* <cache>/lab */
	char *dir;     /* <cache>/lab/<name>: tree/ orig/ obj/ */
	char *out;     /* image and manifest.json: <dir>, or <dir>/plain-<N> */
	struct bugs bugs;
	unsigned int plain; /* the one bug that is built in without a switch; 0: all, with it */
};

/*
 * Parse the arguments behind the sub-command.  -1: go on; otherwise the exit status.
 */
int lab_options_parse(struct lab_options *o, int argc, char **argv);
void lab_options_free(struct lab_options *o);

/* Find version, directory and bugs of opt.source.  0, or the exit status with a message. */
int lab_open(struct lab *l);
/* Where the kernel lies that has only that bug, without a switch; the caller frees. */
char *lab_plain_dir(const struct lab *l, unsigned int number);
/* Leave only the bug of that number, which is then built in without its switch. */
void lab_make_plain(struct lab *l, unsigned int number);
void lab_free(struct lab *l);
/*
 * Make the directory and have it alone: two builds or runs in one place would each see the
 * other's half.  A descriptor to close, or -1 with a message.
 */
int lab_lock(const char *dir);

/* The sub-commands; each returns an exit status. */
int lab_build(struct lab *l);
int lab_run(struct lab *l);
int lab_control(struct lab *l);
int lab_prove(struct lab *l);
int lab_real(struct lab *l);
#endif
