// SPDX-License-Identifier: GPL-2.0-only
/* The part of the initramfs that is not ours. */
#include "guestfrom.h"
#include "elfdeps.h"
#include "fromparts.h"
#include "guestneeds.h"
#include "common/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of more is not what somebody wants in the memory of a guest. */
#define TREE_MAX (1ull << 30)

struct tree {
	struct cpio *c;
	const char *from;
	struct strv dirs;  /* made already */
	struct strv files; /* of this machine, to be put at the same place */
	struct strv missing;
};

char *guestfrom_path(const char *from, const char *path)
{
	return from_moved(from, MMG_GUEST_FROM, path);
}

/* The directories above @path (without a leading slash) that are not there yet. */
static int put_parents(struct tree *t, const char *path)
{
	int err = 0;

	for (const char *slash = path; !err && (slash = strchr(slash, '/')); slash++) {
		char *dir = strndup(path, (size_t)(slash - path));

		if (!strv_has(&t->dirs, dir)) {
			strv_add(&t->dirs, dir);
			err = cpio_directory(t->c, dir);
		}
		free(dir);
	}
	return err;
}

static int put_file(struct tree *t, const char *host, const char *guest, mode_t mode)
{
	int err = put_parents(t, guest + 1);

	if (!err && t->c->written > TREE_MAX) {
		mg_error("%s is too large for a guest", t->from);
		err = -EFBIG;
	}
	return err ? err : cpio_file(t->c, guest + 1, mode, host);
}

static int put_tree_file(struct tree *t, const char *path, const struct stat *st)
{
	char *guest = guestfrom_path(t->from, path);
	int err = put_file(t, path, guest, st->st_mode & 07777);

	if (st->st_mode & 0111)
		guestneeds_files(path, &t->files, &t->missing);
	free(guest);
	return err;
}

/* Regular files; links are followed. */
static int put_directory(struct tree *t, const char *dir, bool deep)
{
	struct strv names = { 0 };
	int err = dir_names(dir, &names);

	for (size_t i = 0; i < names.n && !err; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);
		struct stat st;

		if (!stat(path, &st) && S_ISREG(st.st_mode))
			err = put_tree_file(t, path, &st);
		else if (deep && !lstat(path, &st) && S_ISDIR(st.st_mode))
			err = put_directory(t, path, true);
		free(path);
	}
	strv_free(&names);
	return err;
}

/* The files beside the collections, what all of them share, and the collections of the plan. */
static int put_collections(struct tree *t, const struct plan *p)
{
	struct strv dirs = { 0 };
	int err = put_directory(t, t->from, false);

	from_parts(t->from, p, &dirs);
	for (size_t i = 0; i < dirs.n && !err; i++)
		err = put_directory(t, dirs.v[i], true);
	strv_free(&dirs);
	return err;
}

/* One directory for all programs, whatever path a script calls them by. */
static int put_bin(struct tree *t)
{
	static const char *const links[] = { "sbin", "usr/bin", "usr/sbin" };
	int err = put_parents(t, "bin/");

	if (!err)
		err = put_parents(t, "usr/");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]) && !err; i++) {
		strv_add(&t->dirs, links[i]);
		err = cpio_link(t->c, links[i], "/bin");
	}
	return err;
}

static int put_busybox(struct tree *t)
{
	struct strv applets = { 0 };
	const char *busybox = guestneeds_busybox(&applets);
	int err = put_bin(t);

	if (!err && busybox)
		err = put_file(t, busybox, GUEST_BUSYBOX, 0755);

	if (busybox)
		guestneeds_files(busybox, &t->files, &t->missing);
	for (size_t i = 0; i < applets.n && !err; i++) {
		char *path = xasprintf("bin/%s", applets.v[i]);

		if (strcmp(applets.v[i], "busybox") != 0)
			err = cpio_link(t->c, path, GUEST_BUSYBOX);
		free(path);
	}
	strv_free(&applets);
	return err;
}

int guestfrom_put(struct cpio *c, const char *from, const struct plan *p)
{
	struct tree t = { .c = c, .from = from };
	int err;

	/* The skeleton has them. */
	strv_add(&t.dirs, &MMG_GUEST_DIR[1]);
	strv_add(&t.dirs, "tmp");
	err = put_collections(&t, p);
	if (!err)
		err = put_busybox(&t);
	for (size_t i = 0; i < t.files.n && !err; i++)
		err = put_file(&t, t.files.v[i], t.files.v[i], 0755);
	strv_free(&t.dirs);
	strv_free(&t.files);
	strv_free(&t.missing);
	return err;
}

/* Why the program cannot run in a guest; NULL when it can. The caller frees. */
static char *why_not(const struct plan_entry *e)
{
	struct strv files = { 0 }, missing = { 0 };
	char *why = NULL;

	guestneeds_files(e->path, &files, &missing);
	for (size_t i = 0; i < e->args.n && *e->args.v[i] == '/'; i++)
		guestneeds_files(e->args.v[i], &files, &missing);
	if (missing.n)
		why = xasprintf("needs %s, which is not in the guest", missing.v[0]);
	strv_free(&files);
	strv_free(&missing);
	return why;
}

void guestfrom_check(struct plan *p, struct held *h)
{
	for (size_t i = 0; i < p->n;) {
		char *why = plan_foreign(&p->v[i]) ? why_not(&p->v[i]) : NULL;

		if (why)
			plan_skip(p, i, why, h);
		else
			i++;
		free(why);
	}
}
