// SPDX-License-Identifier: GPL-2.0-only
/* mmguard lab prove, and mmguard list --unproven: what the matrix says about one scenario. */
#include "catalog.h"
#include "cli.h"
#include "lab.h"
#include "proof.h"
#include "select.h"
#include "common/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Are all scenarios that catch the bug among the selected ones, and is there one? */
static bool caught_by(const struct proof *p, const struct strv *selectors, bool *alone)
{
	bool any = false;

	*alone = true;
	for (size_t i = 0; i < p->scenarios.n; i++) {
		bool hit = false;

		for (size_t j = 0; j < selectors->n && !hit; j++)
			hit = select_match(selectors->v[j], p->scenarios.v[i]);
		any |= hit;
		*alone &= hit;
	}
	return any;
}

int lab_prove(struct lab *l)
{
	struct proofs p;
	size_t all = 0, only = 0;
	int err;

	if (!l->opt.selectors.n) {
		mg_error("lab prove takes a scenario");
		return MMG_EXIT_USAGE;
	}
	err = proofs_newest(&p, &l->paths, l->opt.results, l->version);
	for (size_t i = 0; i < p.n && !err; i++) {
		bool alone;

		if (!caught_by(&p.v[i], &l->opt.selectors, &alone))
			continue;
		printf("%u %s%s\n", p.v[i].number, p.v[i].name, alone ? "  nothing else" : "");
		all++;
		only += alone;
	}
	if (!err)
		printf("catches %zu bugs, %zu of them alone (%s)\n", all, only, p.from);
	proofs_free(&p);
	return err ? MMG_EXIT_RUNNER : all ? MMG_EXIT_OK : MMG_EXIT_UNEXPECTED;
}

/* Does one of the selectors cover the scenario?  None covers all. */
static bool selected(const struct strv *selectors, const char *name)
{
	bool hit = !selectors->n;

	for (size_t i = 0; i < selectors->n && !hit; i++)
		hit = select_match(selectors->v[i], name);
	return hit;
}

/* One scenario that no bug makes fail.  Is it shown by a released kernel? */
static bool print_scenario(const char *name, const struct proofs *real)
{
	const char *kernel = proofs_has(real, name);

	if (kernel)
		printf("%s  (fails on %s)\n", name, kernel);
	else
		puts(name);
	return kernel != NULL;
}

static void print_unproven(const struct catalog *c, const struct proofs *p,
			   const struct proofs *real, const struct strv *selectors)
{
	size_t all = 0, unproven = 0, old = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct needs *n = &c->v[i].needs;

		for (size_t j = 0; j < n->nscenarios; j++) {
			char *name = xasprintf("%s.%s", c->v[i].name, n->scenarios[j]);

			if (selected(selectors, name)) {
				all++;
				if (!proofs_has(p, name)) {
					old += print_scenario(name, real);
					unproven++;
				}
			}
			free(name);
		}
	}
	printf("%zu of %zu scenarios fail with no bug (%s); %zu of these fail on a released "
	       "kernel\n",
	       unproven, all, p->from, old);
}

int list_unproven(const struct strv *selectors)
{
	struct paths paths = { 0 };
	struct catalog c = { 0 };
	struct proofs p = { 0 }, real = { 0 };
	int rc = MMG_EXIT_RUNNER;

	if (!paths_find(&paths) && !catalog_load(&c, paths.tests) && !catalog_complain(&c) &&
	    !proofs_newest(&p, &paths, NULL, NULL) && !proofs_real(&real, &paths)) {
		print_unproven(&c, &p, &real, selectors);
		rc = MMG_EXIT_OK;
	}
	proofs_free(&real);
	proofs_free(&p);
	catalog_free(&c);
	paths_free(&paths);
	return rc;
}
