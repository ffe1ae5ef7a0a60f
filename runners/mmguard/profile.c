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

static int parse(struct profile *p, char *text, const char *path)
{
	char *line;

	for (int number = 1; (line = strsep(&text, "\n")); number++) {
		bool out;

		line[strcspn(line, "#")] = '\0';
		line = strip(line);
		out = *line == '-';
		if (!*line)
			continue;
		if (!select_valid(line + out)) {
			mg_error("%s:%d: expected one glob or -GLOB over "
				 "area.program.scenario.kind, found '%s'",
				 path, number, line);
			return -1;
		}
		strv_add(out ? &p->out : &p->in, line + out);
	}
	if (p->in.n)
		return 0;
	mg_error("%s: selects nothing; a line * selects everything", path);
	return -1;
}

int profile_load(struct profile *p, const char *dir, const char *name)
{
	char *path, *text = NULL;
	int err;

	*p = (struct profile){ 0 };
	path = xasprintf("%s/%s", dir, name);
	if (safe_component(name))
		text = settings_read(path);
	if (!text) {
		free(path);
		list_profiles(dir, name);
		return -1;
	}
	err = parse(p, text, path);
	free(text);
	free(path);
	return err;
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
