// SPDX-License-Identifier: GPL-2.0-only
/* report.html: one run on one page, without scripts, fonts or links to elsewhere. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Longest reason shown, bytes; the whole one is in results.json. */
#define REASON_MAX 600
#define SLOWEST	   10

static const char style[] =
	"body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;"
	"padding:0 1.5em;color:#1c2530;background:#fff}"
	"h1{font-size:1.5em;margin:0 0 .2em}h2{font-size:1.15em;margin:2em 0 .4em}"
	"table{border-collapse:collapse}th{text-align:left;font-weight:600}"
	"td,th{padding:.2em 1em .2em 0;vertical-align:top;border-bottom:1px solid #e3e7eb}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	"td.w{overflow-wrap:anywhere}td.v{font-weight:600}small{color:#66717d}"
	".ok{color:#1f7a4d}.bad{color:#b3261e}";

static void text(FILE *f, const char *before, const char *s, const char *after)
{
	fputs(before, f);
	xml_text(f, s, REASON_MAX);
	fputs(after, f);
}

static void write_head(const struct report *r, FILE *f)
{
	const char *id = json_string_value(json_object_get(r->info, "id"));

	fprintf(f,
		"<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
		"<meta name=viewport content=\"width=device-width\"><style>%s</style>\n",
		style);
	text(f, "<title>mmguard run ", id ? id : "", "</title>\n");
	text(f, "<h1>mmguard run ", id ? id : "", "</h1>\n");
	text(f, "<p>Linux ", r->release, " on ");
	text(f, "", report_machine(r), "; ");
	fprintf(f, "%lu round%s, %.0f s. <b class=%s>%s</b> (exit status %d)</p>\n", r->rounds,
		r->rounds > 1 ? "s" : "", r->facts.end - r->facts.begin,
		r->status ? "bad" : "ok", status_words(r->status), r->status);
}

static void write_fact(FILE *f, const char *what, const char *fact)
{
	if (!fact)
		return;
	fprintf(f, "<p class=bad>%s: ", what);
	text(f, "", fact, "</p>\n");
}

static void write_facts(const struct report *r, FILE *f)
{
	for (size_t b = 1; b <= BOOTS_MAX; b++) {
		char *what = xasprintf("boot %zu was lost", b);

		write_fact(f, what, r->facts.lost[b]);
		free(what);
	}
	write_fact(f, "gave up", r->facts.gave_up);
	write_fact(f, "stopped", r->facts.ended);
	write_fact(f, "the runner failed", r->facts.runner);
	write_fact(f, "interrupted", r->facts.interrupted);
}

/* The columns of the table of areas: verdicts that were given. */
static void write_area(const struct report *r, const char *area, size_t len, FILE *f)
{
	unsigned long counts[V_COUNT] = { 0 };

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < r->v[i].n; j++)
			if (!strncmp(r->v[i].name, area, len) && r->v[i].name[len] == '.')
				counts[r->v[i].v[j].verdict]++;
	fprintf(f, "<tr><td>%.*s", (int)len, area);
	for (int v = V_COUNT - 1; v >= 0; v--)
		if (r->counts[v] && counts[v])
			fprintf(f, "<td class=n>%lu", counts[v]);
		else if (r->counts[v])
			fputs("<td class=n>", f);
	fputc('\n', f);
}

static bool seen_before(const struct report *r, size_t i, size_t len)
{
	for (size_t k = 0; k < i; k++)
		if (!strncmp(r->v[k].name, r->v[i].name, len + 1))
			return true;
	return false;
}

