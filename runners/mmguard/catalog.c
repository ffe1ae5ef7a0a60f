// SPDX-License-Identifier: GPL-2.0-only
/* What may break a machine runs last, so that it costs as few results as possible. */
#include "catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *harm_name(enum needs_harm harm)
{
	static const char *const names[] = { "none", "reserves", "crashes" };

	return names[harm <= HARM_CRASHES ? harm : HARM_CRASHES];
}

bool is_elf_program(const char *path)
{
	char magic[4] = "";
	struct stat st;
	bool elf;
	int fd;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	elf = read(fd, magic, sizeof(magic)) == sizeof(magic) && !memcmp(magic, "\177ELF", 4);
	close(fd);
	return elf;
}

static void read_cases(struct program *p)
{
	char name[512];

	for (size_t i = 0; i < needs_ncases(&p->needs); i++)
		if (needs_case(&p->needs, i, name, sizeof(name)) > 0)
			strv_add(&p->cases, name);
}

void catalog_add(struct catalog *c, const struct program *p)
{
	c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	c->v[c->n++] = *p;
}

int catalog_add_ours(struct catalog *c, const char *path, char *err, size_t len)
{
	struct program p = { 0 };

	if (needs_read(path, &p.needs, err, len))
		return -1;
	p.name = xasprintf("%s.%s", p.needs.area, p.needs.program);
	p.path = xstrdup(path);
	read_cases(&p);
	catalog_add(c, &p);
	return 0;
}

static void add_program(struct catalog *c, const char *path)
{
	char err[512] = "";

	if (catalog_add_ours(c, path, err, sizeof(err)))
		strv_add(&c->bad, err);
}

static void load_area(struct catalog *c, const char *dir)
{
	struct strv names = { 0 };

	dir_names(dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = xasprintf("%s/%s", dir, names.v[i]);

		if (is_elf_program(path))
			add_program(c, path);
		free(path);
	}
	strv_free(&names);
}

static int by_harm_and_name(const void *a, const void *b)
{
	const struct program *x = a, *y = b;

	if (x->needs.harm != y->needs.harm)
		return x->needs.harm < y->needs.harm ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void find_doubles(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++) {
		for (size_t j = i + 1; j < c->n; j++) {
			char *line;

			if (strcmp(c->v[i].name, c->v[j].name))
				continue;
			line = xasprintf("%s: has the name %s, as has %s", c->v[j].path,
					 c->v[j].name, c->v[i].path);
			strv_add(&c->bad, line);
			free(line);
		}
	}
}

int catalog_load(struct catalog *c, const char *dir)
{
	struct strv areas = { 0 };
	int err = dir_names(dir, &areas);

	*c = (struct catalog){ 0 };
	if (err) {
		mg_error("cannot read the tests in %s: %s", dir, strerror(-err));
		return -1;
	}
	for (size_t i = 0; i < areas.n; i++) {
		char *path = xasprintf("%s/%s", dir, areas.v[i]);

		load_area(c, path);
		free(path);
	}
	strv_free(&areas);
	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), by_harm_and_name);
	find_doubles(c);
	return 0;
}

void catalog_free(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].path);
		free(c->v[i].name);
		needs_free(&c->v[i].needs);
		strv_free(&c->v[i].cases);
		strv_free(&c->v[i].args);
		free(c->v[i].cwd);
	}
	free(c->v);
	strv_free(&c->bad);
	*c = (struct catalog){ 0 };
}

const struct program *catalog_find(const struct catalog *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].name, name))
			return &c->v[i];
	return NULL;
}

size_t catalog_complain(const struct catalog *c)
{
	for (size_t i = 0; i < c->bad.n; i++)
		mg_error("%s", c->bad.v[i]);
	return c->bad.n;
}

char *program_case_name(const struct program *p, size_t i)
{
	return xasprintf("%s.%s", p->name, p->cases.v[i]);
}

void catalog_names(const struct catalog *c, struct strv *names)
{
	for (size_t i = 0; i < c->n; i++) {
		for (size_t j = 0; j < c->v[i].cases.n; j++) {
			char *name = program_case_name(&c->v[i], j);

			strv_add(names, name);
			free(name);
		}
	}
}
