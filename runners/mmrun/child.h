/* SPDX-License-Identifier: GPL-2.0-only */
/* One program while it runs: shared by what starts, hears and ends it. */
#ifndef MMRUN_CHILD_H
#define MMRUN_CHILD_H

#include "mmrun.h"

enum phase { RUNNING, LINGERING, TERMINATING, KILLING, DONE };

struct pipe_end {
	int fd;
	struct sink_file file;
};

struct child {
	struct runner *r;
	const struct job *job;
	struct outcome *out;
	pid_t pid;
	bool ended; /* the program itself, not its tree */
	bool empty; /* nothing of the tree is left */
	enum phase phase;
	double start, deadline, killed, sync;
	int ack;      /* to the program, -1: not wanted */
	size_t match; /* bytes of CASE_LINE seen at the end of stdout so far */
	struct pipe_end pipes[2];
	struct sink_file kmsg;
};

/* Starts the program; -1 after a message. */
int child_start(struct child *c);

/* Forwards what is in a pipe, at most some MiB of it. */
void child_pump(struct child *c, struct pipe_end *p);
/* The rest, once the tree is gone; a process left behind may hold the pipes for ever. */
void child_drain(struct child *c);
/* Puts what was forwarded on the disk, now and then. */
void child_sync(struct child *c, bool now);

#endif
