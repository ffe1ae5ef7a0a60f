/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a needs section: "key: value" lines into struct needs.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "needs.h"

enum field_type { F_TEXT, F_LIST, F_NUMBER, F_SECONDS, F_YES, F_HARM, F_PROFILE };

static const struct field {
	const char *key;
	enum field_type type;
	size_t at;    /* offset in struct needs */
	size_t count; /* F_LIST: offset of the number of entries */
} fields[] = {
	{ "area", F_TEXT, offsetof(struct needs, area), 0 },
	{ "program", F_TEXT, offsetof(struct needs, program), 0 },
	{ "summary", F_TEXT, offsetof(struct needs, summary), 0 },
	{ "kind", F_LIST, offsetof(struct needs, kinds), offsetof(struct needs, nkinds) },
	{ "scenario", F_LIST, offsetof(struct needs, scenarios),
	  offsetof(struct needs, nscenarios) },
	{ "root", F_YES, offsetof(struct needs, root), 0 },
	{ "swap", F_YES, offsetof(struct needs, swap), 0 },
	{ "block", F_YES, offsetof(struct needs, block), 0 },
	{ "gup_test", F_YES, offsetof(struct needs, gup_test), 0 },
	{ "hugepages", F_NUMBER, offsetof(struct needs, hugepages), 0 },
	{ "gigantic", F_NUMBER, offsetof(struct needs, gigantic), 0 },
	{ "cpus", F_NUMBER, offsetof(struct needs, cpus), 0 },
	{ "nodes", F_NUMBER, offsetof(struct needs, nodes), 0 },
	{ "memory", F_NUMBER, offsetof(struct needs, memory), 0 },
	{ "seconds", F_NUMBER, offsetof(struct needs, seconds), 0 },
	{ "budget", F_SECONDS, offsetof(struct needs, budget), 0 },
	{ "harm", F_HARM, offsetof(struct needs, harm), 0 },
	{ "profile", F_PROFILE, offsetof(struct needs, full), 0 },
};

static const char *set_text(char **to, const char *value)
{
	if (*to)
		return "given twice";
	*to = strdup(value);
	return *to ? NULL : "no memory";
}

static const char *set_list(char ***list, size_t *n, const char *value)
{
	char **more = reallocarray(*list, *n + 1, sizeof(**list));

	if (!more)
		return "no memory";
	*list = more;
	more[*n] = strdup(value);
	if (!more[*n])
		return "no memory";
	(*n)++;
	return NULL;
}

static const char *set_number(unsigned long *to, const char *value)
{
	char *end;

	errno = 0;
	*to = strtoul(value, &end, 10);
	if (*end || errno || *value < '0' || *value > '9')
		return "not a number";
	return NULL;
}

/* With a fraction, as a person writes it: no sign, exponent, infinity. */
static const char *set_seconds(double *to, const char *value)
{
	if (strspn(value, "0123456789.") != strlen(value))
		return "not a number";
	*to = strtod(value, NULL);
	return *to > 0 ? NULL : "not a number above 0";
}

/* Index of @value among the words up to NULL, -1 when it is none of them. */
static int word_index(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return i;
	return -1;
}

static const char *set_word(const struct field *f, char *to, const char *value)
{
	static const char *const yes[] = { "no", "yes", NULL };
	static const char *const harm[] = { "none", "reserves", "crashes", NULL };
	static const char *const profile[] = { "quick", "full", NULL };
	const char *const *words = f->type == F_YES ? yes : f->type == F_HARM ? harm : profile;
	int i = word_index(value, words);

	if (i < 0)
		return "not a known word";
	if (f->type == F_HARM)
		*(enum needs_harm *)(void *)to = (enum needs_harm)i;
	else
		*(bool *)to = i == 1;
	return NULL;
}

static const char *set_field(struct needs *n, const struct field *f, const char *value)
{
	char *to = (char *)n + f->at;

	if (!*value && f->type != F_TEXT)
		return "has no value";
	switch (f->type) {
	case F_TEXT:
		return set_text((char **)(void *)to, value);
	case F_LIST:
		return set_list((char ***)(void *)to, (size_t *)(void *)((char *)n + f->count),
				value);
	case F_NUMBER:
		return set_number((unsigned long *)(void *)to, value);
	case F_SECONDS:
		return set_seconds((double *)(void *)to, value);
	default:
		return set_word(f, to, value);
	}
}

static const char *set_line(struct needs *n, char *line)
{
	char *colon = strchr(line, ':');
	char *value;
	size_t len;

	if (!colon)
		return "not of the form key: value";
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (len = strlen(value); len && strchr(" \t\r", value[len - 1]); len--)
		value[len - 1] = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(line, fields[i].key))
			return set_field(n, &fields[i], value);
	return "unknown key";
}

static const char *check(struct needs *n)
{
	if (!n->area || !*n->area)
		return "no area";
	if (!n->program || !*n->program)
		return "no program";
	if (!n->nscenarios)
		return "no scenario";
	if (!n->summary && !(n->summary = strdup("")))
		return "no memory";
	if (!n->seconds)
		n->seconds = NEEDS_SECONDS_DEFAULT;
	if (n->budget <= 0)
		n->budget = NEEDS_BUDGET_DEFAULT;
	return NULL;
}

static int parse_lines(char *text, size_t len, struct needs *n, char *err, size_t errlen)
{
	const char *wrong;

	for (char *p = text; p < text + len;) {
		size_t used = strcspn(p, "\n"); /* text ends with a NUL */

		p[used] = '\0';
		if (*p && (wrong = set_line(n, p))) {
			snprintf(err, errlen, "needs: '%.60s': %s", p, wrong);
			return -1;
		}
		p += used + 1;
	}
	wrong = check(n);
	if (wrong)
		snprintf(err, errlen, "needs: %s", wrong);
	return wrong ? -1 : 0;
}

int needs_parse(const char *text, size_t len, struct needs *n, char *err, size_t errlen)
{
	char *copy = malloc(len + 1);
	int ret;

	memset(n, 0, sizeof(*n));
	if (!copy) {
		snprintf(err, errlen, "needs: no memory");
		return -1;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	ret = parse_lines(copy, len, n, err, errlen);
	free(copy);
	if (ret)
		needs_free(n);
	return ret;
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void needs_free(struct needs *n)
{
	free(n->area);
	free(n->program);
	free(n->summary);
	free_list(n->kinds, n->nkinds);
	free_list(n->scenarios, n->nscenarios);
	memset(n, 0, sizeof(*n));
}

size_t needs_ncases(const struct needs *n)
{
	return n->nscenarios * (n->nkinds ? n->nkinds : 1);
}

int needs_case(const struct needs *n, size_t i, char *buf, size_t len)
{
	if (i >= needs_ncases(n))
		return -1;
	if (!n->nkinds)
		return snprintf(buf, len, "%s", n->scenarios[i]);
	return snprintf(buf, len, "%s.%s", n->scenarios[i / n->nkinds],
			n->kinds[i % n->nkinds]);
}
