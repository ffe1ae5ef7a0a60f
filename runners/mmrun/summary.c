/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines for a human, and the exit status. Both come from the files that were
 * written, by the function that makes all reports.
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mmrun.h"

struct tally {
	unsigned long n[V_COUNT];
	enum verdict worst;
	char *text; /* lines about what somebody has to look at */
	size_t len;
	FILE *f;
};

static void on_result(const struct case_result *c, void *arg)
{
	struct tally *t = arg;
	char name[1024], reason[4096];

	t->n[c->verdict]++;
	t->worst = verdict_worst(t->worst, c->verdict);
	if (verdict_quiet(c->verdict) || !t->f)
		return;
	snprintf(name, sizeof(name), "%s", c->name ? c->name : "(program)");
	text_printable(name);
	snprintf(reason, sizeof(reason), "%s", c->reason);
	text_printable(reason);
	fprintf(t->f, "    %-8s%s%s%s\n", verdict_name(c->verdict), name, reason[0] ? ": " : "",
		reason);
}

static void print_counts(const unsigned long *n)
{
	for (int v = V_COUNT - 1; v >= 0; v--)
		if (n[v])
			printf(" %lu %s", n[v], verdict_name((enum verdict)v));
}

static void print_job(const struct job *job, const struct program_end *end,
		      const struct tally *t)
{
	printf("%-8s%-40s%8.2f s ", verdict_name(t->worst), job->name, end->seconds);
	print_counts(t->n);
	printf("\n%s", t->text ? t->text : "");
	fflush(stdout);
}

/* Removes the files of a program, and @dir they are in, which nobody asked for. */
static void clean_up(const struct runner *r, const struct job *job, char *dir)
{
	static const char *const files[] = { MMG_STDOUT,       MMG_STDERR,	MMG_KMSG,
					     MMG_STATE_BEFORE, MMG_STATE_AFTER, MMG_STUCK,
					     MMG_GIVEN_BACK };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct sink_file f;

		sink_name(&r->sink, &f, job->name, files[i]);
		unlinkat(r->sink.dir, f.path, 0);
	}
	rmdir(dir);
	rmdir(dirname(dir));
}

void summary_job(struct runner *r, const struct job *job, const struct program_end *end)
{
	struct program_query q = { .program = job->name,
				   .boot = r->opt.boot,
				   .allow = r->allow,
				   .slow = r->opt.slow };
	struct tally t = { .worst = V_HELD };
	char tests[32], dir[64 + 300];
	int n;

	if (r->sink.dir < 0)
		return;
	q.cases = (const char *const *)job->cases;
	q.ncases = job->ncases;
	q.foreign = job->cwd != NULL;
	snprintf(dir, sizeof(dir), "/proc/self/fd/%d/%s/%.255s", r->sink.dir,
		 round_dir(r->sink.round, tests, sizeof(tests)), job->name);
	t.f = open_memstream(&t.text, &t.len);
	n = program_results(dir, &q, end, on_result, &t);
	if (t.f)
		fclose(t.f);
	for (int v = 0; v < V_COUNT; v++)
		r->counts[v] += t.n[v];
	if (n <= 0 || !verdict_expected(t.worst))
		r->worst = MMG_EXIT_UNEXPECTED;
	if (!r->quiet)
		print_job(job, end, &t);
	free(t.text);
	if (r->tmp)
		clean_up(r, job, dir);
}

void summary_end(const struct runner *r)
{
	if (r->quiet)
		return;
	printf("total");
	print_counts(r->counts);
	printf("%s\n", r->interrupted ? " (interrupted)" : "");
	fflush(stdout);
}
