// SPDX-License-Identifier: GPL-2.0-only
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "guard.h"
#include "hierarchy.h"

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p += len)
		if ((p == text || strchr(" ,\n", p[-1])) && strchr(" ,\n", p[len]))
			return true;
	return false;
}

int hierarchy_find(const char *controller, char *dir, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	char path[160], controllers[256];
	struct mntent *m;
	int found = 0;

	while (mounts && !found && (m = getmntent(mounts))) {
		snprintf(dir, size, "%s", m->mnt_dir);
		snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
		if (!strcmp(m->mnt_type, "cgroup2") &&
		    file_read(path, controllers, sizeof(controllers)) > 0 &&
		    has_word(controllers, controller))
			found = 2;
		else if (!strcmp(m->mnt_type, "cgroup") && has_word(m->mnt_opts, controller))
			found = 1;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

int hierarchy_enable(const char *dir, const char *controller, bool give_back)
{
	char path[128], now[256], word[32];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir);
	if (file_read(path, now, sizeof(now)) >= 0 && has_word(now, controller))
		return 0;
	if (give_back) {
		snprintf(word, sizeof(word), "-%s", controller);
		guard_undo_later(GUARD_CASE, GUARD_WRITE, path, word);
	}
	snprintf(word, sizeof(word), "+%s", controller);
	return file_write(path, word);
}
