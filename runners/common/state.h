/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of machine state: sorted lines "key value". What differs between two is
 * a leak, but for what these keys say:
 *
 *	shm.*			gone is no leak: others may remove what is theirs
 *	memory.MemAvailable	a fall counts when it is larger than memory.margin
 *				and no process or shared memory holds it (memory.held)
 *	memory.Committed_AS	a rise counts when it is larger than memory.margin
 *	memory.margin, .held, .movable	say something about the others only
 *	kernel.tainted		see state_new_taint()
 */
#ifndef MMGUARD_STATE_H
#define MMGUARD_STATE_H

#include <stddef.h>

#define STATE_KEY_MAX	256
#define STATE_VALUE_MAX 1024
#define STATE_NONE	"none" /* stands for a line that is not there */

/* One difference; the strings live during the call. */
typedef void state_cb(const char *key, const char *before, const char *after, void *arg);

/* Calls @cb (or NULL) for each difference of two texts; their number. Allocates nothing. */
int state_compare(const char *before, const char *after, state_cb *cb, void *arg);

/*
 * Compares the files state-before and state-after in @dir, whose names end with
 * @suffix. Writes "key: before -> after" for the first changes, "; " between them,
 * to @out, each with what given-back says of it. Returns the number of changes; 0
 * when one of the snapshots does not exist.
 */
int state_diff(const char *dir, const char *suffix, char *out, size_t outlen);

/* Taint bits (Documentation/admin-guide/tainted-kernels.rst) that are new in the second. */
unsigned long state_new_taint(const char *dir, const char *suffix);

/* Letters of taint bits, as the kernel prints them. */
const char *state_taint_letters(unsigned long bits, char *buf, size_t len);

#endif
