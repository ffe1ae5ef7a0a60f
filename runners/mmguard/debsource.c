// SPDX-License-Identifier: GPL-2.0-only
/* The machine's own lists first: what it has needs no other suite. */
#include "debsource.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *cache_dir(void)
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

static void take_key(struct deb_source *s, const char *key, const char *value)
{
	if (!strcmp(key, "suites"))
		strv_split(&s->suites, value, " \t");
	else if (!strcmp(key, "image") && !s->image)
		s->image = xstrdup(value);
	else if (!strcmp(key, "modules") && !s->modules)
		s->modules = xstrdup(value);
	else if (!strcmp(key, "source") && !s->source)
		s->source = xstrdup(value);
}

int deb_source_load(struct deb_source *s, const char *configs, const char *x)
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

void deb_source_free(struct deb_source *s)
{
	strv_free(&s->suites);
	free(s->image);
	free(s->modules);
	free(s->source);
}

static int find(const struct deb_source *s, const char *regex, const char *work, struct apt *a,
		char **package)
{
	char *dir;
	int err;

	*package = apt_newest(a, regex);
	if (*package)
		return 0;
	dir = xasprintf("%s/apt", work);
	err = apt_private(a, dir, &s->suites);
	free(dir);
	if (!err)
		err = apt_update(a);
	if (!err)
		*package = apt_newest(a, regex);
	if (!err && !*package) {
		mg_error("no package %s in %s", regex, s->suites.v[0]);
		err = -1;
	}
	return err;
}

int deb_fetch(const struct deb_source *s, const char *regex, const char *work, struct apt *a,
	      char **package)
{
	char *root = xasprintf("%s/root", work);
	int err;

	*a = (struct apt){ 0 };
	err = find(s, regex, work, a, package);
	if (!err) {
		printf("mmguard: fetching %s\n", *package);
		fflush(stdout);
		err = apt_unpack(a, *package, root);
	}
	free(root);
	return err;
}
