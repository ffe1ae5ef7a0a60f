/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of the options of "mmguard run".  Each returns NULL, or what the value should have
 * been; what it was to set is then of no use.
 */
#ifndef MG_OPTIONVALUES_H
#define MG_OPTIONVALUES_H

#include "run.h"

/* Any text; what was there before is freed. */
void value_string(char **where, const char *value);
/* "host", "vm" or "ssh:HOST", where HOST is all that ssh takes, also as "ssh://HOST:PORT". */
const char *value_target(struct run_options *o, const char *value);
const char *value_wait(unsigned long *seconds, const char *value);
const char *value_seconds(unsigned long *seconds, const char *value);
/* "3G", "2048M" or "2048" (MiB). */
const char *value_memory(unsigned long *mib, const char *value);
const char *value_nodes(unsigned long *nodes, const char *value);
const char *value_crashes(unsigned int *crashes, const char *value);
const char *value_slow(double *slow, const char *value);
const char *value_accel(char **accel, const char *value);
/* Absolute, since programs run elsewhere; it may have links in it. */
const char *value_from(char **from, const char *value);
#endif
