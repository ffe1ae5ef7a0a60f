/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a log has in front of each line: the time of "dmesg -T" or of a CI, host and
 * "kernel:" of syslog, the numbers of /dev/kmsg. It is learned from the first version
 * line; on other lines its numbers and words may differ, its signs may not.
 */
#include <string.h>
#include "ktap_impl.h"

enum kind { BLANK, DIGIT, LETTER, SIGN };

static enum kind kind(char c)
{
	if (c == ' ' || c == '\t')
		return BLANK;
	if (c >= '0' && c <= '9')
		return DIGIT;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? LETTER : SIGN;
}

static size_t run_of(const char *s)
{
	size_t n = 0;

	while (s[n] && kind(s[n]) == kind(*s))
		n++;
	return n;
}

/* Without a sign at its end or before it, another word could be anything. */
static bool varies(const char *like)
{
	size_t len = strlen(like);

	while (len && kind(like[len - 1]) == BLANK)
		len--;
	if (!len || (kind(like[len - 1]) != SIGN && !like[len]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (kind(like[i]) == SIGN)
			return true;
	return false;
}

/* The blanks at its end are exact: behind them an indent begins. */
static size_t alike(const char *like, const char *line)
{
	const char *s = line;

	while (*like) {
		size_t n = run_of(like);

		if (kind(*like) == BLANK) {
			if (!like[n])
				return strncmp(s, like, n) ? 0 : (size_t)(s + n - line);
			like += n;
			continue;
		}
		while (kind(*s) == BLANK)
			s++;
		if (kind(*like) == SIGN) {
			if (*s++ != *like++)
				return 0;
			continue;
		}
		if (!*s || kind(*s) != kind(*like))
			return 0;
		like += n;
		s += run_of(s);
	}
	return (size_t)(s - line);
}

/* A line that says something as it is has nothing in front of it. */
static bool speaks(const char *line)
{
	static const char *const words[] = { "ok", "not ok", "1..", "Bail out!" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if (!strncmp(line, words[i], n))
			return i >= 2 || !line[n] || kind(line[n]) == BLANK;
	}
	return false;
}

size_t ktap_before(const char *like, const char *line)
{
	size_t len = strlen(like);

	if (!len || speaks(line))
		return 0;
	if (!varies(like))
		return !strncmp(line, like, len) ? len : 0;
	return alike(like, line);
}

/* A version and nothing else. */
static bool version(const char *s)
{
	static const char word[] = "TAP version ";
	size_t n;

	s += *s == 'K';
	if (strncmp(s, word, sizeof(word) - 1))
		return false;
	s += sizeof(word) - 1;
	n = strspn(s, "0123456789");
	return n && !s[n + strspn(s + n, " \t")];
}

size_t ktap_before_learn(char *like, const char *line)
{
	const char *at = strstr(line, "TAP version ");
	size_t n = at ? (size_t)(at - line) : 0;

	n -= n && line[n - 1] == 'K';
	if (!n || n >= KTAP_PREFIX_MAX || !version(line + n))
		return 0;
	/* A comment, an indent, or a result with that name. */
	if (*line == '#' || strspn(line, " \t") == n || !strncmp(line, "ok ", 3) ||
	    !strncmp(line, "not ok ", 7))
		return 0;
	memcpy(like, line, n);
	like[n] = '\0';
	return n;
}
