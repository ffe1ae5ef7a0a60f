// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run on another machine goes on: what was started there last, and did not tell its end, is
 * followed again from its first byte.
 */
#include "remote.h"
#include "remotescript.h"
#include "report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Seconds that a question may take. */
#define ASK_S 120

static char *start_path(const struct run *r)
{
	return xasprintf("%s/remote.json", r->dir);
}

int remote_note_start(const struct remote *m, const struct run *r, unsigned int boot)
{
	char *path = start_path(r), *text;
	json_t *o = json_pack("{s:s s:s s:i s:s}", "dir", m->facts.dir, "run", m->run, "boot",
			      (int)boot, "boot_id", m->facts.boot_id);
	int err = -1;

	text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	if (text)
		err = file_write(path, text, strlen(text));
	free(text);
	json_decref(o);
	free(path);
	return err ? -1 : 0;
}

/* The machine's directory may be another one now: then nothing of the run is there. */
static json_t *load_start(const struct remote *m, const struct run *r)
{
	char *path = start_path(r);
	json_t *o = json_load_file(path, 0, NULL);
	const char *dir = json_string_value(json_object_get(o, "dir"));
	const char *run = json_string_value(json_object_get(o, "run"));

	free(path);
	if (dir && !strcmp(dir, m->facts.dir) && run && safe_component(run) &&
	    json_string_value(json_object_get(o, "boot_id")) &&
	    json_integer_value(json_object_get(o, "boot")) >= 1)
		return o;
	json_decref(o);
	return NULL;
}

/* 1: what it wrote is there, 0: it is not, -1 with a message. */
static int is_there(const struct remote *m, unsigned int boot)
{
	char *number = xasprintf("%u", boot);
	const char *const args[] = { m->facts.dir, m->run, number, NULL };
	struct ssh_result r = ssh_run(&m->ssh, REMOTE_HAS, args, -1, ASK_S);
	int there = !r.status ? 1 : r.status == REMOTE_VANISHED ? 0 : -1;

	if (there < 0) {
		char *why = remote_why(m, &r);

		mg_error("%s", why);
		free(why);
	}
	ssh_result_free(&r);
	free(number);
	return there;
}

/* Nobody will ever know how it ended. */
static int note_vanished(const struct remote *m, const struct run *r)
{
	struct journal_facts f = { 0 };
	char *why = xasprintf("its results on %s have vanished", m->ssh.host);
	int err = journal_facts_read(&f, r->dir);

	if (!err && journal_facts_open(&f))
		err = rundir_event(r->dir, "runner", f.last_boot, why) ||
		      rundir_event(r->dir, "resume", 0, NULL);
	journal_facts_free(&f);
	free(why);
	return err ? -1 : 0;
}

/* true when the journal has the end of it. */
static bool is_over(const struct run *r, unsigned int boot)
{
	struct journal_facts f = { 0 };
	bool over = !journal_facts_read(&f, r->dir) && f.done && f.last_boot == boot;

	journal_facts_free(&f);
	return over;
}

int remote_find_start(struct remote *m, const struct run *r, struct plan *plan)
{
	json_t *o = load_start(m, r);
	unsigned int boot = (unsigned int)json_integer_value(json_object_get(o, "boot"));
	int there;
	char *path;

	if (!o)
		return note_vanished(m, r);
	m->run = xstrdup(json_string_value(json_object_get(o, "run")));
	path = plan_path(r->dir, boot);
	there = is_over(r, boot) ? 0 : is_there(m, boot);
	if (!there)
		there = note_vanished(m, r);
	else if (there > 0 && plan_read(plan, path))
		there = note_vanished(m, r);
	if (there > 0) {
		/* Another boot since then is a death of the machine. */
		free(m->facts.boot_id);
		m->facts.boot_id = xstrdup(json_string_value(json_object_get(o, "boot_id")));
		m->again = true;
		there = (int)boot;
	}
	free(path);
	json_decref(o);
	return there;
}
