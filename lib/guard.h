/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Global machine state is taken through the guard and given back by it: after
 * the case (GUARD_CASE) or after the program (GUARD_PROGRAM), last taken first.
 * A process of its own, "mm-guard", does it when the program is killed.
 *
 * All calls return 0 or -errno and change nothing when they fail.
 */
#ifndef MMGUARD_GUARD_H
#define MMGUARD_GUARD_H

#include <sys/types.h>

enum guard_scope { GUARD_CASE, GUARD_PROGRAM };

/* Writes @value to the file and remembers what stood there. "[x]" choices are understood. */
int guard_set(enum guard_scope scope, const char *path, const char *value);

/*
 * guard_add() - raise a counter such as nr_hugepages by @delta
 *
 * Returns by how much it rose, which may be less than asked, or -errno.
 */
long guard_add(enum guard_scope scope, const char *path, long delta);

/* The kernel may raise a counter itself: it is lowered again to what it is now. */
void guard_hold(enum guard_scope scope, const char *path);

enum guard_undo {
	GUARD_WRITE,	/* write value to path */
	GUARD_SUBTRACT, /* lower the counter at path by value, or to what it was */
	GUARD_SWAPOFF,	/* swapoff(path) */
	GUARD_UMOUNT,	/* umount2(path, MNT_DETACH) and rmdir(path) */
	GUARD_RMDIR,	/* rmdir(path), tasks in it move to the parent cgroup */
	GUARD_UNLINK,	/* unlink(path) */
	GUARD_OFFLINE,	/* write "offline" to the state of a memory block, for at most 5 s */
};

/*
 * guard_undo_later() - register what undoes a change about to be made
 *
 * Undoing something that was not made is harmless for all kinds, so register
 * first and change afterwards.
 */
void guard_undo_later(enum guard_scope scope, enum guard_undo undo, const char *path,
		      const char *value);

/* Undoes and forgets everything of @scope (GUARD_PROGRAM: everything). */
void guard_give_back(enum guard_scope scope);

/* For the case loop: starts and ends the process that outlives a killed program. */
void guard_start(void);
pid_t guard_pid(void);
void guard_case_group(pid_t group);
void guard_end(void);

#endif
