/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that a terminal shows as it is.
 */
#include <stdio.h>
#include "visible.h"

/* Bytes of the character at @s that may be printed; 0 when it may not. */
static size_t printable(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (n == 1)
		return s[0] >= ' ' && s[0] != 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are control characters, U+202x and U+206x turn text around. */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
			     (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)))
		return 0;
	/* Longer than needed, halves of surrogates, beyond the last. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

const char *visible(const char *text, char *buf, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t o = 0;

	while (*s && o + 5 < len) {
		size_t n = printable(s);

		if (!n)
			o += (size_t)snprintf(buf + o, len - o, "\\x%02x", *s++);
		while (n--)
			buf[o++] = (char)*s++;
	}
	buf[o] = '\0';
	return buf;
}
