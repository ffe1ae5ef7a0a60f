// SPDX-License-Identifier: GPL-2.0-only
/* Which guests a campaign has: one for each bug, and one with 0 for each group of programs. */
#include "labrun.h"
#include "common/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool of_area(const char *program, const char *area)
{
	size_t n = strlen(area);

	return !strncmp(program, area, n) && program[n] == '.';
}

/* Drop the programs of other areas. */
static void keep_area(struct plan *p, const char *area)
{
	struct plan kept = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *e = &p->v[i];
		struct plan_entry *n;

		if (!of_area(e->program, area))
			continue;
		n = plan_add_like(&kept, e);
		for (size_t k = 0; k < e->cases.n; k++)
			strv_add(&n->cases, e->cases.v[k]);
	}
	plan_free(p);
	*p = kept;
}

/* A result is only as good as what it was made from. */
static int hash_programs(struct hash *h, const struct plan_entry *e)
{
	int err = hash_file(h, e->path);

	/* A program that is run through another one is an argument of that. */
	for (size_t i = 0; i < e->args.n && !err; i++)
		if (*e->args.v[i] == '/' && !access(e->args.v[i], F_OK))
			err = hash_file(h, e->args.v[i]);
	return err;
}

int labjobs_key(const struct lab_campaign *c, struct lab_group *g)
{
	const struct lab *l = c->l;
	struct hash h;
	char *text = NULL;
	size_t len = 0;
	int err = plan_text(&g->plan, &text, &len);

	hash_init(&h);
	hash_text(&h, g->peer ? l->opt.peer_append : l->opt.append);
	hash_add(&h, text ? text : "", len);
	if (!err)
		err = hash_file(&h, l->paths.mmrun);
	for (size_t i = 0; i < g->plan.n && !err; i++)
		err = hash_programs(&h, &g->plan.v[i]);
	hash_name(&h, g->key);
	free(text);
	if (err)
		mg_error("cannot read %s and the programs: %s", l->paths.mmrun, strerror(-err));
	return err;
}

static int select_programs(struct lab_campaign *c, struct lab_group *g)
{
	const struct lab_options *o = &c->l->opt;
	char *dir = paths_config(&c->l->paths, "profiles");
	struct profile quick = { 0 };
	struct held held;
	int err = o->all ? 0 : profile_load(&quick, dir, "quick");
	struct selection s = { .selectors = &o->selectors,
			       .profile = o->all || o->selectors.n ? NULL : &quick,
			       .quick = !o->all && !o->selectors.n };

	if (!err)
		err = plan_select(&c->catalog, &s, &g->plan, &held);
	if (!err) {
		held_free(&held);
		if (g->area)
			keep_area(&g->plan, g->area);
		err = labjobs_key(c, g);
	}
	profile_free(&quick);
	free(dir);
	return err;
}

static const struct lab_group *get_group(struct lab_campaign *c, const char *area)
{
	for (size_t i = 0; i < c->ngroups; i++)
		if (!c->groups[i].peer && (!area || !strcmp(c->groups[i].area, area)))
			return &c->groups[i];
	return NULL;
}

static struct lab_job *add_job(struct lab_campaign *c, const struct lab_group *g,
			       const struct bug *b, const struct lab_image *image)
{
	struct lab_job *j = &c->v[c->n++];

	*j = (struct lab_job){ .bug = b,
			       .group = g,
			       .number = b ? b->number : 0,
			       .image = image,
			       .plain = image != &c->image };
	if (b || g->peer)
		j->dir = xasprintf("%s/runs/%s%u%s", c->results, g->peer ? "peer/" : "",
				   j->number, j->plain ? ".plain" : "");
	else
		j->dir = xasprintf("%s/runs/0.%s", c->results, g->area ? g->area : "all");
	j->selected =
		b && (g->peer || !c->l->opt.peer_only) && bug_selected(b, &c->l->opt.bugs);
	j->done = labjob_done(j);
	return j;
}

static void add_bug(struct lab_campaign *c, const struct lab_group *g, const struct bug *b)
{
	if (!b->why && g && g->plan.n)
		labjobs_zero(c, add_job(c, g, b, &c->image))->selected |=
			c->v[c->n - 1].selected;
}

