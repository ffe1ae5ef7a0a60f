// SPDX-License-Identifier: GPL-2.0-only
/* A dynamic program needs its loader and libraries, a script its interpreter. */
#include "guestneeds.h"
#include "elfdeps.h"
#include "from.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file is all there is to these; others come with directories of modules. */
static const char *const shells[] = { "bash", "dash" };

const char *guestneeds_busybox(struct strv *applets)
{
	static const char *const places[] = { "/bin/busybox", "/usr/bin/busybox" };
	const char *busybox = !access(places[0], X_OK)	 ? places[0]
			      : !access(places[1], X_OK) ? places[1]
							 : NULL;
	char *argv[] = { (char *)busybox, "--list", NULL };
	char *list = busybox ? program_output(argv, 1 << 16, NULL) : NULL;

	if (list)
		strv_split(applets, list, "\n");
	free(list);
	return busybox;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_shell(const char *name)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(shells[i], name))
			return true;
	return false;
}

static void add_once(struct strv *s, const char *word)
{
	if (!strv_has(s, word))
		strv_add(s, word);
}

/* A shell of this machine with its libraries, where env finds it too. */
static void add_shell(const char *name, struct strv *files, struct strv *missing)
{
	char *path = xasprintf("/bin/%s", name);

	if (access(path, X_OK)) {
		add_once(missing, name);
	} else {
		add_once(files, path);
		elf_deps_all(path, files, missing);
	}
	free(path);
}

static void add_interpreter(const struct strv *words, struct strv *files, struct strv *missing)
{
	static struct strv applets; /* the same for all of them */
	static bool asked;
	const char *name = base(words->v[0]);

	if (!asked)
		guestneeds_busybox(&applets);
	asked = true;
	if (!applets.n) {
		add_once(missing, "a shell (install " BUSYBOX_PACKAGE ")");
		return;
	}
	if (!strcmp(name, "env") && words->n > 1)
		name = base(words->v[1]);
	if (is_shell(name))
		add_shell(name, files, missing);
	else if (!strv_has(&applets, name))
		add_once(missing, name);
}

void guestneeds_files(const char *path, struct strv *files, struct strv *missing)
{
	struct strv words = { 0 };

	if (script_interpreter(path, &words))
		add_interpreter(&words, files, missing);
	else
		elf_deps_all(path, files, missing);
	strv_free(&words);
}
