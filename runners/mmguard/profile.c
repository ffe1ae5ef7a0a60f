// SPDX-License-Identifier: GPL-2.0-only
/* Profiles: which part of the suite somebody has the time for. */
#include "select.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static void list_profiles(const char *dir, const char *name)
{
	struct strv names = { 0 };
	struct dirent *e;
	DIR *d = opendir(dir);
	char *all = xstrdup("");

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "README.md"))
			strv_add(&names, e->d_name);
	if (d)
		closedir(d);
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		char *longer = xasprintf("%s %s", all, names.v[i]);

		free(all);
		all = longer;
	}
	mg_error("no profile '%s'; there are:%s", name, *all ? all : " none");
	free(all);
	strv_free(&names);
}

int profile_load(struct profile *p, const char *dir, const char *name)
{
	char *path, *text = NULL, *line, *save;

	*p = (struct profile){ 0 };
	path = xasprintf("%s/%s", dir, name);
	if (safe_component(name))
		text = file_read(path, 1 << 16, NULL);
	free(path);
	if (!text) {
		list_profiles(dir, name);
		return -1;
	}
	save = text;
	while ((line = strsep(&save, "\n"))) {
		char *hash = strchr(line, '#');

		if (hash)
			*hash = '\0';
		line = strip(line);
		if (*line == '-')
			strv_add(&p->out, line + 1);
		else if (*line)
			strv_add(&p->in, line);
	}
	free(text);
	return 0;
}

bool profile_has(const struct profile *p, const char *name)
{
	bool in = false;

	for (size_t i = 0; i < p->in.n && !in; i++)
		in = select_match(p->in.v[i], name);
	for (size_t i = 0; i < p->out.n && in; i++)
		in = !select_match(p->out.v[i], name);
	return in;
}

void profile_free(struct profile *p)
{
	strv_free(&p->in);
	strv_free(&p->out);
}
