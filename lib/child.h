/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A forked process that does what it is told, one call at a time: a story of
 * two processes reads top to bottom, and no step needs a sleep.
 *
 *	struct child c = child_fork();
 *	long seen = child_call(&c, read_first_byte, region);
 *	child_end(&c);
 *
 * The child has the parent's address space as of the fork, so functions and
 * addresses mean the same on both sides.
 */
#ifndef MMGUARD_CHILD_H
#define MMGUARD_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int fd;	    /* to the child */
	int signal; /* that ended it, once a call returned CHILD_DIED; 0 for an exit */
};

#define CHILD_DIED     (-1000000L) /* the child is gone */
#define CHILD_LATE     (-1000001L) /* no answer in time: a failure was recorded */
#define CHILD_COPY_MAX 256	   /* bytes */

typedef long child_fn(void *arg);

/* Forks; BROKEN when fork fails. */
struct child child_fork(void);

/* The same by a given function, for fork variants: returns 0 in the child, like fork(). */
struct child child_fork_by(pid_t (*forker)(void));

/* Runs @fn(@arg) in the child and waits for its value, at most 10 s (times MMGUARD_SLOW). */
long child_call(struct child *c, child_fn *fn, void *arg);

/*
 * The same, with a copy of @size bytes at @arg, at most CHILD_COPY_MAX: what the parent
 * has changed since the fork is not in the memory of the child.
 */
long child_call_copy(struct child *c, child_fn *fn, const void *arg, size_t size);

/* The two halves of child_call(), to do something while the child is at work. */
void child_begin(struct child *c, child_fn *fn, void *arg);
long child_finish(struct child *c, const char *what);

/* Lets the child exit and waits for it. Safe to call twice. */
void child_end(struct child *c);

/* Ends the child with SIGKILL and waits for it. */
void child_kill(struct child *c);

#endif
