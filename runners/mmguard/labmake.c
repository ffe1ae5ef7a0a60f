// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own make, outside of its tree. */
#include "labmake.h"
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MAX (64u << 20)

int labmake_check_tools(void)
{
	static const struct {
		const char *program, *header, *package;
	} needed[] = { { "spatch", NULL, "coccinelle" },
		       { "flex", NULL, "flex" },
		       { "bison", NULL, "bison" },
		       { "bc", NULL, "bc" },
		       { "make", NULL, "make" },
		       { "gcc", NULL, "gcc" },
		       { "xz", NULL, "xz-utils" },
		       { NULL, "/usr/include/libelf.h", "libelf-dev" },
		       { NULL, "/usr/include/openssl/opensslv.h", "libssl-dev" } };
	char *lacking = xstrdup("");
	bool ok;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		char *longer;

		if (needed[i].program ? program_exists(needed[i].program)
				      : !access(needed[i].header, R_OK))
			continue;
		longer = xasprintf("%s %s", lacking, needed[i].package);
		free(lacking);
		lacking = longer;
	}
	ok = !*lacking;
	if (!ok)
		mg_error("lab build lacks the packages%s; 'runners/setup/setup.sh --lab' "
			 "installs them",
			 lacking);
	free(lacking);
	return ok ? 0 : -1;
}

/* A name in configs/kernel, with or without .config, or a path. */
static char *read_fragment(const struct lab *l, const char *word)
{
	char *dir = paths_config(&l->paths, "kernel");
	char *inside = xasprintf("%s/%s.config", dir, word);
	const char *path = !strchr(word, '/') && !access(inside, R_OK) ? inside : word;
	char *text = file_read(path, 1 << 20, NULL);

	if (!text)
		mg_error("no fragment %s, neither in %s nor as a path: %s", word, dir,
			 strerror(errno));
	free(inside);
	free(dir);
	return text;
}

/* One text of all fragments; of two settings of one symbol Kconfig takes the later. */
static char *merge_fragments(const struct lab *l)
{
	char *all = read_fragment(l, "base");

	for (size_t i = 0; all && i < l->opt.config.n; i++) {
		char *text = read_fragment(l, l->opt.config.v[i]);
		char *longer = text ? xasprintf("%s\n%s", all, text) : NULL;

		free(text);
		free(all);
		all = longer;
	}
	return all;
}

static int run_make(const struct lab *l, const char *const extra[], const char *log)
{
	char *cpus = xasprintf("-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
	char *tree = xasprintf("%s/tree", l->dir), *out = xasprintf("O=%s/obj", l->dir);
	const char *const fixed[] = { "make", "-C", tree, out, cpus, "CC=gcc",
				      "KBUILD_BUILD_USER=mmguard", "KBUILD_BUILD_HOST=lab",
				      "KBUILD_BUILD_TIMESTAMP=2000-01-01",
				      /* For modules; a shell and an nm for each object. */
				      "cmd_check_local_export=true" };
	struct strv argv = { 0 };
	int rc;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		strv_add(&argv, fixed[i]);
	for (; *extra; extra++)
		strv_add(&argv, *extra);
	rc = program_logged(argv.v, NULL, log);
	strv_free(&argv);
	free(out);
	free(tree);
	free(cpus);
	return rc;
}

static int configure(const struct lab *l, const char *merged, const char *all)
{
	char *log = xasprintf("%s/config.log", l->dir);
	char *fragment = xasprintf("%s/fragment", l->dir);
	char *allconfig = xasprintf("KCONFIG_ALLCONFIG=%s", fragment);
	struct lab_error e = { 0 };
	int err = file_write(fragment, all, strlen(all));

	if (!err && run_make(l, (const char *const[]){ allconfig, "allnoconfig", NULL }, log)) {
		char *text = file_read_tail(log, LOG_MAX, NULL);

		labmake_first_error(text ? text : "", l->dir, &e);
		mg_error("cannot configure the kernel: %s", e.text);
		free(text);
		err = -1;
	}
	/* Remembered last: what was cut short is done again. */
	if (!err)
		err = file_write(merged, all, strlen(all));
	free(e.text);
	free(allconfig);
	free(fragment);
	free(log);
	return err;
}

int labmake_config(const struct lab *l)
{
	char *obj = xasprintf("%s/obj", l->dir), *merged = xasprintf("%s/merged", obj);
	char *config = xasprintf("%s/.config", obj), *all = merge_fragments(l);
	char *old = file_read(merged, 1 << 22, NULL);
	int err = all ? mkdirs(obj) : -1;

	if (!err && (!old || strcmp(old, all) || access(config, R_OK)))
		err = configure(l, merged, all);
	free(old);
	free(all);
	free(config);
	free(merged);
	free(obj);
	return err ? -1 : 0;
}

int labmake_image(const struct lab *l, struct lab_error *e)
{
	char *log = xasprintf("%s/build.log", l->dir), *tree = xasprintf("%s/tree", l->dir);
	int rc = run_make(l, (const char *const[]){ "bzImage", NULL }, log);
	char *text;

	*e = (struct lab_error){ 0 };
	if (rc) {
		text = file_read_tail(log, LOG_MAX, NULL);
		labmake_first_error(text ? text : "", tree, e);
		free(text);
	}
	free(tree);
	free(log);
	return rc ? -1 : 0;
}
