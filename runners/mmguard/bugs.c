// SPDX-License-Identifier: GPL-2.0-only
/* The directory of bugs: which files are for this tree, in which order. */
#include "bugs.h"
#include "kver.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bug_for(const struct bug *b, const char *version)
{
	for (size_t i = 0; i < b->kernels.n; i++)
		if (kver_in_range(version, b->kernels.v[i]))
			return true;
	return false;
}

struct bug *bugs_find(const struct bugs *b, unsigned int number)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].number == number)
			return &b->v[i];
	return NULL;
}

bool bug_is_fix(const struct bug *b)
{
	return !strcmp(b->area, "fixes");
}

bool bug_selected(const struct bug *b, const struct strv *globs)
{
	char number[16], *full = xasprintf("%s.%s", b->area, b->name);
	const char *const names[] = { number, b->name, b->area, full };
	bool hit = !globs->n;

	snprintf(number, sizeof(number), "%u", b->number);
	for (size_t i = 0; i < globs->n && !hit; i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]) && !hit; j++)
			hit = !fnmatch(globs->v[i], names[j], 0);
	free(full);
	return hit;
}

static int load_one(struct bug *b, const char *dir, const char *area, const char *base)
{
	char *path = xasprintf("%s/%s/%s", dir, area, base), why[200] = "";
	char *text = file_read(path, 1 << 16, NULL);
	int err = text ? bug_parse(b, text, base, why, sizeof(why)) : -1;

	if (err)
		mg_error("%s: %s", path, text ? why : strerror(errno));
	b->area = xstrdup(area);
	b->path = path;
	free(text);
	return err;
}

/* The same number twice would make two bugs of one boot. */
static int add(struct bugs *b, struct bug *new, const char *version)
{
	const struct bug *old = version ? bugs_find(b, new->number) : NULL;

	if (version && !bug_for(new, version)) {
		bug_free(new);
		return 0;
	}
	if (old) {
		mg_error("%s: has the number %u of %s", new->path, new->number, old->path);
		bug_free(new);
		return -1;
	}
	b->v = xrealloc(b->v, (b->n + 1) * sizeof(*b->v));
	b->v[b->n++] = *new;
	return 0;
}

static bool is_patch(const char *name)
{
	size_t n = strlen(name);

	return *name != '.' && ((n > 6 && !strcmp(name + n - 6, ".cocci")) ||
				(n > 5 && !strcmp(name + n - 5, ".edit")));
}

static int load_area(struct bugs *b, const char *dir, const char *area, const char *version)
{
	char *path = xasprintf("%s/%s", dir, area);
	struct dirent *e;
	DIR *d = opendir(path);
	int err = 0;

	while (d && !err && (e = readdir(d))) {
		struct bug new = { 0 };

		if (!is_patch(e->d_name))
			continue;
		err = load_one(&new, dir, area, e->d_name);
		if (err)
			bug_free(&new);
		else
			err = add(b, &new, version);
	}
	if (d)
		closedir(d);
	free(path);
	return err;
}

static int by_number(const void *a, const void *b)
{
	const struct bug *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->path, y->path);
}

int bugs_load(struct bugs *b, const char *dir, const char *version)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int err = d ? 0 : -1;

	*b = (struct bugs){ 0 };
	if (!d)
		mg_error("cannot read %s: %s", dir, strerror(errno));
	while (d && !err && (e = readdir(d)))
		if (*e->d_name != '.' && !strchr(e->d_name, '.'))
			err = load_area(b, dir, e->d_name, version);
	if (d)
		closedir(d);
	if (b->n)
		qsort(b->v, b->n, sizeof(*b->v), by_number);
	return err;
}

void bugs_free(struct bugs *b)
{
	for (size_t i = 0; i < b->n; i++)
		bug_free(&b->v[i]);
	free(b->v);
	*b = (struct bugs){ 0 };
}
