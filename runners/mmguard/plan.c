// SPDX-License-Identifier: GPL-2.0-only
/* From selectors, profile and known issues to the cases of a run. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

struct plan_entry *plan_add(struct plan *p, const char *program, const char *path,
			    unsigned long seconds)
{
	p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n] = (struct plan_entry){ .program = xstrdup(program),
					  .path = xstrdup(path),
					  .seconds = seconds };
	return &p->v[p->n++];
}

struct plan_entry *plan_add_like(struct plan *p, const struct plan_entry *e)
{
	struct plan_entry *n = plan_add(p, e->program, e->path, e->seconds);

	n->cwd = e->cwd ? xstrdup(e->cwd) : NULL;
	for (size_t i = 0; i < e->args.n; i++)
		strv_add(&n->args, e->args.v[i]);
	return n;
}

bool plan_foreign(const struct plan_entry *e)
{
	return e->cwd != NULL;
}

static void held_add(struct held *h, const char *name, const struct program *prog,
		     const struct known_issue *k)
{
	h->v = xrealloc(h->v, (h->n + 1) * sizeof(*h->v));
	h->v[h->n++] = (struct held_case){
		.name = xstrdup(name),
		.reason = xasprintf("would harm this machine (%s): %s", k->harm, k->reason),
		.program = xstrdup(prog->name),
		.seconds = prog->needs.seconds,
	};
}

void plan_skip(struct plan *p, size_t i, const char *reason, struct held *h)
{
	const struct plan_entry *e = &p->v[i];

	for (size_t k = 0; k < e->cases.n; k++) {
		h->v = xrealloc(h->v, (h->n + 1) * sizeof(*h->v));
		h->v[h->n++] = (struct held_case){
			.name = xasprintf("%s.%s", e->program, e->cases.v[k]),
			.reason = xstrdup(reason),
			.program = xstrdup(e->program),
			.seconds = e->seconds,
			.skip = true,
		};
	}
	plan_entry_free(&p->v[i]);
	memmove(&p->v[i], &p->v[i + 1], (--p->n - i) * sizeof(*p->v));
}

static bool selected(const struct selection *s, const struct program *p, const char *name)
{
	bool hit = !s->selectors || !s->selectors->n;

	if (s->quick && p->needs.full)
		return false;
	if (s->profile && !profile_has(s->profile, name))
		return false;
	for (size_t i = 0; !hit && i < s->selectors->n; i++)
		hit = p->cwd ? select_program(s->selectors->v[i], p->name)
			     : select_match(s->selectors->v[i], name);
	return hit;
}

struct plan_entry *plan_add_program(struct plan *p, const struct program *prog)
{
	struct plan_entry like = { .program = prog->name,
				   .path = prog->path,
				   .seconds = prog->needs.seconds,
				   .cwd = prog->cwd,
				   .args = prog->args };

	return plan_add_like(p, &like);
}

static void add_selected(const struct program *prog, const struct selection *s, struct plan *p,
			 struct held *h)
{
	struct plan_entry *entry = NULL;

	for (size_t i = 0; i < prog->cases.n; i++) {
		char *name = program_case_name(prog, i);
		const struct known_issue *k = NULL;

		if (selected(s, prog, name)) {
			if (s->hold)
				k = known_find(s->hold, name, s->version);
			if (k && known_harms(k)) {
				held_add(h, name, prog, k);
			} else {
				if (!entry)
					entry = plan_add_program(p, prog);
				strv_add(&entry->cases, prog->cases.v[i]);
			}
		}
		free(name);
	}
}

static bool selector_hits(const char *selector, const struct program *p)
{
	struct selection s = { .selectors =
				       &(struct strv){ (char *[]){ (char *)selector }, 1 } };
	bool hit = false;

	for (size_t i = 0; i < p->cases.n && !hit; i++) {
		char *name = program_case_name(p, i);

		hit = selected(&s, p, name);
		free(name);
	}
	return hit;
}

/* true when the selector matches a case of the catalog; otherwise the nearest names are
 * printed. */
