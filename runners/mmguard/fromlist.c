// SPDX-License-Identifier: GPL-2.0-only
/*
 * kselftest-list.txt has "collection:program" lines.  In mmguard-list arguments may follow, and
 * there are lines for what comes below them: "through PROGRAM" and "seconds N".
 */
#include "fromlist.h"
#include "from.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX (1u << 20)

static struct from_line *add(struct from_list *l, const char *collection, const char *program)
{
	l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n] = (struct from_line){ .collection = xstrdup(collection),
					 .program = xstrdup(program) };
	return &l->v[l->n++];
}

/* "collection:program"; false when it is not. */
static struct from_line *add_pair(struct from_list *l, char *text)
{
	char *colon = strchr(text, ':');

	if (!colon || colon == text || !colon[1] || strchr(text, '\t') || strstr(text, "../"))
		return NULL;
	*colon = '\0';
	return add(l, text, colon + 1);
}

/* What the lines "through" and "seconds" set. */
struct defaults {
	char *through;
	unsigned long seconds;
};

static bool set_default(struct defaults *d, const struct strv *words, const char *dir)
{
	char *end = NULL;

	if (words->n != 2)
		return false;
	if (!strcmp(words->v[0], "seconds")) {
		d->seconds = strtoul(words->v[1], &end, 10);
		return !*end && d->seconds;
	}
	if (strcmp(words->v[0], "through"))
		return false;
	free(d->through);
	d->through = xasprintf("%s/%s", dir, words->v[1]);
	return true;
}

static bool read_ours(struct from_list *l, struct defaults *d, const char *line,
		      const char *dir)
{
	struct strv words = { 0 };
	struct from_line *n = NULL;
	bool ok;

	strv_split(&words, line, " \t");
	ok = set_default(d, &words, dir);
	if (!ok)
		n = add_pair(l, words.v[0]);
	for (size_t i = 1; n && i < words.n; i++)
		strv_add(&n->args, words.v[i]);
	if (n) {
		n->through = d->through ? xstrdup(d->through) : NULL;
		n->seconds = d->seconds;
	}
	strv_free(&words);
	return ok || n;
}

static int read_lines(struct from_list *l, char *text, const char *path, const char *dir,
		      bool ours)
{
	struct defaults d = { 0 };
	bool ok = true;
	char *line;

	for (unsigned int n = 1; ok && (line = strsep(&text, "\n")); n++) {
		line = strip(line);
		if (!*line || *line == '#')
			continue;
		ok = ours ? read_ours(l, &d, line, dir) : add_pair(l, line) != NULL;
		if (!ok)
			mg_error("%s:%u: is not 'collection:program'%s", path, n,
				 ours ? " with arguments, 'through PROGRAM' or 'seconds N'"
				      : "");
	}
	free(d.through);
	return ok ? 0 : -1;
}

/* 0, -1 with a message, or 1 when there is no such list. */
static int read_list(struct from_list *l, const char *dir, const char *name, bool ours)
{
	char *path = xasprintf("%s/%s", dir, name), *text = file_read(path, LIST_MAX, NULL);
	int err = text ? read_lines(l, text, path, dir, ours) : 1;

	free(text);
	free(path);
	return err;
}

/* What names no interpreter is a script when it is called like one.  An empty file that may be
 * executed was to be a program: that it is none is a result. */
static bool is_command(const char *path, const char *name, const struct stat *st)
{
	const char *dot = strrchr(name, '.');
	struct strv words = { 0 };
	bool yes = !st->st_size || is_elf_program(path) || script_interpreter(path, &words) ||
		   (dot && !strcmp(dot, ".sh") && from_text_program(path));

	strv_free(&words);
	return yes;
}

static bool is_program(const char *path)
{
	const char *name = strrchr(path, '/') + 1, *dot = strrchr(name, '.');
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & 0111) ||
	    strstr(name, ".so.") || (dot && !strcmp(dot, ".so")))
		return false;
	return is_command(path, name, &st);
}

static void look_in(struct from_list *l, const char *dir, const char *collection)
{
	struct strv names = { 0 };

	dir_names(dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);

		if (is_program(path))
			add(l, collection, names.v[i]);
		free(path);
	}
	strv_free(&names);
}

static int look_around(struct from_list *l, const char *dir)
{
	struct strv names = { 0 };
	int err = dir_names(dir, &names);

	if (err)
		mg_error("cannot read %s: %s", dir, strerror(-err));
	else
		look_in(l, dir, FROM_HERE);
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);
		struct stat st;

		if (!stat(path, &st) && S_ISDIR(st.st_mode))
			look_in(l, path, names.v[i]);
		free(path);
	}
	strv_free(&names);
	return err;
}

int from_list_read(struct from_list *l, const char *dir)
{
	int err;

	*l = (struct from_list){ 0 };
	err = read_list(l, dir, FROM_OUR_LIST, true);
	if (err > 0)
		err = read_list(l, dir, FROM_KSELFTEST_LIST, false);
	return err > 0 ? look_around(l, dir) : err;
}

void from_list_free(struct from_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].collection);
		free(l->v[i].program);
		free(l->v[i].through);
		strv_free(&l->v[i].args);
	}
	free(l->v);
	*l = (struct from_list){ 0 };
}
