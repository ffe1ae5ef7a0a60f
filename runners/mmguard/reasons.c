// SPDX-License-Identifier: GPL-2.0-only
/* Hundreds of cases share a few reasons. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

static int by_count(const void *a, const void *b)
{
	const struct reason_group *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->reason, y->reason);
}

static void count(struct reason_group **g, size_t *n, const char *reason)
{
	if (!*reason)
		reason = "(no reason given)";
	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*g)[i].reason, reason)) {
			(*g)[i].n++;
			return;
		}
	}
	*g = xrealloc(*g, (*n + 1) * sizeof(**g));
	(*g)[(*n)++] = (struct reason_group){ reason, 1 };
}

size_t report_reasons(const struct report *r, enum verdict v, struct reason_group **groups)
{
	size_t n = 0;

	*groups = NULL;
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (r->v[i].v[j].verdict == v)
				count(groups, &n, r->v[i].v[j].reason);
	if (n)
		qsort(*groups, n, sizeof(**groups), by_count);
	return n;
}
