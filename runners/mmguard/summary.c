// SPDX-License-Identifier: GPL-2.0-only
/* summary.txt: first what somebody has to look at, then the rest in numbers. */
#include "common/text.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Longest reason printed; the whole one is in results.json. */
#define REASON_MAX 300

/* What is printed here may come from a test or from a dying kernel. */
static void print_text(FILE *f, const char *text)
{
	char *copy = xstrdup(text);

	if (strlen(copy) > REASON_MAX)
		strcpy(copy + REASON_MAX - 3, "...");
	text_printable(copy);
	fputs(copy, f);
	free(copy);
}

static void print_line(FILE *f, const char *before, const char *text)
{
	fputs(before, f);
	print_text(f, text);
	fputc('\n', f);
}

static void print_reason(FILE *f, const char *indent, const char *reason)
{
	if (*reason)
		print_line(f, indent, reason);
}

static void print_name(FILE *f, const struct program_report *p, const struct result *x)
{
	char *tally = result_tally(p, x);

	fprintf(f, "  %-8s ", verdict_name(x->verdict));
	print_text(f, x->name);
	if (x->seconds >= 0)
		fprintf(f, "  %.1f s", x->seconds);
	fprintf(f, "%s%s\n", *tally ? "  " : "", tally);
	free(tally);
}

static void print_files(FILE *f, const struct report *r, const struct program_report *p,
			const struct result *x)
{
	char *below = result_dir(p, x);
	char *path = x->boot > 1 ? xasprintf("%s/%s/*.%u", r->dir, below, x->boot)
				 : xasprintf("%s/%s/", r->dir, below);

	print_line(f, "           see ", path);
	free(path);
	free(below);
}

static void print_failed(const struct report *r, FILE *f)
{
	const char *title = "FAILED\n";

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->v[i].n; j++) {
			const struct result *x = &r->v[i].v[j];

			if (verdict_expected(x->verdict) || x->verdict == V_MISSING)
				continue;
			fputs(title, f);
			title = "";
			print_name(f, &r->v[i], x);
			print_reason(f, "           ", x->reason);
			print_files(f, r, &r->v[i], x);
		}
	}
	if (!*title)
		fputc('\n', f);
}

static void print_all_of(const struct report *r, FILE *f, enum verdict v, const char *title)
{
	if (!r->counts[v])
		return;
	fprintf(f, "%s\n", title);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->v[i].n; j++) {
			if (r->v[i].v[j].verdict != v)
				continue;
			print_name(f, &r->v[i], &r->v[i].v[j]);
			print_reason(f, "           ", r->v[i].v[j].reason);
		}
	}
	fputc('\n', f);
}

/* Hundreds of cases share a few reasons. */
static void print_grouped(const struct report *r, FILE *f, enum verdict v, const char *title)
{
	struct reason_group *g;
	size_t n = report_reasons(r, v, &g);

	if (n)
		fprintf(f, "%s\n", title);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "  %5zu  ", g[i].n);
		print_line(f, "", g[i].reason);
	}
	if (n)
		fputc('\n', f);
	free(g);
}

static void print_header(const struct report *r, FILE *f)
{
	json_t *m = json_object_get(r->info, "machine");
	const char *id = json_string_value(json_object_get(r->info, "id"));
	const char *arch = json_string_value(json_object_get(m, "arch"));

	print_line(f, "mmguard run ", id ? id : r->dir);
	fputs("Linux ", f);
	print_text(f, r->release);
	fputs(" on ", f);
	print_text(f, report_machine(r));
	fprintf(f, ", %.20s, %d CPUs, %d MiB, slow factor %.1f\n\n", arch ? arch : "?",
		(int)json_integer_value(json_object_get(m, "cpus")),
		(int)json_integer_value(json_object_get(m, "memory_mib")), r->slow);
}

static void print_fact(FILE *f, const char *before, const char *fact)
{
	if (fact)
		print_line(f, before, fact);
}

static void print_boots(const struct report *r, FILE *f)
{
	for (unsigned int b = 1; b <= BOOTS_MAX; b++) {
		char *before =
			xasprintf("boot %u was %s: ", b, r->facts.lost[b] ? "lost" : "stopped");

		if (r->facts.lost[b] || b < r->last)
			print_fact(f, before, r->facts.lost[b] ?: r->facts.stopped[b]);
		free(before);
	}
	print_fact(f, "gave up: ", r->facts.gave_up);
	print_fact(f, "stopped: ", r->facts.ended);
	print_fact(f, "the runner failed: ", r->facts.runner);
	print_fact(f, "interrupted: ", r->facts.interrupted);
}

static void print_totals(const struct report *r, FILE *f)
{
	size_t total = 0;

	for (int v = 0; v < V_COUNT; v++) {
		if (r->counts[v])
			fprintf(f, "%s%lu %s", total ? ", " : "", r->counts[v],
				verdict_name((enum verdict)v));
		total += r->counts[v];
	}
	fprintf(f, "%s%zu results of %zu programs in ", total ? "; " : "", total, r->n);
	if (r->rounds > 1)
		fprintf(f, "%lu rounds and ", r->rounds);
	fprintf(f, "%.0f s\n", r->facts.end - r->facts.begin);
}

void summary_write(const struct report *r, FILE *f)
{
	print_header(r, f);
	print_failed(r, f);
	print_grouped(r, f, V_MISSING, "MISSING");
	print_all_of(r, f, V_XPASS, "KNOWN ISSUES THAT SEEM GONE");
	print_all_of(r, f, V_XFAIL, "KNOWN ISSUES SEEN");
	print_grouped(r, f, V_HELD, "HELD (--allow-harm runs them)");
	print_grouped(r, f, V_SKIP, "SKIPPED");
	print_boots(r, f);
	print_totals(r, f);
	fprintf(f, "verdict: %s (exit status %d)\n", status_words(r->status), r->status);
}
