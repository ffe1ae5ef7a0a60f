// SPDX-License-Identifier: GPL-2.0-only
/* Reading the output of a failed build: the first error, and whose edit it points at. */
#include "labmake.h"

#include <stdlib.h>
#include <string.h>

/* An edit is a few lines; the compiler points at one of them or just below. */
#define NEAR 6

#define SOURCE_MAX (8u << 20)

static const char *const marks[] = { ": error: ", ": fatal error: ", "undefined reference to",
				     "No space left on device", "*** " };

static char *first_line(const char *log)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(log, marks[i]), *begin = at;

		if (!at)
			continue;
		while (begin > log && begin[-1] != '\n')
			begin--;
		return strndup(begin, strcspn(begin, "\n"));
	}
	return xstrdup("make failed without a message");
}

/* The number of the mm_bug() in the line, 0 without one. */
static unsigned int number_in(const char *line)
{
	const char *at = line ? strstr(line, "mm_bug(") : NULL;

	return at ? (unsigned int)strtoul(at + strlen("mm_bug("), NULL, 10) : 0;
}

/* The nearest switch around line @at (from 1) of the text, which is cut into lines. */
static unsigned int nearest(char *text, unsigned long at)
{
	struct strv lines = { 0 };
	unsigned int n = 0;
	char *line;

	/* The empty line counts, so strv_split() will not do. */
	while ((line = strsep(&text, "\n")) && lines.n < at + NEAR)
		strv_add(&lines, line);
	for (unsigned long d = 0; d <= NEAR && !n; d++) {
		if (at > d && at - d <= lines.n)
			n = number_in(lines.v[at - d - 1]);
		if (!n && at + d <= lines.n)
			n = number_in(lines.v[at + d - 1]);
	}
	strv_free(&lines);
	return n;
}

/* "../tree/mm/x.c", "<tree>/mm/x.c" and "mm/x.c" are all mm/x.c of the tree. */
static char *in_tree(const char *tree, const char *path)
{
	const char *below = strstr(path, "/tree/");

	return xasprintf("%s/%s", tree, below ? below + strlen("/tree/") : path);
}

static unsigned int blame(const char *tree, const char *error)
{
	size_t n = strcspn(error, ":");
	char *name = strndup(error, n), *path = in_tree(tree, name), *text = NULL;
	unsigned long line = error[n] ? strtoul(error + n + 1, NULL, 10) : 0;
	unsigned int number = 0;

	if (line)
		text = file_read(path, SOURCE_MAX, NULL);
	if (text)
		number = nearest(text, line);
	free(text);
	free(path);
	free(name);
	return number;
}

void labmake_first_error(const char *log, const char *tree, struct lab_error *e)
{
	*e = (struct lab_error){ .text = first_line(log) };
	if (strstr(log, "No space left on device")) {
		free(e->text);
		e->text = xstrdup("No space left on device");
		return;
	}
	e->number = blame(tree, e->text);
}
