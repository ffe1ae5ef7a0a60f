// SPDX-License-Identifier: GPL-2.0-only
/* One header: an SPDX line, then "// key: value" lines. */
#include "bugs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_text(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

static int take_number(unsigned int *where, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	*where = (unsigned int)n;
	return isdigit((unsigned char)*value) && !*end && n && n < 1000000 ? 0 : -1;
}

/* -1: the value is malformed; an unknown key is passed over. */
static int take(struct bug *b, const char *key, const char *value)
{
	if (!strcmp(key, "bug"))
		take_text(&b->name, value);
	else if (!strcmp(key, "number"))
		return take_number(&b->number, value);
	else if (!strcmp(key, "matches"))
		return take_number(&b->matches, value);
	else if (!strcmp(key, "file"))
		strv_split(&b->files, value, " \t");
	else if (!strcmp(key, "breaks"))
		take_text(&b->breaks, value);
	else if (!strcmp(key, "undoes"))
		take_text(&b->undoes, value);
	else if (!strcmp(key, "symptom"))
		take_text(&b->symptom, value);
	else if (!strcmp(key, "kernels"))
		strv_split(&b->kernels, value, " \t");
	return 0;
}

static const char *missing(const struct bug *b)
{
	if (!b->name || !*b->name)
		return "bug";
	if (!b->number)
		return "number";
	if (!b->files.n)
		return "file";
	if (!b->breaks)
		return "breaks";
	if (!b->undoes)
		return "undoes";
	if (!b->symptom)
		return "symptom";
	return b->kernels.n ? NULL : "kernels";
}

/* "name.cocci" and "name.7.2.cocci" are both called name. */
static bool agrees(const char *name, const char *base)
{
	size_t n = strlen(name);

	return !strncmp(name, base, n) && base[n] == '.';
}

/* A path that leaves the tree would patch something else. */
static bool inside(const struct strv *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (*files->v[i] == '/' || strstr(files->v[i], ".."))
			return false;
	return true;
}

/* What one patch is to leave behind: as many switches as it spells. */
static unsigned int count_switches(const struct bug *b, const char *text)
{
	const char *comment = b->sed ? "#" : "//";
	char *copy = xstrdup(text), *rest = copy, *line, *p;
	char *word = xasprintf("mm_bug(%u)", b->number);
	unsigned int n = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, comment, strlen(comment)) || *line == '-')
			continue;
		for (p = line; (p = strstr(p, word)); p++)
			n++;
	}
	free(word);
	free(copy);
	return n;
}

static int parse_lines(struct bug *b, char *text, char *why, size_t len)
{
	const char *comment = b->sed ? "#" : "//";
	size_t n = strlen(comment);
	char *line;

	while ((line = strsep(&text, "\n")) && !strncmp(line, comment, n)) {
		char *colon = strchr(line, ':');

		if (!colon || strstr(line, "SPDX-License-Identifier"))
			continue;
		*colon = '\0';
		if (take(b, strip(line + n), strip(colon + 1))) {
			snprintf(why, len, "%s is no number", strip(line + n));
			return -1;
		}
	}
	return 0;
}

int bug_parse(struct bug *b, const char *text, const char *base, char *why, size_t len)
{
	size_t n = strlen(base);
	const char *key;
	char *copy;
	int err;

	*b = (struct bug){ .sed = n > 5 && !strcmp(base + n - 5, ".edit") };
	copy = xstrdup(text);
	err = parse_lines(b, copy, why, len);
	free(copy);
	key = err ? NULL : missing(b);
	if (key)
		snprintf(why, len, "its header has no '%s:'", key);
	else if (!err && !agrees(b->name, base))
		snprintf(why, len, "its header says bug: %s", b->name);
	else if (!err && !inside(&b->files))
		snprintf(why, len, "its header names a file outside of the tree");
	else if (!err && !count_switches(b, text))
		snprintf(why, len, "mm_bug(%u) does not occur in it", b->number);
	else if (!err) {
		if (!b->matches)
			b->matches = count_switches(b, text);
		return 0;
	}
	return -1;
}

void bug_free(struct bug *b)
{
	free(b->name);
	free(b->area);
	free(b->path);
	free(b->breaks);
	free(b->undoes);
	free(b->symptom);
	free(b->why);
	strv_free(&b->files);
	strv_free(&b->kernels);
	*b = (struct bug){ 0 };
}
