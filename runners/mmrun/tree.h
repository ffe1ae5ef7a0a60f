/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of processes under one program. All of them are descendants of mmrun
 * and stay so, because mmrun is their subreaper: whoever daemonises comes back to
 * it. Where a cgroup2 hierarchy can be used, the whole tree is also in one cgroup
 * and dies by one write. Nothing here allocates.
 */
#ifndef MMRUN_TREE_H
#define MMRUN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "dents.h"

#define PIDS_END (1 << 22) /* no kernel has larger process numbers */
#define LOST_MAX 1024

struct process {
	pid_t pid, parent;
	char state;
	int threads;
	unsigned long user, kernel; /* CPU time, ticks */
	unsigned long long start;   /* with pid the identity of a process */
	char name[32];
};

/* The cgroup of one program. */
struct group {
	int parent; /* directory of the cgroup above the ones of programs, -1: none */
	int dir;    /* directory of the one in use, -1: none */
	char name[64];
	unsigned int nr;
	bool has_kill;
	bool killed; /* the one in use was */
};

/* How what is left of a tree looks, written by a process that may hang itself. */
struct look {
	int tasks;   /* threads */
	bool asleep; /* all of them uninterruptible */
	size_t len;
	char text[65536]; /* name, state and kernel stack of each */
};

struct tree {
	pid_t self;
	struct group group;
	struct dents proc;
	struct {
		pid_t pid;
		unsigned long long start;
	} lost[LOST_MAX]; /* could not be killed, left behind */
	size_t nlost;
	struct look *look, *last; /* look is shared with who writes it */
	unsigned char ours[PIDS_END / 8];
};

/* @cgroups: use them where there are any. */
void tree_open(struct tree *t, bool cgroups);
void tree_close(struct tree *t);
/* Forks into the tree: 0 in the child, the pid, or -1. */
pid_t tree_fork(struct tree *t);
void tree_kill(struct tree *t, int sig);
void tree_reaped(struct tree *t, pid_t pid);

typedef void process_fn(const struct process *p, void *arg);

/* Calls @fn (or NULL) for each living process that is not lost; how many there are. */
int tree_walk(struct tree *t, process_fn *fn, void *arg);

/*
 * Takes a look, at most @seconds long. True when nothing has moved since the last
 * one, and nothing will: all tasks sleep uninterruptibly where they did.
 */
bool tree_stuck(struct tree *t, double seconds);
/* Forgets the last look: another program begins to die. */
void tree_look_anew(struct tree *t);
/* Leaves behind what is left; it does not count from now on. */
void tree_give_up(struct tree *t);

/* Reads a stat file of /proc; false when the process is gone. */
bool process_read(const char *path, struct process *p);
/* False for a zombie, unless threads of it live on. */
bool process_lives(const struct process *p);

void group_open(struct group *g);
void group_close(struct group *g);
/* A new cgroup for the next program. */
void group_renew(struct group *g);
/* Kills everybody in it, also who is just being born. */
void group_kill(struct group *g);
/* Gives up cgroups altogether. */
void group_none(struct group *g);
/* Kills and removes the cgroups of runners that were killed. */
void group_sweep(struct group *g);

#endif
