// SPDX-License-Identifier: GPL-2.0-only
/* deb:X: the cache holds vmlinuz and the few modules a guest needs; a half one is never seen.
 */
#include "apt.h"
#include "kimage.h"
#include "modules.h"
#include "util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct source {
	struct strv suites;
	char *image, *modules; /* expressions */
};

static char *cache_dir(void)
{
	const char *own = getenv("MMGUARD_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		return xstrdup(own);
	if (xdg && *xdg)
		return xasprintf("%s/mmguard", xdg);
	return xasprintf("%s/.cache/mmguard", home && *home ? home : "/var/tmp");
}

static void list_sources(const char *dir, const char *x)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	char *all = xstrdup("");

	while (d && (e = readdir(d))) {
		char *longer;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		longer = xasprintf("%s deb:%s", all, e->d_name);
		free(all);
		all = longer;
	}
	if (d)
		closedir(d);
	mg_error("no kernel deb:%s; there are:%s", x, *all ? all : " none");
	free(all);
}

static void take_key(struct source *s, const char *key, const char *value)
{
	if (!strcmp(key, "suites"))
		strv_split(&s->suites, value, " \t");
	else if (!strcmp(key, "image") && !s->image)
		s->image = xstrdup(value);
	else if (!strcmp(key, "modules") && !s->modules)
		s->modules = xstrdup(value);
}

static int load_source(struct source *s, const char *configs, const char *x)
{
	char *dir = xasprintf("%s/kernels", configs), *path = xasprintf("%s/%s", dir, x);
	char *text = safe_component(x) ? file_read(path, 1 << 16, NULL) : NULL, *save = text,
	     *line;

	while (text && (line = strsep(&save, "\n"))) {
		char *colon = strchr(line, ':');

		if (*line == '#' || !colon)
			continue;
		*colon = '\0';
		take_key(s, strip(line), strip(colon + 1));
	}
	if (!text)
		list_sources(dir, x);
	else if (!s->suites.n || !s->image)
		mg_error("%s: needs suites and image", path);
	free(text);
	free(path);
	free(dir);
	return s->suites.n && s->image ? 0 : -1;
}

static void free_source(struct source *s)
{
	strv_free(&s->suites);
	free(s->image);
	free(s->modules);
}

static int unpack_modules(const struct apt *a, const struct source *s, const char *image,
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

/* The machine's own lists first: what it has needs no other suite. */
static int fetch(const struct source *s, const char *work, const char *x)
{
	char *dir = xasprintf("%s/apt", work), *root = xasprintf("%s/root", work);
	struct apt a = { 0 };
	char *image = apt_newest(&a, s->image);
	int err = 0;

	if (!image) {
		err = apt_private(&a, dir, &s->suites);
		if (!err)
			err = apt_update(&a);
		image = err ? NULL : apt_newest(&a, s->image);
		if (!err && !image) {
			mg_error("no package for deb:%s in %s", x, s->suites.v[0]);
			err = -1;
		}
	}
	if (!err) {
		printf("mmguard: fetching %s\n", image);
		fflush(stdout);
		err = apt_unpack(&a, image, root);
	}
	if (!err)
		err = unpack_modules(&a, s, image, root);
	free(image);
	free(a.dir);
	free(root);
	free(dir);
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
		err = modules_collect(&m, root);
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

static int fill_cache(const struct source *s, const char *kernels, const char *x,
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
	err = fetch(s, work, x);
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
	char *cache = cache_dir(), *kernels = xasprintf("%s/kernels", cache);
	char *dir = xasprintf("%s/%s", kernels, x);
	struct source s = { 0 };
	int err = load_source(&s, configs, x);

	k->image = xasprintf("%s/vmlinuz", dir);
	k->modules = xasprintf("%s/modules", dir);
	if (!err && access(k->image, R_OK))
		err = fill_cache(&s, kernels, x, dir);
	if (!err) {
		k->release = kimage_release(k->image);
		if (!k->release)
			k->release = xstrdup(x);
	}
	free_source(&s);
	free(dir);
	free(kernels);
	free(cache);
	return err;
}
