// SPDX-License-Identifier: GPL-2.0-only
/* Results made under sudo belong to the person, or the next run without sudo could not write
 * there. */
#include "run.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool sudo_ids(uid_t *uid, gid_t *gid)
{
	const char *u = getenv("SUDO_UID"), *g = getenv("SUDO_GID");

	if (geteuid() || !u || !g || !*u || !*g)
		return false;
	*uid = (uid_t)strtoul(u, NULL, 10);
	*gid = (gid_t)strtoul(g, NULL, 10);
	return *uid != 0;
}

static int give(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uid_t uid;
	gid_t gid;

	(void)st;
	(void)type;
	(void)ftw;
	if (sudo_ids(&uid, &gid) && lchown(path, uid, gid))
		return 1;
	return 0;
}

void rundir_give_away(const struct run *r)
{
	char *latest;
	uid_t uid;
	gid_t gid;

	if (!sudo_ids(&uid, &gid))
		return;
	latest = xasprintf("%s/latest", r->opt.results);
	if (nftw(r->dir, give, 16, FTW_PHYS | FTW_MOUNT) || lchown(latest, uid, gid) ||
	    lchown(r->opt.results, uid, gid))
		mg_error("cannot give %s to user %u", r->dir, (unsigned int)uid);
	free(latest);
}
