// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "access.h"
#include "gigantic.h"
#include "report.h"

#define SAMPLES 5
#define SAMPLE	512 /* bytes */

static char *sample(const char *page, size_t i)
{
	return (char *)page + i * ((GIGANTIC - SAMPLE) / (SAMPLES - 1) & ~7UL);
}

bool gigantic_fill(const char *who, char *page, unsigned char seed)
{
	int sig = access_write(page, 1);

	if (!mm_expect(!sig, "1 GiB page: %s: writing to it raised signal %d", who, sig))
		return false;
	for (size_t i = 0; i < SAMPLES; i++)
		pattern_fill(sample(page, i), SAMPLE, seed + i);
	return true;
}

bool gigantic_check(const char *who, const char *page, unsigned char seed)
{
	char what[120];

	for (size_t i = 0; i < SAMPLES; i++) {
		snprintf(what, sizeof(what), "1 GiB page, sample %zu: %s", i, who);
		if (!pattern_check(what, sample(page, i), SAMPLE, seed + i))
			return false;
	}
	return true;
}
