// SPDX-License-Identifier: GPL-2.0-only
/* A collection is a directory just below the tree; programs may call their neighbours. */
#include "fromparts.h"
#include "from.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sub-directory of @from that @path lies in, NULL when it lies in none; the caller frees.
 */
static char *below(const char *from, const char *path)
{
	size_t n = strlen(from);
	const char *rest = path + n + 1, *slash;

	if (strncmp(path, from, n) || path[n] != '/' || !(slash = strchr(rest, '/')))
		return NULL;
	return strndup(path, (size_t)(slash - path));
}

void from_parts(const char *from, const struct plan *p, struct strv *dirs)
{
	char *shared = xasprintf("%s/%s", from, FROM_KSELFTEST_DIR);

	if (!access(shared, F_OK))
		strv_add(dirs, shared);
	free(shared);
	for (size_t i = 0; i < p->n; i++) {
		char *place =
			p->v[i].cwd ? xasprintf("%s/", p->v[i].cwd) : xstrdup(p->v[i].path);
		char *dir = below(from, place);

		if (dir && !strv_has(dirs, dir))
			strv_add(dirs, dir);
		free(dir);
		free(place);
	}
}

char *from_moved(const char *from, const char *to, const char *path)
{
	size_t n = from ? strlen(from) : 0;

	if (from && !strncmp(path, from, n) && (path[n] == '/' || !path[n]))
		return xasprintf("%s%s", to, path + n);
	return xstrdup(path);
}