static bool selector_known(const char *selector, const struct catalog *c,
			   const struct strv *names)
{
	struct strv near = { 0 };

	for (size_t i = 0; i < c->n; i++)
		if (selector_hits(selector, &c->v[i]))
			return true;
	select_nearest(selector, names, 3, &near);
	mg_error("nothing is called '%s'%s", selector,
		 near.n ? "; the nearest names are:" : "");
	for (size_t i = 0; i < near.n; i++)
		mg_error("  %s", near.v[i]);
	strv_free(&near);
	return false;
}

int plan_select(const struct catalog *c, const struct selection *s, struct plan *p,
		struct held *h)
{
	struct strv names = { 0 };
	bool known = true;

	*p = (struct plan){ 0 };
	*h = (struct held){ 0 };
	catalog_names(c, &names);
	for (size_t i = 0; s->selectors && i < s->selectors->n; i++)
		known &= selector_known(s->selectors->v[i], c, &names);
	strv_free(&names);
	if (!known)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		add_selected(&c->v[i], s, p, h);
	return 0;
}

/* The worst that a known issue makes of the entry's cases, as a rank; 0 is nothing. */
static int harm_of(const struct plan_entry *e, const struct known_issues *known,
		   const char *version)
{
	static const char *const harms[] = { "none", "reserves", "stuck", "crash" };
	int worst = 0;

	for (size_t i = 0; i < e->cases.n; i++) {
		char *name = xasprintf("%s.%s", e->program, e->cases.v[i]);
		const struct known_issue *k = known_find(known, name, version);

		for (int rank = worst + 1; k && rank < 4; rank++)
			if (!strcmp(k->harm, harms[rank]))
				worst = rank;
		free(name);
	}
	return worst;
}

void plan_harmful_last(struct plan *p, const struct known_issues *known, const char *version)
{
	struct plan_entry *sorted = xcalloc(p->n, sizeof(*sorted));
	size_t n = 0;

	for (int rank = 0; rank < 4; rank++)
		for (size_t i = 0; i < p->n; i++)
			if (harm_of(&p->v[i], known, version) == rank)
				sorted[n++] = p->v[i];
	free(p->v);
	p->v = sorted;
}

void plan_copy_entry(struct plan *p, const struct plan_entry *e)
{
	struct plan_entry *copy = plan_add_like(p, e);

	for (size_t i = 0; i < e->cases.n; i++)
		strv_add(&copy->cases, e->cases.v[i]);
}

void plan_copy_entries(struct plan *to, const struct plan *from)
{
	for (size_t i = 0; i < from->n; i++)
		plan_copy_entry(to, &from->v[i]);
}

void plan_range(const struct plan *p, unsigned long round, size_t *first, size_t *last)
{
	unsigned long begin = p->round ? p->round : 1;

	*first = round > begin ? p->again : 0;
	*last = round < begin ? 0 : round == begin && p->again ? p->again : p->n;
}

bool plan_goes_on(const struct plan *p, unsigned long round)
{
	return round < p->repeat.rounds;
}

size_t plan_cases(const struct plan *p)
{
	size_t n = 0, first, last;

	plan_range(p, p->round ? p->round : 1, &first, &last);
	for (size_t i = first; i < last; i++)
		n += p->v[i].cases.n;
	return n;
}

void plan_entry_free(struct plan_entry *e)
{
	free(e->program);
	free(e->path);
	free(e->cwd);
	strv_free(&e->args);
	strv_free(&e->cases);
}

void held_case_free(struct held_case *c)
{
	free(c->name);
	free(c->reason);
	free(c->program);
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		plan_entry_free(&p->v[i]);
	free(p->v);
	*p = (struct plan){ 0 };
}

void held_free(struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		held_case_free(&h->v[i]);
	free(h->v);
	*h = (struct held){ 0 };
}
