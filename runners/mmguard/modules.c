// SPDX-License-Identifier: GPL-2.0-only
/* A module names what it depends on in its .modinfo section: "depends=a,b". */
#include "modules.h"
#include "program.h"
#include "util.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

/* Compressors are found by zram by name, not by a dependency. */
const char *const modules_guest[] = { "lzo_rle", "lzo",	 "lz4", "lz4hc",
				      "zstd",	 "zram", "brd", NULL };

/* ext4 finds crc32c by name. */
const char *const modules_machine[] = {
	"virtio_pci", "virtio_blk", "virtio_net", "crc32c_generic", "ext4", "ramoops", NULL
};

#define MODULE_MAX (32u << 20)

/* "a-b.ko.xz" is called a_b.  The caller frees. */
static char *module_name(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name = xstrdup(base ? base + 1 : path), *end = strstr(name, ".ko");

	if (end)
		*end = '\0';
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

/* nftw() has no argument to hand through. */
static struct strv *walk_files;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *ko = strstr(path + ftw->base, ".ko");

	(void)st;
	if (type == FTW_F && ko && (!ko[3] || ko[3] == '.'))
		strv_add(walk_files, path);
	return 0;
}

static const char *find_file(const struct strv *files, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i < files->n && !found; i++) {
		char *n = module_name(files->v[i]);

		if (!strcmp(n, name))
			found = files->v[i];
		free(n);
	}
	return found;
}

static char *read_module(const char *path, size_t *len)
{
	const char *end = strstr(path, ".ko.");
	const char *tool = !end			     ? NULL
			   : !strcmp(end, ".ko.xz")  ? "xz"
			   : !strcmp(end, ".ko.zst") ? "zstd"
						     : "gzip";
	char *argv[] = { (char *)tool, "-dc", (char *)path, NULL };
	char *data =
		tool ? program_output(argv, MODULE_MAX, len) : file_read(path, MODULE_MAX, len);

	if (!data)
		mg_error("cannot read the module %s%s%s", path, tool ? " with " : "",
			 tool ? tool : "");
	return data;
}

/* The text after "depends=" in the .modinfo strings, "" without one. */
static const char *find_depends(const struct module *m)
{
	static const char key[] = "\0depends=";
	const char *p = memmem(m->data, m->len, key, sizeof(key) - 1);

	return p ? p + sizeof(key) - 1 : "";
}

static bool have(const struct modules *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].name, name))
			return true;
	return false;
}

static int add_module(struct modules *m, const struct strv *files, const char *name, int depth)
{
	const char *path = find_file(files, name);
	struct module mod = { 0 };
	struct strv depends = { 0 };
	int err = 0;

	if (!path || have(m, name) || depth > 8)
		return 0;
	mod.data = read_module(path, &mod.len);
	if (!mod.data)
		return -1;
	strv_split(&depends, find_depends(&mod), ",");
	for (size_t i = 0; i < depends.n && !err; i++) {
		char *n = module_name(depends.v[i]);

		err = add_module(m, files, n, depth + 1);
		free(n);
	}
	strv_free(&depends);
	mod.name = xstrdup(name);
	m->v = xrealloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n++] = mod;
	return err;
}

int modules_collect(struct modules *m, const char *dir, const char *const wanted[])
{
	struct strv files = { 0 };
	int err;

	walk_files = &files;
	err = nftw(dir, add_file, 16, FTW_PHYS);
	walk_files = NULL;
	if (err)
		mg_error("cannot read the modules in %s: %s", dir, strerror(errno));
	for (size_t i = 0; wanted[i] && !err; i++)
		err = add_module(m, &files, wanted[i], 0);
	strv_free(&files);
	return err;
}

void modules_free(struct modules *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].name);
		free(m->v[i].data);
	}
	free(m->v);
	*m = (struct modules){ 0 };
}