static void write_areas(const struct report *r, FILE *f)
{
	fputs("<h2>Areas</h2>\n<table><tr><th>area", f);
	for (int v = V_COUNT - 1; v >= 0; v--)
		if (r->counts[v])
			fprintf(f, "<th class=n>%s", verdict_name((enum verdict)v));
	fputc('\n', f);
	for (size_t i = 0; i < r->n; i++) {
		size_t len = strcspn(r->v[i].name, ".");

		if (!seen_before(r, i, len))
			write_area(r, r->v[i].name, len, f);
	}
	fputs("<tr><th>all", f);
	for (int v = V_COUNT - 1; v >= 0; v--)
		if (r->counts[v])
			fprintf(f, "<th class=n>%lu", r->counts[v]);
	fputs("</table>\n", f);
}

/* Directories have names that need no escape in a link. */
static void write_result(FILE *f, const struct program_report *p, const struct result *x)
{
	char *dir = result_dir(p, x), *tally = result_tally(p, x);

	fprintf(f, "<tr><td class=\"v %s\">%s<td class=w><a href=\"%s/\">",
		verdict_expected(x->verdict) ? "ok" : "bad", verdict_name(x->verdict), dir);
	text(f, "", x->name, "</a>");
	text(f, *tally ? "<br><b>" : "<br>", tally, *tally ? "</b>, " : "");
	text(f, "", x->reason, "\n");
	if (x->boot > 1)
		fprintf(f, "<small>(files of boot %u)</small>", x->boot);
	free(tally);
	free(dir);
}

/* All of the chosen verdicts, the worst first. */
static void write_results(const struct report *r, FILE *f, const char *title,
			  bool (*chosen)(enum verdict))
{
	bool any = false;

	for (int v = V_COUNT - 1; v >= 0; v--) {
		if (!r->counts[v] || !chosen((enum verdict)v))
			continue;
		if (!any)
			fprintf(f, "<h2>%s</h2>\n<table>\n", title);
		any = true;
		for (size_t i = 0; i < r->n; i++)
			for (size_t j = 0; j < r->v[i].n; j++)
				if (r->v[i].v[j].verdict == (enum verdict)v)
					write_result(f, &r->v[i], &r->v[i].v[j]);
	}
	if (any)
		fputs("</table>\n", f);
}

static bool is_unexpected(enum verdict v)
{
	return !verdict_expected(v);
}

static bool is_known(enum verdict v)
{
	return v == V_XFAIL || v == V_XPASS;
}

static void write_reasons(const struct report *r, FILE *f, enum verdict v, const char *title)
{
	struct reason_group *g;
	size_t n = report_reasons(r, v, &g);

	if (n)
		fprintf(f, "<h2>%s</h2>\n<table>\n", title);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "<tr><td class=n>%zu<td class=w>", g[i].n);
		text(f, "", g[i].reason, "\n");
	}
	if (n)
		fputs("</table>\n", f);
	free(g);
}

static int slowest_first(const void *a, const void *b)
{
	const struct program_report *const *x = a, *const *y = b;

	return (*x)->seconds < (*y)->seconds ? 1 : (*x)->seconds > (*y)->seconds ? -1 : 0;
}

static void write_slowest(const struct report *r, FILE *f)
{
	const struct program_report **p = xcalloc(r->n, sizeof(*p));

	for (size_t i = 0; i < r->n; i++)
		p[i] = &r->v[i];
	qsort(p, r->n, sizeof(*p), slowest_first);
	fputs("<h2>Slowest programs</h2>\n<table>\n", f);
	for (size_t i = 0; i < r->n && i < SLOWEST && p[i]->seconds > 0; i++) {
		fprintf(f, "<tr><td class=n>%.1f s<td>", p[i]->seconds);
		text(f, "", p[i]->name, "\n");
	}
	fputs("</table>\n", f);
	free(p);
}

void html_write(const struct report *r, FILE *f)
{
	write_head(r, f);
	write_facts(r, f);
	write_results(r, f, "Unexpected", is_unexpected);
	write_areas(r, f);
	write_results(r, f, "Known issues", is_known);
	write_reasons(r, f, V_HELD, "Held back, since they would harm the machine");
	write_reasons(r, f, V_SKIP, "Skipped");
	write_slowest(r, f);
}
