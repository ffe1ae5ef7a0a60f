/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is not trusted.
 */
#include <stdbool.h>
#include <string.h>
#include "text.h"

/* The code point at @s, *n its bytes; *n is 0 when there is no well-formed one. */
static unsigned int decode(const unsigned char *s, size_t *n)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = s[0];

	*n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (*n < 2)
		return c;
	c &= 0x7fu >> *n;
	for (size_t i = 1; i < *n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*n = 0;
			return 0;
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[*n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		*n = 0;
	return c;
}

size_t text_char(const char *s)
{
	size_t n;
	unsigned int c = decode((const unsigned char *)s, &n);

	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 0;
	return c == 0xfffe || c == 0xffff ? 0 : n;
}

static bool harmless(unsigned int c)
{
	return c >= ' ' && (c < 0x7f || c > 0x9f) && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2066 || c > 0x2069) && c != 0x200e && c != 0x200f && c != 0x61c;
}

void text_printable(char *s)
{
	while (*s) {
		size_t n;
		unsigned int c = decode((const unsigned char *)s, &n);
		bool good = n && harmless(c);

		n = n ? n : 1;
		if (!good)
			memset(s, '?', n);
		s += n;
	}
}

char *text_field(char **rest)
{
	char *field = strsep(rest, "\t"), *to = field;

	for (char *s = field; field && *s; s++, to++) {
		*to = *s;
		if (*s != '\\' || !s[1])
			continue;
		s++;
		*to = *s == 't' ? '\t' : *s == 'n' ? '\n' : *s;
	}
	if (field)
		*to = '\0';
	return field;
}
