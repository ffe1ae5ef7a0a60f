// SPDX-License-Identifier: GPL-2.0-only
/* Writing the reports; "mmguard report" and the end of every run do the same. */
#include "report.h"
#include "cli.h"
#include "paths.h"
#include "resume.h"
#include "common/protocol.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *report_machine(const struct report *r)
{
	json_t *machine = json_object_get(r->info, "machine");
	const char *host = json_string_value(json_object_get(machine, "host"));

	return host ?: r->elsewhere ? "a virtual machine" : "this machine";
}

/* json_string() refuses what is no UTF-8; a hostile reason must not lose the result. */
static json_t *json_text(const char *s)
{
	json_t *o = json_string(s);
	char *copy;

	if (o)
		return o;
	copy = xstrdup(s);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	o = json_string(copy);
	free(copy);
	return o;
}

static json_t *json_counts(const unsigned long *counts)
{
	json_t *o = json_object();

	for (int v = 0; v < V_COUNT; v++)
		if (counts[v])
			json_object_set_new(o, verdict_name((enum verdict)v),
					    json_integer((json_int_t)counts[v]));
	return o;
}

static json_t *json_result(const struct program_report *p, const struct result *x)
{
	unsigned long runs = result_runs(p, x);
	json_t *o = json_object();

	json_object_set_new(o, "name", json_text(x->name));
	json_object_set_new(o, "verdict", json_string(verdict_name(x->verdict)));
	json_object_set_new(o, "seconds",
			    x->seconds >= 0 ? json_real(x->seconds) : json_null());
	json_object_set_new(o, "reason", json_text(x->reason));
	if (x->issue)
		json_object_set_new(o, "issue", json_text(x->issue->name));
	if (x->boot > 1)
		json_object_set_new(o, "boot", json_integer(x->boot));
	if (x->round > 1)
		json_object_set_new(o, "round", json_integer((json_int_t)x->round));
	if (runs > 1) {
		json_object_set_new(o, "runs", json_integer((json_int_t)runs));
		json_object_set_new(o, "counts", json_counts(x->n));
	}
	return o;
}

void results_json_write(const struct report *r, FILE *f)
{
	static const char *const copied[] = { "id",	 "time",    "target", "machine",
					      "command", "slow",    "image",  "append",
					      "profile", "shuffle", "shard" };
	json_t *tests = json_array(), *o;

	o = json_pack("{s:i s:o s:i s:s s:o}", "schema", MMG_SCHEMA, "kernel",
		      json_text(r->release), "status", r->status, "status_text",
		      status_words(r->status), "counts", json_counts(r->counts));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(o, copied[i], json_object_get(r->info, copied[i]));
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			json_array_append_new(tests, json_result(&r->v[i], &r->v[i].v[j]));
	if (r->rounds > 1)
		json_object_set_new(o, "rounds", json_integer((json_int_t)r->rounds));
	if (r->facts.ended)
		json_object_set_new(o, "stopped", json_text(r->facts.ended));
	json_object_set_new(o, "tests", tests);
	json_dumpf(o, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(o);
}

/* Make one report in memory, so that a full disk leaves the old file.  The caller frees *text.
 */
static int make_one(const struct report *r, void (*fn)(const struct report *, FILE *),
		    char **text, size_t *len)
{
	FILE *f = open_memstream(text, len);

	if (!f)
		return -errno;
	fn(r, f);
	return fclose(f) ? -errno : 0;
}

static int write_one(const struct report *r, const char *name,
		     void (*fn)(const struct report *, FILE *))
{
	char *path = xasprintf("%s/%s", r->dir, name), *text = NULL;
	size_t len = 0;
	int err = make_one(r, fn, &text, &len);

	if (!err)
		err = file_write(path, text, len);
	free(text);
	free(path);
	return err;
}

/* Where one has no room, the others have none: that is told once. */
static int write_all(const struct report *r)
{
	static const struct {
		const char *name;
		void (*fn)(const struct report *, FILE *);
	} all[] = { { "results.json", results_json_write },
		    { "junit.xml", junit_write },
		    { "report.html", html_write },
		    { "summary.txt", summary_write } };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		err = write_one(r, all[i].name, all[i].fn);
	return err;
}

int report_make(const char *dir, const char *configs, bool print)
{
	struct report r;
	int status = MMG_EXIT_RUNNER, err;

	if (!report_collect(&r, dir, configs) && !report_judge(&r)) {
		err = write_all(&r);
		if (!err)
			status = r.status;
		/* A full disk keeps nobody from reading what there is. */
		if (print)
			summary_write(&r, stdout);
		if (fflush(stdout) || ferror(stdout))
			mg_error("cannot print the summary: %s", strerror(errno));
	}
	report_free(&r);
	return status;
}

int cmd_report(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct paths paths = { 0 };
	char *dir;
	int o, rc = MMG_EXIT_RUNNER;

	argv[0] = "mmguard"; /* how getopt_long() calls us */
	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o != 'h')
			return MMG_EXIT_USAGE;
		puts("usage: mmguard report RUN     RUN is a run's directory, or its name "
		     "below results/");
		return MMG_EXIT_OK;
	}
	if (argc - optind != 1) {
		mg_error("report takes one run");
		return MMG_EXIT_USAGE;
	}
	dir = resume_find_dir(argv[optind], NULL);
	if (dir && !paths_find(&paths))
		rc = report_make(dir, paths.configs, true);
	paths_free(&paths);
	free(dir);
	return rc;
}
