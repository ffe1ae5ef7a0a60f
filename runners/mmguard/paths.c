// SPDX-License-Identifier: GPL-2.0-only
/* The layout is found from /proc/self/exe, so that a moved installation still works. */
#include "paths.h"
#include "util.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *own_directory(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0) {
		mg_error("cannot read /proc/self/exe: %s", strerror(errno));
		return NULL;
	}
	exe[n] = '\0';
	return xstrdup(dirname(exe));
}

/* With O=elsewhere only the build, or who stands in the source tree, knows where the sources
 * are. */
static char *source_configs(const char *dir)
{
	static const char *const fallbacks[] = {
#ifdef MMGUARD_SRC
		MMGUARD_SRC "/configs",
#endif
		"configs"
	};
	char *configs = xasprintf("%s/configs", dir);

	if (access(configs, F_OK)) {
		free(configs);
		configs = xasprintf("%s/../configs", dir);
	}
	for (size_t i = 0;
	     access(configs, F_OK) && i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++) {
		free(configs);
		configs = xstrdup(fallbacks[i]);
	}
	return configs;
}

/* Without "..": a run that goes on does so from another directory. */
static char *absolute(char *path)
{
	char *real = realpath(path, NULL);

	if (real)
		free(path);
	return real ? real : path;
}

static void fill(struct paths *p, const char *libexec, const char *bin, char *configs)
{
	p->tests = absolute(xasprintf("%s/selftests", libexec));
	p->mmrun = absolute(xasprintf("%s/mmrun", bin));
	p->configs = absolute(configs);
}

int paths_find(struct paths *p)
{
	const char *env = getenv("MMGUARD_LIBEXEC");
	char *dir, *libexec;

	if (env && *env) {
		fill(p, env, env, xasprintf("%s/configs", env));
		return 0;
	}
	dir = own_directory();
	if (!dir)
		return -1;
	libexec = xasprintf("%s/../libexec/mmguard", dir);
	if (!access(libexec, F_OK))
		fill(p, libexec, dir, xasprintf("%s/configs", libexec));
	else
		fill(p, dir, dir, source_configs(dir));
	free(libexec);
	free(dir);
	return 0;
}

void paths_free(struct paths *p)
{
	free(p->tests);
	free(p->mmrun);
	free(p->configs);
}

char *paths_config(const struct paths *p, const char *sub)
{
	return xasprintf("%s/%s", p->configs, sub);
}
