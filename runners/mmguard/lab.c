// SPDX-License-Identifier: GPL-2.0-only
/* mmguard lab: the sub-commands, and which kernel is meant. */
#include "lab.h"
#include "cli.h"
#include "debsource.h"
#include "kver.h"
#include "common/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The value of "VERSION = 6" in a kernel's Makefile, -1 without it. */
static long makefile_number(const char *text, const char *key)
{
	char *line = xasprintf("\n%s = ", key), *found = strstr(text, line);
	long n = found ? strtol(found + strlen(line), NULL, 10) : -1;

	free(line);
	return n;
}

static char *tree_version(const char *tree)
{
	char *path = xasprintf("%s/Makefile", tree), *text = file_read(path, 65536, NULL);
	long a = text ? makefile_number(text, "VERSION") : -1;
	long b = text ? makefile_number(text, "PATCHLEVEL") : -1;

	free(text);
	free(path);
	return a >= 0 && b >= 0 ? xasprintf("%ld.%ld", a, b) : NULL;
}

/* A tree of the same version in another place is another kernel. */
static int name_tree(struct lab *l)
{
	char *real = realpath(l->opt.source, NULL), *slash = real ? strrchr(real, '/') : NULL;

	if (!real) {
		mg_error("no kernel tree %s: %s", l->opt.source, strerror(errno));
		return MMG_EXIT_USAGE;
	}
	free(l->opt.source);
	l->opt.source = real;
	l->version = tree_version(real);
	if (!l->version) {
		mg_error("%s is no kernel tree: its Makefile has no VERSION and PATCHLEVEL",
			 real);
		return MMG_EXIT_USAGE;
	}
	l->name =
		xasprintf("%s-%s", l->version, safe_component(slash + 1) ? slash + 1 : "tree");
	return 0;
}

static int name_deb(struct lab *l)
{
	struct deb_source s = { 0 };
	int err = deb_source_load(&s, l->paths.configs, l->opt.source + 4);

	if (!err && !s.source) {
		mg_error("configs/kernels/%s names no source package", l->opt.source + 4);
		err = -1;
	}
	deb_source_free(&s);
	l->version = xstrdup(l->opt.source + 4);
	l->name = xstrdup(l->version);
	return err ? MMG_EXIT_USAGE : 0;
}

static void name_config(struct lab *l)
{
	for (size_t i = 0; i < l->opt.config.n; i++) {
		const char *slash = strrchr(l->opt.config.v[i], '/');
		const char *base = slash ? slash + 1 : l->opt.config.v[i];
		char *longer = xasprintf("%s+%.*s", l->name, (int)strcspn(base, "."), base);

		free(l->name);
		l->name = longer;
	}
}

static int load_bugs(struct lab *l)
{
	char *dir = paths_config(&l->paths, "bugs");
	int err = bugs_load(&l->bugs, dir, l->version);

	if (!err && !l->bugs.n) {
		mg_error("no bug is for Linux %s; the header line 'kernels:' of each says for "
			 "which",
			 l->version);
		err = -1;
	}
	free(dir);
	return err ? MMG_EXIT_USAGE : 0;
}

int lab_open(struct lab *l)
{
	char *cache = cache_dir();
	int rc = paths_find(&l->paths) ? MMG_EXIT_RUNNER : 0;

	if (!rc)
		rc = !strncmp(l->opt.source, "deb:", 4) ? name_deb(l) : name_tree(l);
	if (!rc) {
		name_config(l);
		l->base = xasprintf("%s/lab", cache);
		l->dir = xasprintf("%s/%s", l->base, l->name);
		l->out = xstrdup(l->dir);
		rc = load_bugs(l);
	}
	free(cache);
	return rc;
}

char *lab_plain_dir(const struct lab *l, unsigned int number)
{
	return xasprintf("%s/plain-%u", l->dir, number);
}

void lab_make_plain(struct lab *l, unsigned int number)
{
	struct bugs all = l->bugs;

	l->plain = number;
	free(l->out);
	l->out = lab_plain_dir(l, number);
	l->bugs = (struct bugs){ .v = xcalloc(1, sizeof(*all.v)), .n = 1 };
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].number == number)
			l->bugs.v[0] = all.v[i];
		else
			bug_free(&all.v[i]);
	}
	free(all.v);
}

void lab_free(struct lab *l)
{
	lab_options_free(&l->opt);
	paths_free(&l->paths);
	bugs_free(&l->bugs);
	free(l->version);
	free(l->name);
	free(l->base);
	free(l->dir);
	free(l->out);
}

int lab_lock(const char *dir)
{
	char *path = xasprintf("%s/lock", dir);
	int err = mkdirs(dir), fd = -1;

	if (!err)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		mg_error("cannot make %s: %s", path, strerror(err ? -err : errno));
	else if (flock(fd, LOCK_EX | LOCK_NB)) {
		mg_error("another mmguard lab is at work in %s", dir);
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

int cmd_lab(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(struct lab *l);
	} commands[] = { { "build", lab_build },
			 { "run", lab_run },
			 { "control", lab_control },
			 { "prove", lab_prove },
			 { "real", lab_real } };
	const char *word = argc > 1 ? argv[1] : "";
	struct lab l = { 0 };
	int rc;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word, commands[i].name))
			continue;
		rc = lab_options_parse(&l.opt, argc - 1, argv + 1);
		if (rc < 0)
			rc = lab_open(&l) ?: commands[i].fn(&l);
		lab_free(&l);
		return rc;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return lab_options_parse(&l.opt, 2, (char *[]){ "lab", "--help", NULL });
	mg_error("lab takes build, run, control, prove or real%s%s", *word ? ", not " : "",
		 word);
	return MMG_EXIT_USAGE;
}
