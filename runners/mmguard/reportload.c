// SPDX-License-Identifier: GPL-2.0-only
/* What all reports of a run need: run.json, the journal, the plans, and what configs/ says. */
#include "common/protocol.h"
#include "only.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *plan_path(const char *dir, unsigned int boot)
{
	return boot > 1 ? xasprintf("%s/plan.%u", dir, boot) : xasprintf("%s/plan", dir);
}

/* What the run was asked for, as run.json says; paths are unknown. */
static void plan_of_info(const struct report *r, struct plan *p)
{
	json_t *e, *name, *selection = json_object_get(r->info, "selection");
	size_t i, j;

	json_array_foreach(selection, i, e)
	{
		const char *program = json_string_value(json_object_get(e, "program"));
		json_int_t seconds = json_integer_value(json_object_get(e, "seconds"));
		struct plan_entry *to;

		if (!program || !safe_component(program))
			continue;
		to = plan_add(p, program, "", seconds > 0 ? (unsigned long)seconds : 0);
		json_array_foreach(json_object_get(e, "cases"), j, name)
		{
			if (json_string_value(name))
				strv_add(&to->cases, json_string_value(name));
		}
		if (to->cases.n == 1 && !strcmp(to->cases.v[0], "*"))
			to->cwd = xstrdup("");
	}
}

static int load_info(struct report *r)
{
	char *path = xasprintf("%s/run.json", r->dir);
	json_error_t e;
	json_t *slow;
	const char *target;

	r->info = json_load_file(path, 0, &e);
	if (!json_is_object(r->info)) {
		mg_error("%s is no run: cannot read run.json: %s", r->dir, e.text);
		free(path);
		return -1;
	}
	free(path);
	if (json_integer_value(json_object_get(r->info, "schema")) != MMG_SCHEMA) {
		mg_error("%s/run.json: schema is not %d", r->dir, MMG_SCHEMA);
		return -1;
	}
	target = json_string_value(json_object_get(r->info, "target"));
	r->elsewhere = target && strcmp(target, "host");
	slow = json_object_get(r->info, "slow");
	r->slow = json_is_number(slow) && json_number_value(slow) >= 1 ? json_number_value(slow)
								       : 1;
	r->release = json_string_value(json_object_get(r->info, "kernel"));
	only_load(&r->only, r->info);
	return 0;
}

static int load_configs(struct report *r, const char *configs)
{
	char *known = xasprintf("%s/known-issues", configs);
	char *allow = xasprintf("%s/kernel-log-allow", configs), why[256] = "";
	int err = known_load(&r->known, known);

	if (!err && !access(allow, F_OK)) {
		r->allow = klog_allow_load(allow, why, sizeof(why));
		if (!r->allow) {
			mg_error("%s", why);
			err = -1;
		}
	}
	free(allow);
	free(known);
	return err;
}

/*
 * The death of a guest or of another machine is always noted, and a machine that still is in
 * the same boot did not die: without a note the one who would have written it was killed.
 */
static void settle_open_end(struct journal_facts *f, bool elsewhere)
{
	const char *why = elsewhere ? "mmguard was killed" : "mmrun or mmguard was killed";

	/* A run that was stopped on purpose left its program in the middle. */
	if (f->ended || !journal_facts_open(f) || (!elsewhere && !journal_facts_same_boot(f)))
		return;
	f->runner = xstrdup(why);
	f->stopped[f->last_boot] = xstrdup(why);
}

/* A run that was cut before its first plan was written still has one. */
static void load_plans(struct report *r)
{
	for (unsigned int boot = 1; boot <= BOOTS_MAX; boot++) {
		char *path = plan_path(r->dir, boot);

		if (!plan_read(&r->plans[boot], path))
			r->last = boot;
		else if (boot == 1)
			plan_of_info(r, &r->plans[boot]);
		free(path);
	}
	if (r->facts.boots > r->last)
		r->last = r->facts.boots;
}

static int load_journal(struct report *r)
{
	int err = journal_facts_read(&r->facts, r->dir);

	if (!err)
		err = journal_load(&r->journal, r->dir);
	/* A run that was over before it began has no journal; its held cases are still told. */
	if (err == -ENOENT && !json_array_size(json_object_get(r->info, "selection")))
		err = 0;
	if (err)
		mg_error("cannot read %s/%s: %s", r->dir, MMG_JOURNAL, strerror(-err));
	settle_open_end(&r->facts, r->elsewhere);
	for (size_t i = 0; i < r->journal.n; i++)
		if (r->journal.v[i].boot <= BOOTS_MAX)
			r->begun[r->journal.v[i].boot] = r->journal.v[i].round;
	r->rounds = r->journal.rounds > 1 ? r->journal.rounds : 1;
	return err ? -1 : 0;
}

int report_open(struct report *r, const char *dir, const char *configs)
{
	*r = (struct report){ .dir = xstrdup(dir) };
	if (load_info(r) || load_configs(r, configs) || load_journal(r))
		return -1;
	load_plans(r);
	if (r->facts.release)
		r->release = r->facts.release;
	if (!r->release)
		r->release = "?";
	r->version = json_string_value(json_object_get(r->info, "version"));
	if (!r->version)
		r->version = r->release;
	return 0;
}

void report_free(struct report *r)
{
	report_free_results(r);
	for (size_t i = 0; i <= BOOTS_MAX; i++)
		plan_free(&r->plans[i]);
	journal_free(&r->journal);
	json_decref(r->info);
	strv_free(&r->only);
	journal_facts_free(&r->facts);
	known_free(&r->known);
	klog_allow_free(r->allow);
	free(r->dir);
	*r = (struct report){ 0 };
}
