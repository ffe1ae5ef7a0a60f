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

/* NULL, or what is wrong. */
static const char *take_key(struct deb_source *s, const char *key, const char *value)
{
	const struct {
		const char *key;
		char **where;
	} known[] = { { "image", &s->image },
		      { "modules", &s->modules },
		      { "source", &s->source } };

	if (!strcmp(key, "suites")) {
		strv_split(&s->suites, value, " \t");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(key, known[i].key))
			continue;
		if (*known[i].where || !*value)
			return "expected one value for the key";
		*known[i].where = xstrdup(value);
		return NULL;
	}
	return "unknown key; there are suites, image, modules and source";
}

static int parse(struct deb_source *s, char *text, const char *path)
{
	char *line;

	for (int number = 1; (line = strsep(&text, "\n")); number++) {
		const char *wrong = "expected key: value";
		char *colon;

		line = strip(line);
		if (!*line || *line == '#')
			continue;
		colon = strchr(line, ':');
		if (colon) {
			*colon = '\0';
			wrong = take_key(s, strip(line), strip(colon + 1));
		}
		if (wrong) {
			mg_error("%s:%d: %s", path, number, wrong);
			return -1;
		}
	}
	if (s->suites.n && s->image)
		return 0;
	mg_error("%s: needs suites and image", path);
	return -1;
}

int deb_source_load(struct deb_source *s, const char *configs, const char *x)
{
	char *dir = xasprintf("%s/kernels", configs), *path = xasprintf("%s/%s", dir, x);
	char *text = safe_component(x) ? settings_read(path) : NULL;
	int err = -1;

	if (text)
		err = parse(s, text, path);
	else
		list_sources(dir, x);
	free(text);
	free(path);
	free(dir);
	return err;
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
