/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which numbers of a stream have come, in constant memory.
 */
#include "ktap_impl.h"

bool ktap_numbers_seen(const struct ktap_numbers *s, unsigned long n)
{
	if (n > KTAP_NUMBERS)
		return n <= s->max;
	return s->bits[(n - 1) / 64] >> (n - 1) % 64 & 1;
}

void ktap_numbers_add(struct ktap_numbers *s, unsigned long n)
{
	if (n <= KTAP_NUMBERS)
		s->bits[(n - 1) / 64] |= 1ULL << (n - 1) % 64;
	s->max = n > s->max ? n : s->max;
}

/* The first number of @top or less, from @n on, that has come or not; @top + 1: none. */
static unsigned long next(const struct ktap_numbers *s, unsigned long n, unsigned long top,
			  bool seen)
{
	while (n <= top) {
		unsigned long bit = n - 1;
		uint64_t word = s->bits[bit / 64];

		word = (seen ? word : ~word) >> bit % 64;
		if (word) {
			n += (unsigned long)__builtin_ctzll(word);
			break;
		}
		n += 64 - bit % 64;
	}
	return n <= top ? n : top + 1;
}

bool ktap_numbers_gap(const struct ktap_numbers *s, unsigned long top, unsigned long *from,
		      unsigned long *to)
{
	unsigned long known = top < KTAP_NUMBERS ? top : KTAP_NUMBERS;
	unsigned long start = *from > known ? *from : next(s, *from, known, false);

	*to = top;
	if (start <= known) {
		unsigned long end = next(s, start, known, true) - 1;

		if (end < known || s->max > known)
			*to = end;
	} else if (start <= s->max) {
		/* What was left out up there was reported when the next one came. */
		start = s->max + 1;
	}
	*from = start;
	return start <= top;
}
