// SPDX-License-Identifier: GPL-2.0-only
/* deb:X: the cache holds vmlinuz and the few modules a guest needs; a half one is never seen.
 */
#include "debsource.h"
#include "kimage.h"
#include "modules.h"
#include "util.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the cache; another name when what is kept changes, since it is never replaced. */
#define KEPT "kernels.2"

static int unpack_modules(const struct apt *a, const struct deb_source *s, const char *image,
			  const char *to)
{
	const char *release = image + strcspn(image, "0123456789");
	const char *at = s->modules ? strchr(s->modules, '@') : NULL;
	char *package;
	int err;

	if (!s->modules)
		return 0;
	package =
		at ? xasprintf("%.*s%s%s", (int)(at - s->modules), s->modules, release, at + 1)
		   : apt_newest(a, s->modules);
	err = package ? apt_unpack(a, package, to) : -1;
	free(package);
	return err;
}

static int fetch(const struct deb_source *s, const char *work)
{
	char *root = xasprintf("%s/root", work), *image = NULL;
	struct apt a;
	int err = deb_fetch(s, s->image, work, &a, &image);

	if (!err)
		err = unpack_modules(&a, s, image, root);
	free(image);
	free(a.dir);
	free(root);
	return err;
}

static char *glob_one(const char *dir, const char *pattern)
{
	char *full = xasprintf("%s/%s", dir, pattern), *found = NULL;
	glob_t g = { 0 };

	if (!glob(full, 0, NULL, &g))
		found = xstrdup(g.gl_pathv[0]);
	globfree(&g);
	free(full);
	return found;
}

static int save_modules(const char *root, const char *to)
{
	struct modules m = { 0 };
	int err = mkdirs(to);

	if (!err)
		err = modules_collect(&m, root, modules_guest);
	if (!err)
		err = modules_collect(&m, root, modules_machine);
	for (size_t i = 0; i < m.n && !err; i++) {
		char *path = xasprintf("%s/%s.ko", to, m.v[i].name);

		err = file_write(path, m.v[i].data, m.v[i].len);
		free(path);
	}
	modules_free(&m);
	return err;
}

/* Keep vmlinuz and modules/ of what was unpacked, in @done. */
static int keep(const char *work, const char *done)
{
	char *root = xasprintf("%s/root", work), *image = glob_one(root, "boot/vmlinuz-*");
	char *to = xasprintf("%s/vmlinuz", done), *modules = xasprintf("%s/modules", done);
	int err = mkdirs(done);

	if (!image)
		image = glob_one(root, "usr/lib/modules/*/vmlinuz*");
	if (!image) {
		mg_error("the package has no kernel image");
		err = -1;
	}
	if (!err && rename(image, to)) {
		mg_error("cannot rename %s to %s: %s", image, to, strerror(errno));
		err = -1;
	}
	if (!err)
		err = save_modules(root, modules);
	free(image);
	free(modules);
	free(to);
	free(root);
	return err;
}

static int fill_cache(const struct deb_source *s, const char *kernels, const char *x,
		      const char *dir)
{
	char *work = xasprintf("%s/.%s.XXXXXX", kernels, x), *done;
	int err = mkdirs(kernels);

	if (err || !mkdtemp(work)) {
		mg_error("cannot make %s: %s", work, strerror(err ? -err : errno));
		free(work);
		return -1;
	}
	done = xasprintf("%s/done", work);
	err = fetch(s, work);
	if (!err)
		err = keep(work, done);
	/* Whoever came first has the same. */
	if (!err && rename(done, dir) && errno != EEXIST && errno != ENOTEMPTY) {
		mg_error("cannot rename %s to %s: %s", done, dir, strerror(errno));
		err = -1;
	}
	remove_tree(work);
	free(done);
	free(work);
	return err;
}

int debkernel_find(struct kimage *k, const char *x, const char *configs)
{
	char *cache = cache_dir(), *kernels = xasprintf("%s/" KEPT, cache);
	char *dir = xasprintf("%s/%s", kernels, x);
	struct deb_source s = { 0 };
	int err = deb_source_load(&s, configs, x);

	k->image = xasprintf("%s/vmlinuz", dir);
	k->modules = xasprintf("%s/modules", dir);
	if (!err && access(k->image, R_OK))
		err = fill_cache(&s, kernels, x, dir);
	if (!err) {
		k->release = kimage_release(k->image);
		if (!k->release)
			k->release = xstrdup(x);
	}
	deb_source_free(&s);
	free(dir);
	free(kernels);
	free(cache);
	return err;
}