/* The bug once more, if it is selected, in the kernel that has it alone. */
static void add_plain(struct lab_campaign *c, const struct bug *b)
{
	const struct lab_job *with = labjobs_find(c, b->number);
	struct lab_image *image = &c->plain[c->nplain];
	struct lab one = *c->l;

	if (!with || !with->selected)
		return;
	one.bugs = (struct bugs){ 0 };
	one.out = lab_plain_dir(c->l, b->number);
	if (!labmanifest_read(&one, image)) {
		c->nplain++;
		add_job(c, with->group, b, image);
	}
	free(one.out);
}

/* The runs with 0 come first: without them nothing can be said about the others. */
static void add_jobs(struct lab_campaign *c, bool control)
{
	const struct lab *l = c->l;

	c->v = xcalloc(2 * l->bugs.n + c->ngroups, sizeof(*c->v));
	c->plain = xcalloc(l->bugs.n, sizeof(*c->plain));
	for (size_t i = 0; i < c->ngroups; i++)
		if (c->groups[i].plan.n)
			add_job(c, &c->groups[i], NULL, &c->image);
	for (size_t i = 0; i < l->bugs.n; i++) {
		const struct bug *b = &l->bugs.v[i];

		if (bug_is_fix(b))
			continue;
		add_bug(c, get_group(c, l->opt.all ? NULL : b->area), b);
		if (l->opt.peer)
			add_bug(c, &c->groups[c->ngroups - 1], b);
		if (control)
			add_plain(c, b);
	}
}

static int make_groups(struct lab_campaign *c)
{
	const struct lab *l = c->l;
	int err = 0;

	c->groups = xcalloc(l->bugs.n + 2, sizeof(*c->groups));
	for (size_t i = 0; i < l->bugs.n && !err; i++) {
		const char *area = l->opt.all ? NULL : l->bugs.v[i].area;

		if (bug_is_fix(&l->bugs.v[i]) || (c->ngroups && get_group(c, area)))
			continue;
		c->groups[c->ngroups].area = area ? xstrdup(area) : NULL;
		err = select_programs(c, &c->groups[c->ngroups++]);
	}
	if (!err && l->opt.peer)
		err = labpeer_group(c, &c->groups[c->ngroups++]);
	return err;
}

struct lab_job *labjobs_zero(const struct lab_campaign *c, const struct lab_job *j)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->v[i].bug && c->v[i].group == j->group)
			return &c->v[i];
	return NULL;
}

struct lab_job *labjobs_find(const struct lab_campaign *c, unsigned int number)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].bug && !c->v[i].plain && c->v[i].number == number)
			return &c->v[i];
	return NULL;
}

char *labjob_key(const struct lab_job *j)
{
	return xasprintf("%s %s", j->image->id, j->group->key);
}

bool labjob_done(const struct lab_job *j)
{
	char *path = xasprintf("%s/done", j->dir), *done = file_read(path, 4096, NULL);
	char *key = labjob_key(j);
	bool same = done && !strcmp(done, key);

	free(done);
	free(key);
	free(path);
	return same;
}

int labjobs_make(struct lab_campaign *c, bool control)
{
	size_t selected = 0;

	if (catalog_load(&c->catalog, c->l->paths.tests) || catalog_complain(&c->catalog))
		return MMG_EXIT_RUNNER;
	if (make_groups(c))
		return MMG_EXIT_NOTHING;
	add_jobs(c, control);
	for (size_t i = 0; i < c->n; i++) {
		selected += c->v[i].selected;
		if (c->l->opt.again && c->v[i].selected)
			c->v[i].done = false;
	}
	if (selected)
		return 0;
	mg_error("nothing is selected: no bug of the kernel has that name, or its area no such "
		 "scenario");
	return MMG_EXIT_NOTHING;
}

void labjobs_free(struct lab_campaign *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].dir);
	for (size_t i = 0; i < c->ngroups; i++) {
		free(c->groups[i].area);
		plan_free(&c->groups[i].plan);
	}
	free(c->v);
	free(c->groups);
	catalog_free(&c->catalog);
	catalog_free(&c->peer);
	for (size_t i = 0; i < c->nplain; i++)
		lab_image_free(&c->plain[i]);
	free(c->plain);
	lab_image_free(&c->image);
	free(c->results);
}
