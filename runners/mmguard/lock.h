/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine lock: two runs on one machine would count each other's huge pages. */
#ifndef MG_LOCK_H
#define MG_LOCK_H

/*
 * Take the lock and write who holds it.  Returns its descriptor, which is kept open for the
 * whole run, or -1 with a message (held: by which pid, with which command, since when).
 */
int lock_take(const char *command);
void lock_release(int fd);
#endif
