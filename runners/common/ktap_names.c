/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No two results of a reader have the same name, and a name does not depend on the
 * run: the second "a" is "a#2". A table of hashes is enough; two names that share
 * a hash cost a suffix that was not needed.
 */
#include <stdio.h>
#include "ktap_impl.h"

#define USED_MAX (KTAP_NAME_SLOTS / 4 * 3)

/* FNV-1a; never 0. */
static uint64_t hash(const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3;
	return h ? h : 1;
}

static unsigned int find(const struct ktap_names *names, uint64_t h)
{
	unsigned int i = (unsigned int)(h >> 40) % KTAP_NAME_SLOTS;

	while (names->slots[i].hash && names->slots[i].hash != h)
		i = (i + 1) % KTAP_NAME_SLOTS;
	return i;
}

void ktap_names_unique(struct ktap_names *names, char *name, size_t len, size_t size)
{
	unsigned int first = KTAP_NAME_SLOTS, i;
	size_t n = len;

	names->serial++;
	while (names->used < USED_MAX) {
		uint64_t h = hash(name, n);

		i = find(names, h);
		first = first < KTAP_NAME_SLOTS ? first : i;
		if (!names->slots[i].hash) {
			names->slots[i].hash = h;
			names->slots[i].count = 1;
			names->used++;
			return;
		}
		n = len + (size_t)snprintf(name + len, size - len, "#%lu",
					   ++names->slots[first].count);
	}
	snprintf(name + len, size - len, "#~%lu", names->serial);
}
