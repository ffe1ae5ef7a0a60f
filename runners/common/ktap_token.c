/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one line of KTAP is.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "ktap_impl.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *trim(char *s)
{
	size_t n;

	while (blank(*s))
		s++;
	n = strlen(s);
	while (n && blank(s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* Recognises the directive at @s; *rest is the text behind it. */
static enum ktap_directive directive(char *s, char **rest)
{
	static const struct {
		const char *word;
		enum ktap_directive d;
	} table[] = { { "skip", KTAP_D_SKIP },	     { "todo", KTAP_D_TODO },
		      { "xfail", KTAP_D_XFAIL },     { "xpass", KTAP_D_XPASS },
		      { "timeout", KTAP_D_TIMEOUT }, { "error", KTAP_D_ERROR },
		      { "exit=", KTAP_D_EXIT } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].word);
		char *end = s + n;

		if (strncasecmp(s, table[i].word, n))
			continue;
		if (table[i].d == KTAP_D_EXIT && !digit(*end) && *end != '-')
			continue;
		if (table[i].d == KTAP_D_SKIP && !strncasecmp(end, "ped", 3))
			end += 3;
		if (table[i].d != KTAP_D_EXIT && (isalnum((unsigned char)*end) || *end == '_'))
			continue;
		*rest = trim(*end == ':' ? end + 1 : end);
		return table[i].d;
	}
	return KTAP_D_NONE;
}

/* The next '#' at or after @s that ends a description; NULL: none. */
static char *hash(char *line, char *s)
{
	char *rest;

	for (; (s = strchr(s, '#')); s++) {
		if (s > line && !blank(s[-1]))
			continue;
		if (!s[1] || blank(s[1]) || directive(s + 1, &rest) != KTAP_D_NONE)
			return s;
	}
	return NULL;
}

/*
 * Splits "description # DIRECTIVE why". Other text may stand before the directive,
 * but does not excuse a failure then: it may be part of a sentence.
 */
static void parse_description(char *s, struct ktap_token *t)
{
	char *first = hash(s, s), *rest;

	for (char *h = first; h && t->directive == KTAP_D_NONE; h = hash(s, h + 1)) {
		char *text = h + 1;
		enum ktap_directive d;

		while (blank(*text))
			text++;
		d = directive(text, &rest);
		if (d == KTAP_D_NONE)
			continue;
		if (h != first && !t->ok && verdict_expected(verdict_from_ktap(false, d, rest)))
			continue;
		t->directive = d;
		t->why = rest;
	}
	if (first) {
		*first = '\0';
		if (t->directive == KTAP_D_NONE)
			t->why = trim(first + 1);
	}
	s = trim(s);
	if (s[0] == '-' && (!s[1] || blank(s[1])))
		s = trim(s + 1);
	t->name = s;
}

static bool parse_number(const char *s, const char **end, struct ktap_token *t)
{
	char *stop;

	if (!digit(*s))
		return false;
	errno = 0;
	t->number = strtoul(s, &stop, 10);
	t->overflow = errno == ERANGE || t->number > (1UL << 31);
	*end = stop;
	return true;
}

/* Until 5.1 kselftest wrote "ok 1..3 selftests: name [PASS]" for its third test. */
static void parse_old(char *name, struct ktap_token *t)
{
	static const char *const words[] = { " [SKIP]", " [PASS]", " [FAIL]" };
	size_t n = strlen(name);

	if (t->directive != KTAP_D_NONE || strncmp(name, "selftests: ", 11))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t w = strlen(words[i]);

		if (n < w || strcmp(name + n - w, words[i]))
			continue;
		name[n - w] = '\0';
		if (!i)
			t->directive = KTAP_D_SKIP;
		return;
	}
}

static bool parse_result(char *s, struct ktap_token *t)
{
	const char *end;

	t->ok = strncmp(s, "not ", 4) != 0;
	if (!t->ok)
		s += 4;
	if (strncmp(s, "ok", 2) || (s[2] && !blank(s[2])))
		return false;
	for (s += 2; blank(*s);)
		s++;
	if (!strncmp(s, "1..", 3) && strstr(s, " selftests: "))
		s += 3;
	if (parse_number(s, &end, t) && (!*end || blank(*end))) {
		t->numbered = true;
		s += end - s;
	}
	t->type = KTAP_T_RESULT;
	parse_description(s, t);
	parse_old(t->name, t);
	return true;
}

static bool parse_plan(char *s, struct ktap_token *t)
{
	char *end;
	const char *stop;

	if (strncmp(s, "1..", 3) || !parse_number(s + 3, &stop, t))
		return false;
	end = s + (stop - s);
	while (blank(*end))
		end++;
	/* TAP 12 may list there what is TODO. */
	if (*end && *end != '#' && strncasecmp(end, "todo ", 5))
		return false;
	t->type = KTAP_T_PLAN;
	parse_description(end, t);
	return true;
}

static bool parse_version(const char *s, struct ktap_token *t)
{
	if (*s == 'K')
		s++;
	if (strncmp(s, "TAP version ", 12) || !digit(s[12]))
		return false;
	for (s += 12; digit(*s); s++)
		;
	if (*s && !blank(*s))
		return false;
	t->type = KTAP_T_VERSION;
	return true;
}

static bool parse_text(char *s, const char *word, enum ktap_token_type type,
		       struct ktap_token *t)
{
	size_t n = strlen(word);

	if (strncmp(s, word, n))
		return false;
	t->type = type;
	t->name = trim(s + n);
	t->why = t->name;
	return true;
}

/* The runner of kselftest names the program whose output follows as its result. */
static bool parse_title(char *s, struct ktap_token *t)
{
	if (!parse_text(s, "# selftests: ", KTAP_T_TITLE, t))
		return false;
	t->name = s + 2;
	return true;
}

static bool parse_here(char *s, struct ktap_token *t)
{
	switch (*s) {
	case '#':
		return parse_text(s, "# Subtest: ", KTAP_T_SUBTEST, t) ||
		       parse_text(s, "#:ktap_test: ", KTAP_T_NAME, t) ||
		       parse_text(s, "# ktap_test: ", KTAP_T_NAME, t) || parse_title(s, t);
	case 'B':
		return parse_text(s, "Bail out!", KTAP_T_BAIL, t);
	case 'K':
	case 'T':
		return parse_version(s, t);
	case '1':
		return parse_plan(s, t);
	case 'o':
	case 'n':
		return parse_result(s, t);
	}
	return false;
}

void ktap_tokenise(char *line, struct ktap_token *t)
{
	static char empty[1];
	char *s = line;

	*t = (struct ktap_token){ .ok = true, .name = empty, .why = empty };
	for (;;) {
		if (parse_here(s, t))
			break;
		if (s[0] == '#' && s[1] == ' ')
			s += 2;
		else if (blank(*s))
			s++;
		else
			return;
	}
	t->prefix = (size_t)(s - line);
}

bool ktap_torn(const char *line)
{
	size_t n;

	for (;;) {
		if (line[0] == '#' && line[1] == ' ')
			line += 2;
		else if (blank(*line))
			line++;
		else
			break;
	}
	n = strlen(line);
	return n >= 3 && n < 6 && !strncmp("not ok", line, n);
}
