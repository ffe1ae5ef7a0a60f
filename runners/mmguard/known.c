// SPDX-License-Identifier: GPL-2.0-only
/* Known issues are strict: an unknown key or a bad range is an error, never a silently unused
 * line. */
#include "known.h"
#include "kver.h"
#include "select.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *set_harm(struct known_issue *k, const char *value)
{
	static const char *const words[] = { "none", "reserves", "stuck", "crash" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]))
			continue;
		free(k->harm);
		k->harm = xstrdup(value);
		return NULL;
	}
	return "harm is none, reserves, stuck or crash";
}

static const char *set_kernels(struct known_issue *k, const char *value)
{
	size_t from = k->kernels.n;

	strv_split(&k->kernels, value, " \t");
	for (size_t i = from; i < k->kernels.n; i++)
		if (!kver_range_valid(k->kernels.v[i]))
			return "kernels are ranges such as 6.1..6.12, 5.16.., ..5.10 or 6.18";
	return NULL;
}

static const char *set_flaky(struct known_issue *k, const char *value)
{
	k->flaky = !strcmp(value, "yes");
	return k->flaky || !strcmp(value, "no") ? NULL : "flaky is yes or no";
}

/* NULL, or what is wrong. */
static const char *set_key(struct known_issue *k, const char *key, const char *value)
{
	if (!strcmp(key, "cases")) {
		strv_split(&k->cases, value, " \t");
		return NULL;
	}
	if (!strcmp(key, "kernels"))
		return set_kernels(k, value);
	if (!strcmp(key, "harm"))
		return set_harm(k, value);
	if (!strcmp(key, "flaky"))
		return set_flaky(k, value);
	if (!strcmp(key, "reason")) {
		free(k->reason);
		k->reason = xstrdup(value);
		return NULL;
	}
	return "unknown key";
}

static int parse_lines(struct known_issue *k, char *text, const char *path)
{
	char *line, *save = text;
	int number = 0;

	while ((line = strsep(&save, "\n"))) {
		const char *wrong = "expected key: value";
		char *colon;

		number++;
		line = strip(line);
		if (!*line || *line == '#')
			continue;
		colon = strchr(line, ':');
		if (colon) {
			*colon = '\0';
			wrong = set_key(k, strip(line), strip(colon + 1));
		}
		if (wrong) {
			mg_error("%s:%d: %s", path, number, wrong);
			return -1;
		}
	}
	if (k->cases.n && k->reason && *k->reason)
		return 0;
	mg_error("%s: needs at least one case and a reason", path);
	return -1;
}

static int load_file(struct known_issues *k, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *text = settings_read(path);
	struct known_issue *i;
	int err = -1;

	k->v = xrealloc(k->v, (k->n + 1) * sizeof(*k->v));
	i = &k->v[k->n++];
	*i = (struct known_issue){ .name = xstrdup(name), .harm = xstrdup("none") };
	if (text)
		err = parse_lines(i, text, path);
	else
		mg_error("cannot read %s: %s", path, strerror(errno));
	free(text);
	free(path);
	return err;
}

int known_load(struct known_issues *k, const char *dir)
{
	struct strv names = { 0 };
	struct dirent *e;
	DIR *d = opendir(dir);
	int err = 0;

	*k = (struct known_issues){ 0 };
	if (!d)
		return 0;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "README.md"))
			strv_add(&names, e->d_name);
	closedir(d);
	strv_sort(&names);
	for (size_t i = 0; i < names.n && !err; i++)
		err = load_file(k, dir, names.v[i]);
	strv_free(&names);
	return err;
}

void known_free(struct known_issues *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].name);
		free(k->v[i].harm);
		free(k->v[i].reason);
		strv_free(&k->v[i].cases);
		strv_free(&k->v[i].kernels);
	}
	free(k->v);
	*k = (struct known_issues){ 0 };
}

static bool covers_kernel(const struct known_issue *k, const char *release)
{
	for (size_t i = 0; i < k->kernels.n; i++)
		if (kver_in_range(release, k->kernels.v[i]))
			return true;
	return !k->kernels.n;
}

const struct known_issue *known_find(const struct known_issues *k, const char *name,
				     const char *release)
{
	for (size_t i = 0; i < k->n; i++) {
		if (!covers_kernel(&k->v[i], release))
			continue;
		for (size_t j = 0; j < k->v[i].cases.n; j++)
			if (select_match(k->v[i].cases.v[j], name))
				return &k->v[i];
	}
	return NULL;
}

bool known_harms(const struct known_issue *k)
{
	return strcmp(k->harm, "none") != 0;
}
