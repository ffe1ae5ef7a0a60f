// SPDX-License-Identifier: GPL-2.0-only
/* From a directory of others' programs to a catalog; fromlist.c reads the lists. */
#include "from.h"
#include "fromlist.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Results are kept in a directory of that name. */
#define NAME_LENGTH 200

bool script_interpreter(const char *path, struct strv *w)
{
	char *head = file_read(path, 256, NULL);
	bool script = head && !strncmp(head, "#!", 2);

	if (script) {
		head[strcspn(head, "\n")] = '\0';
		strv_split(w, head + 2, " \t");
	}
	free(head);
	return script && w->n;
}

bool from_text_program(const char *path)
{
	size_t len = 0;
	char *head = file_read(path, 256, &len);
	bool text = head && len && !memchr(head, '\0', len) && strncmp(head, "#!", 2);

	free(head);
	return text;
}

/* A time as timeout(1) takes it, rounded up; false when it is none. */
static bool read_seconds(const char *text, unsigned long *seconds)
{
	static const char units[] = "smhd";
	static const unsigned long factor[] = { 1, 60, 3600, 86400 };
	const char *unit = units;
	double n;
	char *end;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	n = strtod(text, &end);
	if (*end)
		unit = strchr(units, *end);
	if (end == text || !unit || (*end && end[1]) || !(n >= 0))
		return false;
	n *= (double)factor[unit - units];
	*seconds = n < 1 ? n > 0 : n < FROM_SECONDS_NONE ? (unsigned long)(n + 0.999) : 0;
	if (!*seconds)
		*seconds = FROM_SECONDS_NONE;
	return true;
}

/* The seconds in the file settings of the program's directory. */
static unsigned long collection_seconds(const char *dir)
{
	char *path = xasprintf("%s/settings", dir), *text = file_read(path, 65536, NULL);
	char *save = text, *line;
	unsigned long seconds = FROM_SECONDS;

	while ((line = strsep(&save, "\n"))) {
		line = strip(line);
		if (!strncmp(line, "timeout=", 8) && !read_seconds(line + 8, &seconds))
			mg_error("%s: '%s' is no number of seconds; %lu hold", path, line,
				 seconds);
	}
	free(text);
	free(path);
	return seconds;
}

/* Of harmless characters; the first dot parts collection and program. */
static void make_harmless(char *name, size_t dot)
{
	for (char *p = name; *p; p++)
		if ((*p == '.' && p != name + dot) ||
		    (!isalnum((unsigned char)*p) && !strchr("._+-", *p)))
			*p = '_';
}

/* "collection.program-argument-argument", and of no other program. */
static char *make_name(const struct catalog *c, const struct from_line *l)
{
	char *name = xasprintf("%.60s.%.60s", l->collection, l->program), *unique;

	for (size_t i = 0; i < l->args.n && strlen(name) < NAME_LENGTH; i++) {
		char *longer = xasprintf("%s-%.60s", name, l->args.v[i]);

		free(name);
		name = longer;
	}
	make_harmless(name, strnlen(l->collection, 60));
	unique = xstrdup(name);
	for (unsigned int n = 2; catalog_find(c, unique); n++) {
		free(unique);
		unique = xasprintf("%s_%u", name, n);
	}
	free(name);
	return unique;
}

/* What is executed: the program, its interpreter when it may not be executed itself (kselftest
 * does the same), a shell when it names none (as shells do), and what it is run through. */
static void make_command(struct program *p, const struct from_line *l, const char *path)
{
	struct strv words = { 0 };

	if (l->through)
		strv_add(&words, l->through);
	if (access(path, X_OK) && !access(path, R_OK))
		script_interpreter(path, &words);
	else if (from_text_program(path))
		strv_add(&words, "/bin/sh");
	strv_add(&words, path);
	p->path = xstrdup(words.v[0]);
	for (size_t i = 1; i < words.n; i++)
		strv_add(&p->args, words.v[i]);
	for (size_t i = 0; i < l->args.n; i++)
		strv_add(&p->args, l->args.v[i]);
	strv_free(&words);
}

static void add_foreign(struct catalog *c, const struct from_line *l, const char *path)
{
	struct program p = { .name = make_name(c, l) };
	char *copy = xstrdup(path);

	p.needs.area = strndup(p.name, strcspn(p.name, "."));
	p.needs.program = xstrdup(strchr(p.name, '.') + 1);
	p.needs.summary = xasprintf("%s/%s", l->collection, l->program);
	p.cwd = xstrdup(dirname(copy));
	p.needs.seconds = l->seconds;
	make_command(&p, l, path);
	strv_add(&p.cases, "*");
	catalog_add(c, &p);
	free(copy);
}

/* One of ours among them keeps its cases. */
static void add_line(struct catalog *c, const char *dir, const struct from_line *l)
{
	bool here = !strcmp(l->collection, FROM_HERE);
	char *path = here ? xasprintf("%s/%s", dir, l->program)
			  : xasprintf("%s/%s/%s", dir, l->collection, l->program);
	struct from_line named = *l;
	char why[512];

	if (here)
		named.collection = strrchr(dir, '/') + 1;
	if (l->args.n || l->through || catalog_add_ours(c, path, why, sizeof(why)))
		add_foreign(c, &named, path);
	free(path);
}

/* Where the list says nothing, the settings of a directory hold for all in it. */
static void take_settings(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++) {
		unsigned long seconds;

		if (!c->v[i].cwd || c->v[i].needs.seconds)
			continue;
		seconds = collection_seconds(c->v[i].cwd);
		for (size_t j = i; j < c->n; j++)
			if (c->v[j].cwd && !c->v[j].needs.seconds &&
			    !strcmp(c->v[j].cwd, c->v[i].cwd))
				c->v[j].needs.seconds = seconds;
	}
}

int from_load(struct catalog *c, const char *dir)
{
	struct from_list list;
	int err = from_list_read(&list, dir);

	*c = (struct catalog){ 0 };
	for (size_t i = 0; i < list.n && !err; i++)
		add_line(c, dir, &list.v[i]);
	take_settings(c);
	if (!err && !c->n) {
		mg_error("no program in %s: no %s, no %s, nothing that can be executed", dir,
			 FROM_OUR_LIST, FROM_KSELFTEST_LIST);
		err = -1;
	}
	from_list_free(&list);
	return err;
}

void from_set_seconds(struct catalog *c, unsigned long seconds)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].cwd)
			c->v[i].needs.seconds = seconds;
}
