// SPDX-License-Identifier: GPL-2.0-only
/* The tree of --from, as far as the run needs it, in the store of the other machine: named by a
 * list of all that is in it, which comes there with it. */
#include "remotetree.h"
#include "fromparts.h"
#include "hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Name of the list, and of the directory beside it. */
#define LIST "list"
#define TREE "tree"

struct survey {
	FILE *list;
	const char *from;
	unsigned long long bytes;
	int err;
};

static void look_at(struct survey *s, const char *path, bool deep);

static void look_into(struct survey *s, const char *dir, bool deep)
{
	struct strv names = { 0 };
	int err = dir_names(dir, &names);

	if (err) {
		mg_error("cannot read %s: %s", dir, strerror(-err));
		s->err = err;
	}
	for (size_t i = 0; i < names.n && !s->err; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);

		look_at(s, path, deep);
		free(path);
	}
	strv_free(&names);
}

static void look_at(struct survey *s, const char *path, bool deep)
{
	char target[4096], hex[HASH_NAME];
	struct stat st;
	struct hash h;
	ssize_t n;

	if (lstat(path, &st) || (!deep && S_ISDIR(st.st_mode)))
		return;
	fprintf(s->list, "%s %o", path + strlen(s->from), (unsigned int)st.st_mode);
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target) - 1);
		fprintf(s->list, " %.*s", (int)(n > 0 ? n : 0), target);
	} else if (S_ISREG(st.st_mode)) {
		hash_init(&h);
		s->err = hash_file(&h, path);
		hash_name(&h, hex);
		fprintf(s->list, " %s", hex);
		s->bytes += (unsigned long long)st.st_size;
		if (s->err)
			mg_error("cannot read %s: %s", path, strerror(-s->err));
	}
	fputc('\n', s->list);
	if (S_ISDIR(st.st_mode))
		look_into(s, path, true);
}

/* What tar is to take: the files in the tree itself, and the parts the plan needs. */
static void choose(struct remote_tree *t, const char *from, const struct strv *dirs)
{
	struct strv names = { 0 };

	dir_names(from, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("%s/%s", from, names.v[i]);
		struct stat st;

		if (!lstat(path, &st) && (!S_ISDIR(st.st_mode) || strv_has(dirs, path)))
			strv_add(&t->members, names.v[i]);
		free(path);
	}
	strv_free(&names);
}

int remote_tree_survey(struct remote_tree *t, const char *from, const struct plan *p)
{
	struct survey s = { .from = from };
	struct strv dirs = { 0 };
	char hex[HASH_NAME];
	struct hash h;

	*t = (struct remote_tree){ .from = from };
	s.list = open_memstream(&t->list, &t->len);
	if (!s.list)
		return -1;
	from_parts(from, p, &dirs);
	look_into(&s, from, false);
	for (size_t i = 0; i < dirs.n && !s.err; i++)
		look_into(&s, dirs.v[i], true);
	choose(t, from, &dirs);
	strv_free(&dirs);
	if (fclose(s.list) || s.err)
		return -1;
	hash_init(&h);
	hash_add(&h, t->list, t->len);
	hash_name(&h, hex);
	t->name = xstrdup(hex);
	t->entry = xasprintf("%s/" LIST " %zu", hex, t->len);
	t->bytes = s.bytes;
	return 0;
}

/* "<dir>/<name>/list", and "<dir>/<name>/tree", a link that tar goes through. */
int remote_tree_stage(const struct remote_tree *t, const char *dir, struct strv *members)
{
	char *own = xasprintf("%s/%s", dir, t->name);
	char *list = xasprintf("%s/" LIST, own), *link = xasprintf("%s/" TREE, own);
	int err = mkdir(own, 0700) || symlink(t->from, link);

	if (err)
		mg_error("cannot make %s: %s", link, strerror(errno));
	else
		err = file_write(list, t->list, t->len);
	for (size_t i = 0; i < t->members.n && !err; i++) {
		char *name = xasprintf("%s/" TREE "/%s", t->name, t->members.v[i]);

		strv_add(members, name);
		free(name);
	}
	free(link);
	free(list);
	free(own);
	own = xasprintf("%s/" LIST, t->name);
	strv_add(members, own);
	free(own);
	return err ? -1 : 0;
}

char *remote_tree_path(const struct remote_tree *t, const char *store, const char *path)
{
	char *to = xasprintf("%s/%s/" TREE, store, t->name ? t->name : "");
	char *moved = from_moved(t->name ? t->from : NULL, to, path);

	free(to);
	return moved;
}

void remote_tree_free(struct remote_tree *t)
{
	strv_free(&t->members);
	free(t->name);
	free(t->entry);
	free(t->list);
	*t = (struct remote_tree){ 0 };
}
