// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs of one file are a chain, since each sees what the one before left; files are
 * independent. The chains are walked in parallel first, only to fill the store of results; then
 * once more, which costs nothing, for the decisions.
 */
#include "labpatch.h"
#include "labtree.h"
#include "spatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define INCLUDE "#include <linux/mm_bug.h>\n"

struct patched {
	const char *file;
	struct source_text text; /* NULL data: the tree has no such file */
};

struct patching {
	struct lab *l;
	char *cache;
	struct strv files;
	struct patched *v; /* one for each file */
};

static bool in_tree(const struct lab *l, const char *file)
{
	char *path = xasprintf("%s/tree/%s", l->dir, file);
	bool there = !access(path, R_OK);

	free(path);
	return there;
}

static void leave_out(struct bug *b, char *why)
{
	if (!b->why)
		b->why = why;
	else
		free(why);
}

static void list_files(struct patching *p)
{
	for (size_t i = 0; i < p->l->bugs.n; i++) {
		struct bug *b = &p->l->bugs.v[i];

		for (size_t j = 0; j < b->files.n; j++) {
			if (!in_tree(p->l, b->files.v[j]))
				leave_out(b, xasprintf("the tree has no %s", b->files.v[j]));
			else if (!strv_has(&p->files, b->files.v[j]))
				strv_add(&p->files, b->files.v[j]);
		}
	}
	p->v = xcalloc(p->files.n, sizeof(*p->v));
	for (size_t i = 0; i < p->files.n; i++)
		p->v[i].file = p->files.v[i];
}

static int begin(struct patching *p, struct patched *f)
{
	size_t len = 0;
	char *data = labtree_original(p->l, f->file, &len);

	free(f->text.data);
	f->text.data = NULL;
	if (!data)
		return -1;
	f->text.data = xasprintf("%s%s", INCLUDE, data);
	f->text.len = strlen(f->text.data);
	free(data);
	return 0;
}

/* One file through all its bugs.  Returns how many were left out, -1 on an error. */
static int walk(struct patching *p, struct patched *f)
{
	int left_out = 0;

	if (begin(p, f))
		return -1;
	for (size_t i = 0; i < p->l->bugs.n; i++) {
		struct bug *b = &p->l->bugs.v[i];
		struct source_text out;
		char *why;

		if (b->why || !strv_has(&b->files, f->file))
			continue;
		if (spatch_apply(p->cache, b, f->file, &f->text, &out, &why)) {
			leave_out(b, why);
			left_out++;
			continue;
		}
		free(f->text.data);
		f->text = out;
	}
	return left_out;
}

/* Fill the store on all CPUs; whatever goes wrong is found again by the walk that counts. */
static void warm_up(struct patching *p)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), running = 0;
	pid_t parent = getpid();

	fflush(stdout);
	for (size_t i = 0; i < p->files.n; i++) {
		pid_t pid;

		if (running >= cpus && wait(NULL) > 0)
			running--;
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			if (getppid() == parent)
				walk(p, &p->v[i]);
			_exit(0);
		}
		running += pid > 0;
	}
	while (wait(NULL) > 0)
		;
}

/* A patch that found more places than it was written for is not the bug its header describes.
 */
static int count_switches(struct patching *p)
{
	int left_out = 0;

	for (size_t i = 0; i < p->l->bugs.n; i++) {
		struct bug *b = &p->l->bugs.v[i];
		unsigned int n = 0;

		for (size_t j = 0; !b->why && j < p->files.n; j++)
			n += spatch_switches(&p->v[j].text, b->number);
		if (b->why || n == b->matches)
			continue;
		leave_out(b, xasprintf("it matches %u places instead of %u", n, b->matches));
		left_out++;
	}
	return left_out;
}

/* A bug of two files that fails in one must not stay in the other, so walk until all agree. */
static int walk_all(struct patching *p)
{
	int left_out = 1, n;

	while (left_out) {
		left_out = 0;
		for (size_t i = 0; i < p->files.n; i++) {
			n = walk(p, &p->v[i]);
			if (n < 0)
				return -1;
			left_out += n;
		}
		if (!left_out)
			left_out = count_switches(p);
	}
	return 0;
}

static int put_own(const struct lab *l, const char *from, const char *to)
{
	char *name = xasprintf("bugs/%s", from), *path = paths_config(&l->paths, name);
	size_t len = 0;
	char *data = file_read(path, 65536, &len);
	int err = data ? labtree_put(l, to, data, len) : -1;

	if (!data)
		mg_error("cannot read %s", path);
	free(data);
	free(path);
	free(name);
	return err;
}

static int put_makefile(const struct lab *l)
{
	size_t len = 0;
	char *data = labtree_original(l, "mm/Makefile", &len), *more;
	int err;

	if (!data)
		return -1;
	more = xasprintf("%s%s", data, l->plain ? "" : "\nobj-y += mm_bug.o\n");
	err = labtree_put(l, "mm/Makefile", more, strlen(more));
	free(more);
	free(data);
	return err;
}

static int write_all(struct patching *p)
{
	int err = labtree_remember(p->l, &p->files);

	if (!err)
		err = put_own(p->l, p->l->plain ? "mm_bug_plain.h" : "mm_bug.h",
			      "include/linux/mm_bug.h");
	if (!err)
		err = put_own(p->l, "mm_bug.c", "mm/mm_bug.c");
	if (!err)
		err = put_makefile(p->l);
	for (size_t i = 0; i < p->files.n && !err; i++)
		err = labtree_put(p->l, p->v[i].file, p->v[i].text.data, p->v[i].text.len);
	return err ? -1 : 0;
}

int labpatch_apply(struct lab *l)
{
	struct patching p = { .l = l, .cache = xasprintf("%s/spatch", l->base) };
	int err;

	list_files(&p);
	warm_up(&p);
	err = walk_all(&p);
	if (!err)
		err = write_all(&p);
	for (size_t i = 0; i < p.files.n; i++)
		free(p.v[i].text.data);
	free(p.v);
	strv_free(&p.files);
	free(p.cache);
	return err;
}
