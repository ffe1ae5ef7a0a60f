// SPDX-License-Identifier: GPL-2.0-only
/* The initramfs is made anew for each boot: the plan in it shrinks. */
#include "initramfs.h"
#include "common/protocol.h"
#include "cpio.h"
#include "guestfrom.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Guest paths without the leading slash, as cpio wants them. */
#define GUEST_DIR     (&MMG_GUEST_DIR[1])
#define GUEST_PLAN    (&MMG_GUEST_PLAN[1])
#define GUEST_OPTIONS (&MMG_GUEST_OPTIONS[1])
#define GUEST_MODULES (&MMG_GUEST_MODULES[1])

static char *test_path(const char *program)
{
	return xasprintf("%s/tests/%s", MMG_GUEST_DIR, program);
}

/* One of ours, or one of others with its directory and arguments. */
static struct plan_entry *add_guest_entry(struct plan *guest, const struct plan_entry *host,
					  const char *from)
{
	char *path = plan_foreign(host) ? guestfrom_path(from, host->path)
					: test_path(host->program);
	struct plan_entry *e = plan_add(guest, host->program, path, host->seconds);

	free(path);
	e->cwd = plan_foreign(host) ? guestfrom_path(from, host->cwd) : NULL;
	for (size_t i = 0; i < host->args.n; i++) {
		path = guestfrom_path(from, host->args.v[i]);
		strv_add(&e->args, path);
		free(path);
	}
	return e;
}

void initramfs_plan(const struct plan *host, const char *from, struct plan *guest)
{
	*guest = *host;
	guest->v = NULL;
	guest->n = 0;
	for (size_t i = 0; i < host->n; i++) {
		struct plan_entry *e = add_guest_entry(guest, &host->v[i], from);

		for (size_t j = 0; j < host->v[i].cases.n; j++)
			strv_add(&e->cases, host->v[i].cases.v[j]);
	}
}

static int put_skeleton(struct cpio *c)
{
	static const char *const dirs[] = { "dev", "proc", "sys", "tmp", "run", "mnt" };
	int err = cpio_directory(c, GUEST_DIR);
	char *path;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !err; i++)
		err = cpio_directory(c, dirs[i]);
	/* init has no output before it mounts devtmpfs unless the console is there. */
	if (!err)
		err = cpio_device(c, "dev/console", 5, 1);
	if (!err)
		err = cpio_device(c, "dev/null", 1, 3);
	path = xasprintf("%s/tests", GUEST_DIR);
	if (!err)
		err = cpio_directory(c, path);
	free(path);
	return err;
}

/* The rest of one round may be there beside the whole of the later ones. */
static bool listed_before(const struct plan *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(p->v[k].program, p->v[i].program) && p->v[k].cases.n)
			return true;
	return false;
}

static int put_tests(struct cpio *c, const struct plan *p)
{
	int err = 0;

	for (size_t i = 0; i < p->n && !err; i++) {
		char *path = test_path(p->v[i].program);

		if (p->v[i].cases.n && !plan_foreign(&p->v[i]) && !listed_before(p, i))
			err = cpio_file(c, path + 1, 0755, p->v[i].path);
		free(path);
	}
	return err;
}

/* The files themselves in a directory beside the list that names them. */
static int put_modules(struct cpio *c, const struct modules *m)
{
	char *dir = xasprintf("%s/ko", GUEST_DIR), *list = xstrdup("");
	int err = cpio_directory(c, dir);

	for (size_t i = 0; i < m->n && !err; i++) {
		char *path = xasprintf("%s/%s.ko", dir, m->v[i].name);
		char *longer = xasprintf("%s/%s\n", list, path);

		err = cpio_data(c, path, 0644, m->v[i].data, m->v[i].len);
		free(list);
		list = longer;
		free(path);
	}
	if (!err)
		err = cpio_data(c, GUEST_MODULES, 0644, list, strlen(list));
	free(list);
	free(dir);
	return err;
}

static int put_plan(struct cpio *c, const struct guest *g)
{
	char *options = xasprintf("--boot %u --slow %.2f\n", g->boot, g->slow), *text = NULL;
	struct plan guest;
	size_t len = 0;
	int err;

	initramfs_plan(g->plan, g->from, &guest);
	err = plan_text(&guest, &text, &len);
	if (!err)
		err = cpio_data(c, GUEST_PLAN, 0644, text, len);
	if (!err)
		err = cpio_data(c, GUEST_OPTIONS, 0644, options, strlen(options));
	free(text);
	plan_free(&guest);
	free(options);
	return err;
}

static int put_all(struct cpio *c, const struct guest *g)
{
	int err = put_skeleton(c);

	if (!err)
		err = cpio_file(c, "init", 0755, g->mmrun);
	if (!err)
		err = put_tests(c, g->plan);
	if (!err && g->from)
		err = guestfrom_put(c, g->from, g->plan);
	if (!err)
		err = put_modules(c, g->modules);
	if (!err)
		err = put_plan(c, g);
	return err ? err : cpio_end(c);
}

int initramfs_make(const struct guest *g)
{
	int fd = memfd_create("initramfs", 0), copy = fd < 0 ? -1 : dup(fd), err = -EMFILE;
	struct cpio c = { .f = copy < 0 ? NULL : fdopen(copy, "w") };

	if (c.f) {
		err = put_all(&c, g);
		if (fclose(c.f) && !err)
			err = -errno;
	}
	if (err) {
		mg_error("cannot make the initramfs: %s", strerror(-err));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	return fd;
}
