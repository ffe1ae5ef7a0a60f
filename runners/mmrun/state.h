/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine state that tests must give back: snapshots of it, and giving it back.
 * Everything is allocated and opened once, by state_open().
 */
#ifndef MMRUN_STATE_H
#define MMRUN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "dents.h"

#define SNAPSHOT_MAX 65536
#define BLOCKS_MAX   1024
#define ROOTS_MAX    24

struct state;
struct sink;
struct runner;

/* A sorted text of "key value" lines under way. */
struct lines {
	char room[SNAPSHOT_MAX]; /* unsorted, each with a NUL */
	size_t used, n;
	const char *at[2048];
};

/* Adds a line; blanks, newlines and the like in the key become \ooo, as in /proc/mounts. */
void lines_add(struct lines *l, const char *prefix, const char *name, const char *value);

struct item {
	char *key;
	char *path; /* where the value is written to give it back, NULL: nowhere */
	int fd;	    /* -1: no file of its own */
	/* Puts the value for the text read from the file into @out. */
	void (*value)(const char *text, char *out, size_t len);
};

/* A mounted cgroup hierarchy, and its cgroups as long as their number stays. */
struct root {
	char path[256];
	unsigned long links;
	char names[2048]; /* each with a NUL, an empty one at the end */
};

struct state {
	bool alone; /* nobody else is on the machine: a guest */
	struct item *items;
	size_t n;
	int *blocks; /* fds of memory block states, by number; -1: none */
	size_t nblocks;
	char movable[1024]; /* numbers of blocks in ZONE_MOVABLE */
	struct root roots[ROOTS_MAX];
	size_t nroots;
	int swaps, mounts, sysv, modules, meminfo; /* fds, -1: not there */
	struct lines lines;
	char raw[SNAPSHOT_MAX]; /* of the file that is looked at */
	/* Texts of a program: before it, after it, and just now. */
	char before[SNAPSHOT_MAX], after[SNAPSHOT_MAX], fresh[SNAPSHOT_MAX];
	time_t since; /* wall time of before */
	char *given;  /* SNAPSHOT_MAX bytes, shared with who gives back */
};

/* @alone: the machine is ours alone, so that everything that changes is our doing. */
struct state *state_open(bool alone);
void state_free(struct state *st);

/*
 * Takes a snapshot into @text, one of the three above. @first: everything there is.
 * Otherwise shared memory that is new and in use is left out: it is somebody else's.
 * @tasks is the value of that line.
 */
void state_take(struct state *st, char *text, bool first, const char *tasks);

/* Finds and opens the files of settings, pools and memory blocks. */
void state_items_open(struct state *st);

/* Lines of sets: swap areas, mounts, shared memory, cgroups, modules, zram devices. */
void sets_open(struct state *st);
void sets_close(struct state *st);
void sets_take(struct state *st, bool first);

/* Reads all of a file from its start into st->raw; false when it does not fit. */
bool state_read(struct state *st, int fd);

/*
 * Undoes what differs from st->before, in a process of its own, since some of it may
 * hang. Puts lines "key given back" or "key kept: why" into st->given, nothing when
 * there was nothing to do.
 */
void give_back(struct state *st, struct sink *sink, double slow);

/*
 * Gives back what a program had changed when its mmrun was killed in this boot: the
 * last one of the journal below @results with a start and no end. The file
 * given-back of the program and a "given-back" event in the journal tell of it.
 * Nothing to do is no error.
 */
void give_back_unfinished(struct runner *r);

#endif
