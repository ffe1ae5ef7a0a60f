// SPDX-License-Identifier: GPL-2.0-only
/* summary.txt: first what somebody has to look at, then the rest in numbers. */
#include "progress.h"
#include "common/protocol.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Longest reason printed; the whole one is in results.json. */
#define REASON_MAX 300

static void print_reason(FILE *f, const char *indent, const char *reason)
{
	char *copy = xstrdup(reason);

	make_printable(copy);
	if (*copy)
		fprintf(f, "%s%.*s%s\n", indent, REASON_MAX, copy,
			strlen(copy) > REASON_MAX ? "..." : "");
	free(copy);
}

static void print_name(FILE *f, const struct result *x)
{
	fprintf(f, "  %-8s %s", verdict_name(x->verdict), x->name);
	if (x->seconds >= 0)
		fprintf(f, "  %.1f s", x->seconds);
	fputc('\n', f);
}

static void print_files(FILE *f, const struct report *r, const struct program_report *p,
			const struct result *x)
{
	if (x->boot > 1)
		fprintf(f, "           see %s/tests/%s/*.%u\n", r->dir, p->name, x->boot);
	else
		fprintf(f, "           see %s/tests/%s/\n", r->dir, p->name);
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
			print_name(f, x);
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
			print_name(f, &r->v[i].v[j]);
			print_reason(f, "           ", r->v[i].v[j].reason);
		}
	}
	fputc('\n', f);
}

struct group {
	const char *reason;
	size_t n;
};

static int by_count(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->reason, y->reason);
}

static void count_reason(struct group **g, size_t *n, const char *reason)
{
	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*g)[i].reason, reason)) {
			(*g)[i].n++;
			return;
		}
	}
	*g = xrealloc(*g, (*n + 1) * sizeof(**g));
	(*g)[(*n)++] = (struct group){ reason, 1 };
}

/* Hundreds of cases share a few reasons. */
static void print_grouped(const struct report *r, FILE *f, enum verdict v, const char *title)
{
	struct group *g = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (r->v[i].v[j].verdict == v)
				count_reason(&g, &n, r->v[i].v[j].reason);
	if (n) {
		qsort(g, n, sizeof(*g), by_count);
		fprintf(f, "%s\n", title);
	}
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "  %5zu  ", g[i].n);
		print_reason(f, "", *g[i].reason ? g[i].reason : "(no reason given)");
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
	const char *host = json_string_value(json_object_get(m, "host"));

	fprintf(f, "mmguard run %s\n", id ? id : r->dir);
	fprintf(f, "Linux %s on %s, %s, %d CPUs, %d MiB, slow factor %.1f\n\n", r->release,
		host	       ? host
		: r->elsewhere ? "a virtual machine"
			       : "this machine",
		arch ? arch : "?", (int)json_integer_value(json_object_get(m, "cpus")),
		(int)json_integer_value(json_object_get(m, "memory_mib")), r->slow);
}

static void print_boots(const struct report *r, FILE *f)
{
	for (unsigned int b = 1; b <= BOOTS_MAX; b++)
		if (r->facts.lost[b])
			fprintf(f, "boot %u was lost: %.300s\n", b, r->facts.lost[b]);
		else if (b < r->last && r->facts.stopped[b])
			fprintf(f, "boot %u was stopped: %.300s\n", b, r->facts.stopped[b]);
	if (r->facts.gave_up)
		fprintf(f, "gave up: %s\n", r->facts.gave_up);
	if (r->facts.runner)
		fprintf(f, "the runner failed: %s\n", r->facts.runner);
	if (r->facts.interrupted)
		fprintf(f, "interrupted: %s\n", r->facts.interrupted);
}

static void print_totals(const struct report *r, FILE *f)
{
	size_t total = 0;

	for (int v = 0; v < V_COUNT; v++) {
		if (r->counts[v])
			fprintf(f, "%s%zu %s", total ? ", " : "", r->counts[v],
				verdict_name((enum verdict)v));
		total += r->counts[v];
	}
	fprintf(f, "%s%zu results of %zu programs in %.0f s\n", total ? "; " : "", total, r->n,
		r->facts.end - r->facts.begin);
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
