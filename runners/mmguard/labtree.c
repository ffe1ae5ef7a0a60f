// SPDX-License-Identifier: GPL-2.0-only
/* A tree that is there is whole: it is unpacked beside its place and renamed. */
#include "labtree.h"
#include "debsource.h"
#include "program.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* MiB that an unpacked tree with its package takes, and that a build needs beside it. */
#define TREE_MIB  2200
#define BUILD_MIB 400

#define SOURCE_MAX (8u << 20)

static int check_space(const struct lab *l, unsigned long mib)
{
	struct statvfs s;
	unsigned long long free_mib;

	if (statvfs(l->base, &s))
		return 0;
	free_mib = (unsigned long long)s.f_bavail * s.f_frsize >> 20;
	if (free_mib >= mib)
		return 0;
	mg_error("%s has %llu MiB left, and a lab kernel needs %lu; set MMGUARD_CACHE to a "
		 "larger place",
		 l->base, free_mib, mib);
	return -1;
}

/* Run a program; what it complained about is the message. */
static int run_step(char *const argv[], const char *log, const char *what)
{
	int rc = program_logged(argv, NULL, log);
	char *text = rc ? file_read_tail(log, 400, NULL) : NULL, *line;

	if (rc) {
		line = text ? strip(text) : NULL;
		if (line && strrchr(line, '\n'))
			line = strrchr(line, '\n') + 1;
		mg_error("cannot %s: %s failed: %s", what, argv[0],
			 line && *line ? line : "without a message");
	}
	free(text);
	return rc ? -1 : 0;
}

/* <work>/root/usr/src/linux-source-X.tar.xz becomes <work>/linux-source-X. */
static char *unpack_tarball(const char *work)
{
	char *pattern = xasprintf("%s/root/usr/src/linux-source-*.tar.*", work);
	char *log = xasprintf("%s/log", work), *tree = NULL;
	glob_t g = { 0 };

	if (glob(pattern, 0, NULL, &g)) {
		mg_error("the package has no usr/src/linux-source-*.tar.*");
	} else {
		char *argv[] = { "tar", "-C", (char *)work, "-xf", g.gl_pathv[0], NULL };

		if (!run_step(argv, log, "unpack the kernel source")) {
			const char *base = strrchr(g.gl_pathv[0], '/') + 1;

			tree = xasprintf("%s/%.*s", work, (int)(strstr(base, ".tar") - base),
					 base);
		}
	}
	globfree(&g);
	free(log);
	free(pattern);
	return tree;
}

static char *fetch_deb(const struct lab *l, const char *work)
{
	struct deb_source s = { 0 };
	struct apt a = { 0 };
	char *package = NULL, *tree = NULL;

	if (!deb_source_load(&s, l->paths.configs, l->opt.source + 4) &&
	    !deb_fetch(&s, s.source, work, &a, &package))
		tree = unpack_tarball(work);
	free(package);
	free(a.dir);
	deb_source_free(&s);
	return tree;
}

/* The given tree is never written to. */
static char *copy_tree(const struct lab *l, const char *work)
{
	char *tree = xasprintf("%s/tree", work), *log = xasprintf("%s/log", work);
	char *copy[] = { "cp", "-a", "--reflink=auto", l->opt.source, tree, NULL };
	char *clean[] = { "make", "-C", tree, "mrproper", NULL };

	if (run_step(copy, log, "copy the kernel tree") ||
	    run_step(clean, log, "clean the copy of the kernel tree")) {
		free(tree);
		tree = NULL;
	}
	free(log);
	return tree;
}

static int fetch(const struct lab *l, const char *to)
{
	char *work = xasprintf("%s/.tree.XXXXXX", l->dir), *tree = NULL;
	int err = -1;

	if (!mkdtemp(work)) {
		mg_error("cannot make %s: %s", work, strerror(errno));
		free(work);
		return -1;
	}
	tree = !strncmp(l->opt.source, "deb:", 4) ? fetch_deb(l, work) : copy_tree(l, work);
	if (tree && rename(tree, to))
		mg_error("cannot rename %s to %s: %s", tree, to, strerror(errno));
	else if (tree)
		err = 0;
	remove_tree(work);
	free(tree);
	free(work);
	return err;
}

static void remove_below(const struct lab *l, const char *const names[])
{
	for (; *names; names++) {
		char *path = xasprintf("%s/%s", l->dir, *names);

		remove_tree(path);
		free(path);
	}
}

int labtree_fetch(struct lab *l)
{
	static const char *const all[] = { "manifest.json", "obj",  "orig",
					   "patched",	    "tree", NULL };
	char *tree = xasprintf("%s/tree", l->dir);
	int err;

	if (l->opt.fresh)
		remove_below(l, all);
	err = check_space(l, access(tree, F_OK) ? TREE_MIB + BUILD_MIB : BUILD_MIB);
	if (!err && access(tree, F_OK))
		err = fetch(l, tree);
	free(tree);
	return err;
}

char *labtree_original(const struct lab *l, const char *file, size_t *len)
{
	char *orig = xasprintf("%s/orig/%s", l->dir, file), *slash = strrchr(orig, '/');
	char *tree = xasprintf("%s/tree/%s", l->dir, file);
	char *data = file_read(orig, SOURCE_MAX, len);

	if (!data) {
		data = file_read(tree, SOURCE_MAX, len);
		*slash = '\0';
		if (!data) {
			mg_error("the tree has no %s: %s", file, strerror(errno));
		} else if (mkdirs(orig) || (*slash = '/', file_write(orig, data, *len))) {
			free(data);
			data = NULL;
		}
	}
	free(tree);
	free(orig);
	return data;
}

int labtree_put(const struct lab *l, const char *file, const char *data, size_t len)
{
	char *path = xasprintf("%s/tree/%s", l->dir, file);
	size_t have = 0;
	char *old = file_read(path, SOURCE_MAX, &have);
	int err = 0;

	if (!old || have != len || memcmp(old, data, len))
		err = file_write(path, data, len);
	free(old);
	free(path);
	return err;
}

static int restore(const struct lab *l, const char *file)
{
	size_t len = 0;
	char *data = labtree_original(l, file, &len);
	int err = data ? labtree_put(l, file, data, len) : -1;

	free(data);
	return err;
}

int labtree_remember(const struct lab *l, const struct strv *files)
{
	char *path = xasprintf("%s/patched", l->dir), *text = file_read(path, 65536, NULL);
	struct strv old = { 0 };
	char *list = xstrdup("");
	int err = 0;

	strv_split(&old, text ? text : "", "\n");
	for (size_t i = 0; i < old.n && !err; i++)
		if (!strv_has(files, old.v[i]))
			err = restore(l, old.v[i]);
	for (size_t i = 0; i < files->n; i++) {
		char *longer = xasprintf("%s%s\n", list, files->v[i]);

		free(list);
		list = longer;
	}
	if (!err)
		err = file_write(path, list, strlen(list));
	strv_free(&old);
	free(list);
	free(text);
	free(path);
	return err;
}
