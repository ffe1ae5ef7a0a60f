/* SPDX-License-Identifier: GPL-2.0-only */
/* Which part of a selection a machine runs, and in which order. */
#ifndef MG_ORDER_H
#define MG_ORDER_H

#include "plan.h"

#include <stdint.h>

struct order {
	bool shuffle;
	uint32_t seed;
	unsigned int shard, shards; /* from 1; shards 0: everything */
};

/* Parse the value of --shuffle, NULL for a seed of its own.  NULL, or what it should be. */
const char *order_set_shuffle(struct order *o, const char *value);
/* Parse the value of --repeat and --soak.  NULL, or what it should be. */
const char *repeat_set_rounds(struct repeat *r, const char *value);
const char *repeat_set_soak(struct repeat *r, const char *value);

/* Parse "I/N".  NULL, or what it should be. */
const char *order_set_shard(struct order *o, const char *value);

/*
 * Keep the programs of the shard.  Programs are dealt out by the seconds they may take, the
 * longest first, each to the shard that has least; those whose cases are all held count too, so
 * that the kernel of a machine does not change what the other shards have.
 */
void order_shard(const struct order *o, struct plan *p, struct held *h);
/*
 * Put the programs in the order that the seed stands for, if asked for; the same programs and
 * seed give the same order everywhere.
 */
void order_shuffle(const struct order *o, struct plan *p);
#endif
