/* SPDX-License-Identifier: GPL-2.0-only */
/* The mappings of the calling process in a range of addresses, to be compared. */
#ifndef MMGUARD_MAPLINES_H
#define MMGUARD_MAPLINES_H

#include <stdbool.h>
#include <stddef.h>

struct maplines {
	const char *addr; /* the range */
	size_t len;	  /* bytes */
	char text[2000];  /* lines of /proc/self/maps that begin in it */
};

/* BROKEN when they cannot be read, or do not fit. */
struct maplines maplines_read(const char *addr, size_t len);

/* Is the same mapped in the range as then? A difference after @what is a failure. */
bool maplines_expect(const char *what, const struct maplines *then);

#endif
