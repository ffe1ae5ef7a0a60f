/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of a hundred cases take the machine down; the guest and who judges it agree on it. */
#ifndef MMGUARD_CHANCE_H
#define MMGUARD_CHANCE_H

#include <stdbool.h>
#include <stdio.h>

#define CHANCE_CASES 100

/* "a.k0" to "j.k9". */
static inline const char *chance_name(int i, char *buf, size_t len)
{
	snprintf(buf, len, "%c.k%d", 'a' + i / 10, i % 10);
	return buf;
}

static inline unsigned int chance_draw(unsigned int seed, int i)
{
	unsigned int x = (seed + 1) * 2654435761u ^ ((unsigned int)i + 1) * 2246822519u;

	x ^= x >> 15;
	x *= 2654435761u;
	return x ^ x >> 13;
}

/* Is the draw of case @i one of the @n lowest? */
static inline bool chance_dies(unsigned int seed, int n, int i)
{
	int lower = 0;

	for (int k = 0; k < CHANCE_CASES; k++) {
		unsigned int a = chance_draw(seed, k), b = chance_draw(seed, i);

		lower += a < b || (a == b && k < i);
	}
	return lower < n;
}

#endif
