// SPDX-License-Identifier: GPL-2.0-only
/* mmguard list: what there is, for people and as JSON. */
#include "catalog.h"
#include "cli.h"
#include "from.h"
#include "paths.h"
#include "plan.h"
#include "common/protocol.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *json_names(char **v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(v[i]));
	return a;
}

static json_t *json_program(const struct program *p, const struct plan_entry *e)
{
	const struct needs *n = &p->needs;
	json_t *cases = json_array(), *o;

	for (size_t i = 0; i < e->cases.n; i++) {
		char *name = xasprintf("%s.%s", p->name, e->cases.v[i]);

		json_array_append_new(cases, json_string(name));
		free(name);
	}
	o = json_pack("{s:s s:s s:s s:s s:s s:o s:o}", "name", p->name, "area", n->area,
		      "program", n->program, "summary", n->summary, "path", p->path, "kinds",
		      json_names(n->kinds, n->nkinds), "scenarios",
		      json_names(n->scenarios, n->nscenarios));
	json_t *needs = json_pack("{s:b s:b s:b s:b s:I s:I s:I s:I s:I}", "root", n->root,
				  "swap", n->swap, "block", n->block, "gup_test", n->gup_test,
				  "hugepages", (json_int_t)n->hugepages, "gigantic",
				  (json_int_t)n->gigantic, "cpus", (json_int_t)n->cpus, "nodes",
				  (json_int_t)n->nodes, "memory", (json_int_t)n->memory);
	json_object_set_new(o, "needs", needs);
	json_object_set_new(o, "seconds", json_integer((json_int_t)n->seconds));
	if (!plan_foreign(e))
		json_object_set_new(o, "budget", json_real(n->budget));
	json_object_set_new(o, "harm", json_string(harm_name(n->harm)));
	json_object_set_new(o, "profile", json_string(n->full ? "full" : "quick"));
	json_object_set_new(o, "cases", cases);
	return o;
}

static int print_json(const struct catalog *c, const struct plan *plan)
{
	json_t *programs = json_array();
	json_t *top = json_pack("{s:i s:o}", "schema", MMG_SCHEMA, "programs", programs);
	int err;

	for (size_t i = 0; i < plan->n; i++)
		json_array_append_new(programs,
				      json_program(catalog_find(c, plan->v[i].program),
						   &plan->v[i]));
	err = json_dumpf(top, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(top);
	return err;
}

/* One comma-separated line of what a program needs. */
static void print_needs(const struct needs *n)
{
	const struct {
		unsigned long n;
		const char *what;
	} amounts[] = { { n->hugepages, "huge pages" },
			{ n->gigantic, "1 GiB pages" },
			{ n->cpus, "CPUs" },
			{ n->nodes, "nodes" },
			{ n->memory, "MiB" } };
	const struct {
		bool on;
		const char *what;
	} flags[] = { { n->root, "root" },
		      { n->swap, "swap" },
		      { n->block, "removable memory block" },
		      { n->gup_test, "gup_test" } };
	const char *sep = "";

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].on) {
			printf("%s%s", sep, flags[i].what);
			sep = ", ";
		}
	}
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		if (amounts[i].n) {
			printf("%s%lu %s", sep, amounts[i].n, amounts[i].what);
			sep = ", ";
		}
	}
	if (!*sep)
		printf("nothing");
}

static void print_human(const struct catalog *c, const struct plan *plan, bool with_cases)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_entry *e = &plan->v[i];
		const struct program *p = catalog_find(c, e->program);

		printf("%s: %s\n    ", p->name, p->needs.summary);
		if (plan_foreign(e)) {
			printf("at most %lu s\n", p->needs.seconds);
			continue;
		}
		printf("%zu cases, %s, at most %lu s, loops of %g s, harm %s, needs ",
		       e->cases.n, p->needs.full ? "full" : "quick", p->needs.seconds,
		       p->needs.budget, harm_name(p->needs.harm));
		print_needs(&p->needs);
		putchar('\n');
		for (size_t j = 0; with_cases && j < e->cases.n; j++)
			printf("    %s.%s\n", p->name, e->cases.v[j]);
	}
	printf("%zu programs, %zu cases\n", plan->n, plan_cases(plan));
}

static int list(const struct strv *selectors, const char *from, bool json)
{
	struct selection s = { .selectors = selectors };
	struct catalog c = { 0 };
	struct plan plan = { 0 };
	struct held held = { 0 };
	struct paths paths = { 0 };
	int rc = MMG_EXIT_RUNNER;

	if (!paths_find(&paths) &&
	    !(from ? from_load(&c, from) : catalog_load(&c, paths.tests))) {
		if (plan_select(&c, &s, &plan, &held)) {
			rc = MMG_EXIT_NOTHING;
		} else {
			rc = plan.n ? MMG_EXIT_OK : MMG_EXIT_NOTHING;
			if (json)
				print_json(&c, &plan);
			else
				print_human(&c, &plan, selectors->n > 0);
		}
		if (catalog_complain(&c))
			rc = MMG_EXIT_RUNNER;
	}
	if (fflush(stdout) || ferror(stdout)) {
		mg_error("cannot write the list");
		rc = MMG_EXIT_RUNNER;
	}
	plan_free(&plan);
	held_free(&held);
	catalog_free(&c);
	paths_free(&paths);
	return rc;
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "from", required_argument, NULL, 'f' },
						 { "unproven", no_argument, NULL, 'u' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct strv selectors = { 0 };
	bool json = false, unproven = false;
	char *from = NULL;
	int o, rc;

	argv[0] = "mmguard"; /* how getopt_long() calls us */
	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o == 'h') {
			puts("usage: mmguard list [--json|--unproven] [--from DIR] "
			     "[SELECTOR...]");
			return MMG_EXIT_OK;
		}
		if (o != 'j' && o != 'u' && o != 'f')
			return MMG_EXIT_USAGE;
		if (o == 'f' && !(from = realpath(optarg, NULL))) {
			mg_error("--from: '%s' is no directory", optarg);
			return MMG_EXIT_USAGE;
		}
		json |= o == 'j';
		unproven |= o == 'u';
	}
	for (; optind < argc; optind++)
		strv_add(&selectors, argv[optind]);
	rc = unproven ? list_unproven(&selectors) : list(&selectors, from, json);
	free(from);
	strv_free(&selectors);
	return rc;
}
