// SPDX-License-Identifier: GPL-2.0-only
/* Results chosen after the fact. */
#include "only.h"

#include <stdlib.h>
#include <string.h>

void only_load(struct strv *only, json_t *info)
{
	json_t *g, *globs = json_object_get(info, "only");
	size_t i;

	json_array_foreach(globs, i, g)
	{
		if (json_is_string(g))
			strv_add(only, json_string_value(g));
	}
}

bool only_asked_for(const struct strv *only, const char *program, const char *name)
{
	char *full = name ? xasprintf("%s.%s", program, name) : NULL;
	bool hit = !full || !only->n;

	for (size_t i = 0; i < only->n && !hit; i++)
		hit = select_match(only->v[i], full);
	free(full);
	return hit;
}

static bool is_seen(const struct report *r, const char *glob)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (select_match(glob, r->v[i].v[j].name))
				return true;
	return false;
}

struct program_report *only_unseen(struct report *r, const char *glob)
{
	if (!select_results(glob) || is_seen(r, glob))
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		if (select_program(glob, r->v[i].name))
			return &r->v[i];
	return NULL;
}
