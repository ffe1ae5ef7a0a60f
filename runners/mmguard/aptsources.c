// SPDX-License-Identifier: GPL-2.0-only
/* A mirror that this machine uses already is one that it can reach. */
#include "apt.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Takes a URI when it is Debian's archive: its last part is debian or debian-security. */
static void take_uri(struct apt_mirrors *m, const char *uri)
{
	char *copy = xstrdup(uri), *base;
	size_t n = strlen(copy);
	char **where = NULL;

	while (n && copy[n - 1] == '/')
		copy[--n] = '\0';
	base = strrchr(copy, '/');
	if (base && !strcmp(base, "/debian"))
		where = &m->main;
	else if (strstr(copy, "debian-security") || strstr(copy, "security.debian.org"))
		where = &m->security;
	if (where && !*where && strstr(copy, "://") && !strpbrk(copy, " \t[]\"'"))
		*where = copy;
	else
		free(copy);
}

/* "deb [options] URI suite ..." */
static void parse_deb(struct apt_mirrors *m, char *rest)
{
	char *end;

	rest = strip(rest);
	if (*rest == '[') {
		end = strchr(rest, ']');
		if (!end)
			return;
		rest = strip(end + 1);
	}
	rest[strcspn(rest, " \t")] = '\0';
	take_uri(m, rest);
}

static void parse_line(struct apt_mirrors *m, char *line)
{
	struct strv uris = { 0 };

	line = strip(line);
	if (!strncmp(line, "deb ", 4) || !strncmp(line, "deb\t", 4)) {
		parse_deb(m, line + 4);
	} else if (!strncasecmp(line, "URIs:", 5)) {
		strv_split(&uris, line + 5, " \t");
		for (size_t i = 0; i < uris.n; i++)
			take_uri(m, uris.v[i]);
		strv_free(&uris);
	}
}

void apt_mirrors_parse(struct apt_mirrors *m, const char *text)
{
	char *copy = xstrdup(text), *save = copy, *line;

	while ((line = strsep(&save, "\n")))
		parse_line(m, line);
	free(copy);
}

static void parse_file(struct apt_mirrors *m, const char *path)
{
	char *text = file_read(path, 1u << 20, NULL);

	if (text)
		apt_mirrors_parse(m, text);
	free(text);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n > e && !strcmp(s + n - e, end);
}

void apt_mirrors_find(struct apt_mirrors *m)
{
	struct strv names = { 0 };
	struct dirent *e;
	DIR *d = opendir("/etc/apt/sources.list.d");

	*m = (struct apt_mirrors){ 0 };
	parse_file(m, "/etc/apt/sources.list");
	while (d && (e = readdir(d)))
		if (ends_with(e->d_name, ".list") || ends_with(e->d_name, ".sources"))
			strv_add(&names, e->d_name);
	if (d)
		closedir(d);
	strv_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("/etc/apt/sources.list.d/%s", names.v[i]);

		parse_file(m, path);
		free(path);
	}
	strv_free(&names);
	if (!m->main)
		m->main = xstrdup("http://deb.debian.org/debian");
	if (!m->security)
		m->security = xasprintf("%s-security", m->main);
}

void apt_mirrors_free(struct apt_mirrors *m)
{
	free(m->main);
	free(m->security);
	*m = (struct apt_mirrors){ 0 };
}
