// SPDX-License-Identifier: GPL-2.0-only
/* mmguard lab build: fetch, patch, configure, compile, publish. */
#include "labmake.h"
#include "labmanifest.h"
#include "labpatch.h"
#include "labtree.h"
#include "common/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, double since)
{
	printf("mmguard: %s (%.0f s)\n", what, now_mono() - since);
	fflush(stdout);
}

static int patch(struct lab *l)
{
	double begin = now_mono();
	int err = labpatch_apply(l);

	if (!err)
		say("the bugs are in the tree", begin);
	return err;
}

/*
 * Without the bug that the error points at the build may go on.  The same error once more means
 * that it was another's.
 */
static int give_up_one(struct lab *l, struct lab_error *e, char **last)
{
	struct bug *b = bugs_find(&l->bugs, e->number);
	const char *text = strstr(e->text, "error:");
	bool again = *last && text && !strcmp(*last, text);

	if (!b || b->why || again) {
		mg_error("the build failed: %s%s", e->text,
			 again ? " (the bug it seemed to belong to has no part in it)" : "");
		return -1;
	}
	b->why = xasprintf("it does not compile: %s", e->text);
	free(*last);
	*last = xstrdup(text ? text : e->text);
	mg_error("bug %u %s is left out, %s", b->number, b->name, b->why);
	return patch(l);
}

static int compile(struct lab *l)
{
	char *last = NULL;
	int err = -1, failed = 0;

	while (err && !failed) {
		struct lab_error e;
		double begin = now_mono();

		err = labmake_image(l, &e);
		if (err)
			failed = give_up_one(l, &e, &last);
		else
			say("the kernel is built", begin);
		free(e.text);
	}
	free(last);
	return failed;
}

static int build(struct lab *l)
{
	double begin = now_mono();
	int err = labtree_fetch(l);

	if (!err) {
		say("the tree is there", begin);
		err = patch(l);
	}
	if (!err)
		err = labmake_config(l);
	if (!err)
		err = compile(l);
	if (!err)
		err = labmanifest_write(l, now_mono() - begin);
	return err;
}

/* 1 when something was left out. */
static int conclude(const struct lab *l)
{
	size_t out = 0;

	for (size_t i = 0; i < l->bugs.n; i++) {
		const struct bug *b = &l->bugs.v[i];

		if (!b->why)
			continue;
		mg_error("left out: bug %u %s (%s): %s", b->number, b->name, b->path, b->why);
		out++;
	}
	printf("mmguard: %s has %zu of %zu bugs for Linux %s\n", l->out, l->bugs.n - out,
	       l->bugs.n, l->version);
	return out ? MMG_EXIT_UNEXPECTED : MMG_EXIT_OK;
}

int lab_build(struct lab *l)
{
	int lock, err;

	if (l->opt.selectors.n) {
		mg_error("lab build takes no selectors");
		return MMG_EXIT_USAGE;
	}
	if (labmake_check_tools())
		return MMG_EXIT_RUNNER;
	lock = lab_lock(l->dir);
	if (lock < 0)
		return MMG_EXIT_RUNNER;
	err = build(l);
	close(lock);
	return err ? MMG_EXIT_RUNNER : conclude(l);
}
