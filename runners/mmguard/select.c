// SPDX-License-Identifier: GPL-2.0-only
/* Matching of selectors and the search for the name somebody meant. */
#include "select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

bool select_match(const char *glob, const char *name)
{
	char *below;
	bool hit;

	if (!fnmatch(glob, name, 0))
		return true;
	below = xasprintf("%s.*", glob);
	hit = !fnmatch(below, name, 0);
	free(below);
	return hit;
}

bool select_valid(const char *glob)
{
	return *glob &&
	       !glob[strspn(glob, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.+-*?[]!")];
}

/* The end of the first two parts. */
static size_t program_length(const char *glob)
{
	size_t n = strcspn(glob, ".");

	return glob[n] ? n + 1 + strcspn(glob + n + 1, ".") : n;
}

bool select_results(const char *glob)
{
	return glob[program_length(glob)] != '\0';
}

bool select_program(const char *glob, const char *program)
{
	char *head = strndup(glob, program_length(glob));
	bool hit = head && select_match(head, program);

	free(head);
	return hit;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t edit_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), d;
	size_t *row = xcalloc(lb + 1, sizeof(*row));

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j];

			row[j] =
				min3(up + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	d = row[lb];
	free(row);
	return d;
}

/* The first @dots + 1 parts of @name; the caller frees. */
static char *cut_to_depth(const char *name, size_t dots)
{
	char *copy = xstrdup(name);

	for (char *p = copy; *p; p++) {
		if (*p == '.' && !dots--) {
			*p = '\0';
			break;
		}
	}
	return copy;
}

static void add_once(struct strv *s, const char *name)
{
	if (!strv_has(s, name))
		strv_add(s, name);
}

struct candidate {
	const char *name;
	size_t distance;
};

static int by_distance(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Names at the depth of @wanted, and their last parts, for somebody who left the area out. */
static size_t distance_to(const char *wanted, const char *name)
{
	size_t best = edit_distance(wanted, name);
	const char *dot = strchr(name, '.');

	if (dot) {
		size_t d = edit_distance(wanted, dot + 1) + 1;

		best = d < best ? d : best;
	}
	return best;
}

void select_nearest(const char *wanted, const struct strv *all, size_t max, struct strv *out)
{
	struct strv names = { 0 };
	struct candidate *c;
	size_t dots = 0;

	for (const char *p = wanted; *p; p++)
		dots += *p == '.';
	for (size_t i = 0; i < all->n; i++) {
		for (size_t depth = dots; depth <= dots + 1; depth++) {
			char *cut = cut_to_depth(all->v[i], depth);

			add_once(&names, cut);
			free(cut);
		}
	}
	c = xcalloc(names.n, sizeof(*c));
	for (size_t i = 0; i < names.n; i++)
		c[i] = (struct candidate){ names.v[i], distance_to(wanted, names.v[i]) };
	qsort(c, names.n, sizeof(*c), by_distance);
	for (size_t i = 0; i < names.n && i < max; i++)
		strv_add(out, c[i].name);
	free(c);
	strv_free(&names);
}
