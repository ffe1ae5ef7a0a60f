/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as they come, from consoles too: colours, NULs, bad UTF-8, what printk()
 * puts in front of a line or into it.
 */
#include <string.h>
#include "ktap_impl.h"

#define STAMP_DIGITS 20 /* more is no time */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of the well-formed UTF-8 sequence at @s, 0 when there is none. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

size_t ktap_utf8_floor(const char *s, size_t n)
{
	size_t len = strnlen(s, n + 1);

	if (len <= n)
		return len;
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Length of a string for the terminal, such as a window's title. */
static size_t command_len(const unsigned char *s, size_t n)
{
	for (size_t i = 2; i < n; i++) {
		if (s[i] == '\a')
			return i + 1;
		if (s[i] == 0x1b)
			return i + 1 < n && s[i + 1] == '\\' ? i + 2 : 2;
	}
	return 2;
}

/* Length of the escape sequence at @s, which begins with ESC: ECMA-48. */
static size_t escape_len(const unsigned char *s, size_t n)
{
	unsigned char last = 0x2f; /* of what may stand before its end, from blank on */
	size_t i = 1;

	if (n < 2 || s[1] < ' ')
		return 1;
	if (strchr("]PX^_", s[1]))
		return command_len(s, n);
	if (s[1] == '[') {
		last = 0x3f;
		i = 2;
	}
	while (i < n && s[i] >= ' ' && s[i] <= last)
		i++;
	return i < n && s[i] > last && s[i] <= 0x7e ? i + 1 : i;
}

/* What a terminal shows nothing of: the bell, and the shifts that end a colour. */
static bool unseen(unsigned char c)
{
	return c == '\a' || c == 0x0e || c == 0x0f;
}

bool ktap_plain(const char *s, size_t n)
{
	unsigned char odd = 0;

	for (size_t i = 0; i < n; i++)
		odd |= (unsigned char)(s[i] - ' ') > '~' - ' ';
	return !odd;
}

size_t ktap_clean(const char *str, size_t n, char *out)
{
	const unsigned char *s = (const unsigned char *)str;
	size_t len = 0;

	if (ktap_plain(str, n)) {
		memcpy(out, str, n);
		out[n] = '\0';
		return n;
	}
	for (size_t i = 0; i < n;) {
		size_t step = 1;

		if (s[i] == 0x1b) {
			step = escape_len(s + i, n - i);
		} else if (s[i] >= 0x80 && utf8_len(s + i, n - i)) {
			step = utf8_len(s + i, n - i);
			memcpy(out + len, s + i, step);
			len += step;
		} else if (unseen(s[i])) {
			;
		} else if (s[i] >= 0x7f || (s[i] && s[i] < ' ' && s[i] != '\t')) {
			out[len++] = '?';
		} else if (s[i]) {
			out[len++] = (char)s[i];
		}
		i += step;
	}
	out[len] = '\0';
	return len;
}

bool ktap_interesting(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (blank(s[i]) || s[i] == '\r'))
		i++;
	if (i == n)
		return false;
	switch (s[i]) {
	case 'o':
	case 'n':
	case '1':
	case 'K':
	case 'T':
	case 'B':
	case '#':
	case '-': /* YAML */
	case '.':
	case '\xef': /* KTAP_BOM */
		return true;
	}
	return (unsigned char)s[i] < ' ' || memchr(s, '[', n) || memchr(s, '\r', n);
}

/* Skips at most STAMP_DIGITS characters of a kind; @from: the index to look from. */
static size_t skip(const char *s, size_t n, size_t from, bool digits)
{
	size_t i = from;

	while (i < n && i - from < STAMP_DIGITS && (digits ? digit(s[i]) : s[i] == ' '))
		i++;
	return i;
}

/* Length of "[ T12]" or "[C0]" with which printk names its caller. */
static size_t caller(const char *s, size_t n)
{
	size_t i;

	if (!n || s[0] != '[')
		return 0;
	i = skip(s, n, 1, false);
	if (i >= n || (s[i] != 'T' && s[i] != 'C'))
		return 0;
	i = skip(s, n, i + 1, true);
	return i < n && s[i] == ']' ? i + 1 : 0;
}

/* Length of "<6>" at @s. */
static size_t level(const char *s, size_t n)
{
	size_t i;

	if (n < 3 || s[0] != '<' || !digit(s[1]))
		return 0;
	i = skip(s, n, 1, true);
	return i < n && s[i] == '>' ? i + 1 : 0;
}

size_t ktap_stamp(const char *s, size_t n, bool start)
{
	size_t i = level(s, n), dot, end;

	if (i >= n || s[i] != '[')
		return 0;
	i = skip(s, n, i + 1, false);
	dot = skip(s, n, i, true);
	if (dot == i || dot >= n || s[dot] != '.')
		return 0;
	end = skip(s, n, dot + 1, true);
	/* In the middle of a line only the form that the kernel writes. */
	if (end >= n || s[end] != ']' || (start ? end == dot + 1 : end != dot + 7))
		return 0;
	end++;
	end += caller(s + end, n - end);
	return end + (end < n && s[end] == ' ');
}

/* Where the level in front of the stamp at @at begins. */
static size_t level_before(const char *s, size_t at)
{
	size_t i = at;

	if (!at || s[at - 1] != '>')
		return at;
	for (i = at - 1; i && digit(s[i - 1]); i--)
		;
	return i && s[i - 1] == '<' && level(s + i - 1, at - i + 1) == at - i + 1 ? i - 1 : at;
}

size_t ktap_cut(const char *s, size_t n)
{
	const char *cr = n ? memchr(s, '\r', n) : NULL;
	const char *p = s, *end = cr ? cr : s + n;

	for (; p < end && (p = memchr(p, '[', (size_t)(end - p))); p++)
		if (ktap_stamp(p, n - (size_t)(p - s), false))
			return level_before(s, (size_t)(p - s));
	return (size_t)(end - s);
}
