// SPDX-License-Identifier: GPL-2.0-only
/* Which bytes of a stream of frames are not news. */
#include "again.h"
#include "common/protocol.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define JOURNAL_MAX (256u << 20)

void again_begin(struct again *a, const char *dir)
{
	char *path = xasprintf("%s/" MMG_JOURNAL, dir);

	*a = (struct again){ .journal = file_read(path, JOURNAL_MAX, NULL) };
	free(path);
}

/* A line comes as one frame; what a power cut left of it does not count. */
static size_t known_line(const struct again *a, const char *data, size_t len)
{
	char *line = strndup(data, len);
	bool known =
		a->journal && line && len && data[len - 1] == '\n' && strstr(a->journal, line);

	free(line);
	return known ? len : 0;
}

static size_t *left_of(struct again *a, const char *dir, const char *path)
{
	struct stat st;
	char *full;

	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->v[i].path, path))
			return &a->v[i].left;
	full = xasprintf("%s/%s", dir, path);
	a->v = xrealloc(a->v, (a->n + 1) * sizeof(*a->v));
	a->v[a->n].path = xstrdup(path);
	a->v[a->n].left = lstat(full, &st) ? 0 : (size_t)st.st_size;
	free(full);
	return &a->v[a->n++].left;
}

size_t again_known(struct again *a, const char *dir, const char *path, const char *data,
		   size_t len)
{
	size_t *left, known;

	if (!strcmp(path, MMG_JOURNAL))
		return known_line(a, data, len);
	left = left_of(a, dir, path);
	known = *left < len ? *left : len;
	*left -= known;
	return known;
}

void again_free(struct again *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].path);
	free(a->v);
	free(a->journal);
	*a = (struct again){ 0 };
}
