/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases of the area "deaths" must end with. */
#ifndef MMGUARD_TESTS_WANTED_H
#define MMGUARD_TESTS_WANTED_H

#include "chance.h"

#include <string.h>

/* The verdict of a case by its full name, when @panics of the cases of chance die. */
static inline const char *wanted(const char *name, unsigned int seed, int panics)
{
	static const char chance[] = "deaths.chance.";
	char one[32];

	for (int i = 0; i < CHANCE_CASES; i++)
		if (!strncmp(name, chance, strlen(chance)) &&
		    !strcmp(name + strlen(chance), chance_name(i, one, sizeof(one))))
			return chance_dies(seed, panics, i) ? "CRASH" : "PASS";
	if (!strcmp(name, "deaths.panics.second") || !strcmp(name, "deaths.powers_off.second"))
		return "CRASH";
	/* Killed for want of memory, in a machine that goes on. */
	if (!strcmp(name, "deaths.fills.second"))
		return "FAIL";
	if (!strcmp(name, "deaths.fills.third"))
		return "MISSING";
	return "PASS";
}

#endif
