// SPDX-License-Identifier: GPL-2.0-only
/* apt-get and apt-cache with their state in a directory of ours. */
#include "apt.h"
#include "program.h"

#include <errno.h>
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tries of one fetch, and seconds between them. */
#define TRIES 3
#define PAUSE 2

/* The options that turn a command of apt into ours; the machine's apt only stays as the user.
 */
static void add_options(const struct apt *a, struct strv *argv)
{
	static const char *const fixed[] = { "APT::Sandbox::User=root", "Acquire::Retries=3",
					     "Acquire::Languages=none",
					     "Acquire::http::Timeout=30" };
	static const char *const own[] = { "Dir::State=%s/state",
					   "Dir::State::status=%s/status",
					   "Dir::Cache=%s/cache",
					   "Dir::Etc::sourcelist=%s/sources.list" };

	for (size_t i = geteuid() ? 1 : 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		strv_add(argv, "-o");
		strv_add(argv, fixed[i]);
	}
	for (size_t i = 0; a->dir && i < sizeof(own) / sizeof(own[0]); i++) {
		char *key = xstrdup(own[i]), *value;

		*strchr(key, '=') = '\0';
		value = xasprintf("%s=%s%s", key, a->dir, strchr(own[i], '/'));
		strv_add(argv, "-o");
		strv_add(argv, value);
		free(value);
		free(key);
	}
	if (a->dir) {
		strv_add(argv, "-o");
		strv_add(argv, "Dir::Etc::sourceparts=/dev/null");
	}
}

static void command(const struct apt *a, struct strv *argv, const char *tool, const char *verb,
		    const char *arg)
{
	strv_add(argv, tool);
	add_options(a, argv);
	strv_add(argv, verb);
	if (arg)
		strv_add(argv, arg);
}

static char *sources_text(const struct strv *suites)
{
	static const char keyring[] = "/usr/share/keyrings/debian-archive-keyring.gpg";
	struct apt_mirrors m;
	char *text = xstrdup("");

	apt_mirrors_find(&m);
	for (size_t i = 0; i < suites->n; i++) {
		bool security = strstr(suites->v[i], "-security") != NULL;
		char *longer = xasprintf("%sdeb [signed-by=%s] %s %s main\n", text, keyring,
					 security ? m.security : m.main, suites->v[i]);

		free(text);
		text = longer;
	}
	apt_mirrors_free(&m);
	return text;
}

int apt_private(struct apt *a, const char *dir, const struct strv *suites)
{
	static const char *const dirs[] = { "state/lists/partial", "cache/archives/partial" };
	char *path = xasprintf("%s/sources.list", dir), *text = sources_text(suites);
	int err = 0;

	a->dir = xstrdup(dir);
	for (size_t i = 0; i < 2 && !err; i++) {
		char *sub = xasprintf("%s/%s", dir, dirs[i]);

		err = mkdirs(sub);
		if (err)
			mg_error("cannot make %s: %s", sub, strerror(-err));
		free(sub);
	}
	if (!err)
		err = file_write(path, text, strlen(text));
	free(path);
	path = xasprintf("%s/status", dir);
	if (!err)
		err = file_write(path, "", 0);
	free(path);
	free(text);
	return err ? -1 : 0;
}

static int try_often(struct strv *argv, const char *dir)
{
	int rc = -1;

	for (int i = 0; i < TRIES && rc; i++) {
		if (i)
			sleep(PAUSE);
		rc = program_run(argv->v, dir);
	}
	return rc;
}

int apt_update(const struct apt *a)
{
	struct strv argv = { 0 };
	int rc;

	command(a, &argv, "apt-get", "update", NULL);
	rc = try_often(&argv, NULL);
	strv_free(&argv);
	if (rc)
		mg_error("cannot fetch the package lists: apt-get update failed %d times",
			 TRIES);
	return rc ? -1 : 0;
}

char *apt_newest(const struct apt *a, const char *regex)
{
	struct strv argv = { 0 }, names = { 0 };
	char *text, *best = NULL;
	regex_t re;

	if (regcomp(&re, regex, REG_EXTENDED | REG_NOSUB))
		return NULL;
	command(a, &argv, "apt-cache", "pkgnames", NULL);
	text = program_output(argv.v, 32u << 20, NULL);
	if (text)
		strv_split(&names, text, "\n");
	for (size_t i = 0; i < names.n; i++)
		if (!regexec(&re, names.v[i], 0, NULL, 0) &&
		    (!best || strverscmp(names.v[i], best) > 0))
			best = names.v[i];
	best = best ? xstrdup(best) : NULL;
	regfree(&re);
	free(text);
	strv_free(&names);
	strv_free(&argv);
	return best;
}

/* apt-get names the file by version and architecture; there is one in an empty directory. */
static int unpack_deb(const char *dir, const char *to)
{
	char *pattern = xasprintf("%s/*.deb", dir);
	glob_t g = { 0 };
	int rc = -1;

	if (!glob(pattern, 0, NULL, &g) && g.gl_pathc == 1) {
		char *argv[] = { "dpkg-deb", "-x", g.gl_pathv[0], (char *)to, NULL };

		rc = program_run(argv, NULL);
		unlink(g.gl_pathv[0]);
	}
	globfree(&g);
	free(pattern);
	return rc;
}

int apt_unpack(const struct apt *a, const char *package, const char *to)
{
	struct strv argv = { 0 };
	char *dir = xasprintf("%s.deb", to);
	int rc = mkdirs(dir);

	command(a, &argv, "apt-get", "download", package);
	if (!rc)
		rc = try_often(&argv, dir);
	if (rc)
		mg_error("cannot fetch %s: apt-get download failed", package);
	else if ((rc = unpack_deb(dir, to)))
		mg_error("cannot unpack %s: dpkg-deb failed", package);
	remove_tree(dir);
	free(dir);
	strv_free(&argv);
	return rc ? -1 : 0;
}
