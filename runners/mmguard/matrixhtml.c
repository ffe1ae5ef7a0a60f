// SPDX-License-Identifier: GPL-2.0-only
/* The matrix as one page without scripts, fonts or links: a table for each area. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 400

static const char style[] =
	"body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:110em;"
	"padding:0 1.5em;color:#1c2530;background:#fff}"
	"h1{font-size:1.5em;margin:0 0 .2em}h2{font-size:1.15em;margin:2em 0 .4em}"
	".bar{display:flex;height:1.4em;border-radius:4px;overflow:hidden;margin:.8em 0}"
	".key span{display:inline-block;margin-right:1.6em}"
	".key b,td.c{display:inline-block;width:1.5em;height:1.5em;line-height:1.5em;"
	"text-align:center;font:600 12px/1.9 ui-monospace,monospace}"
	"td.c{display:table-cell;padding:0;min-width:1.6em;border:1px solid #fff}"
	".wrap{overflow-x:auto}table{border-collapse:collapse}"
	"th.s{height:16em;vertical-align:bottom;padding:0;font-weight:400}"
	"th.s div{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;"
	"font-size:12px;max-height:24em;margin:auto}"
	"th.p{font-size:12px;text-align:left;border-left:2px solid #9aa5b1;padding:0 .3em;"
	"white-space:nowrap;overflow:hidden;max-width:0;text-overflow:ellipsis}"
	"td.f{border-left:2px solid #9aa5b1}"
	"th.b{text-align:left;font-weight:400;white-space:nowrap;padding:0 .8em 0 0}"
	"th.b i{color:#66717d;font-style:normal;margin-right:.5em}"
	"tr:hover th.b{text-decoration:underline}"
	".h0{background:#f1f3f5;color:#9aa5b1}.h1{background:#e3e7eb;color:#66717d}"
	".h2{background:#cfd5db;color:#3d4852}.h3{background:#e2c4f2;color:#4a1466}"
	".h4{background:#f5c84b;color:#4d3800}.h5{background:#e8743b;color:#fff}"
	".h6{background:#1f7a4d;color:#fff}.miss{background:#b3261e;color:#fff}"
	"small{color:#66717d}";

static const char glyphs[HOW_COUNT] = { ' ', '.', '0', '?', 'L', 'C', 'A' };

static const char *const words[HOW_COUNT] = { "not run",
					      "passed: the bug is not noticed here",
					      "fails on the unmodified kernel too",
					      "could not do its set-up",
					      "kernel log or state of the machine",
					      "crash or hang",
					      "assertion" };

static void write_bar(const struct matrix *m, FILE *f)
{
	static const enum how order[] = { HOW_ASSERTION, HOW_CRASH, HOW_LOG, HOW_PASSED };

	fputs("<div class=bar>", f);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t n = matrix_count(m, order[i]);

		if (!n)
			continue;
		if (order[i] == HOW_PASSED)
			fprintf(f, "<div class=miss style=\"flex:%zu\"></div>", n);
		else
			fprintf(f, "<div class=h%d style=\"flex:%zu\"></div>", order[i], n);
	}
	fputs("</div>\n", f);
}

static void write_head(const struct matrix *m, FILE *f)
{
	fprintf(f,
		"<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
		"<meta name=viewport content=\"width=device-width\">"
		"<title>Bugs and scenarios, Linux %s</title><style>%s</style>\n"
		"<h1>Which scenario catches which bug</h1><p>Linux ",
		m->version, style);
	xml_text(f, m->release, TEXT_MAX);
	fprintf(f,
		", one boot for each of %zu bugs put back: <b>%zu</b> caught by an assertion, "
		"<b>%zu</b> by crash or hang, <b>%zu</b> by the kernel log or the state of the "
		"machine, <b>%zu</b> missed.</p>\n",
		m->n, matrix_count(m, HOW_ASSERTION), matrix_count(m, HOW_CRASH),
		matrix_count(m, HOW_LOG), matrix_count(m, HOW_PASSED));
	write_bar(m, f);
	fputs("<p class=key>", f);
	for (int i = HOW_COUNT - 1; i >= 0; i--)
		fprintf(f, "<span><b class=h%d>%c</b> %s</span>", i, glyphs[i], words[i]);
	fputs("<span><b class=miss>!</b> missed by all</span></p>\n", f);
}

/* "area.program" of a scenario's or a program's name; its length. */
static size_t program_length(const char *name)
{
	size_t n = strcspn(name, ".");

	return name[n] ? n + 1 + strcspn(name + n + 1, ".") : n;
}

/* The columns that any bug of the area was run against, programs before their scenarios. */
static void find_columns(const struct matrix *m, const char *area, struct strv *columns)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; j < m->v[i].n && !strcmp(m->v[i].area, area); j++)
			if (!strv_has(columns, m->v[i].v[j].scenario))
				strv_add(columns, m->v[i].v[j].scenario);
	strv_sort(columns);
}

static bool begins_program(const struct strv *columns, size_t i)
{
	size_t n = program_length(columns->v[i]);

	return !i || program_length(columns->v[i - 1]) != n ||
	       strncmp(columns->v[i - 1], columns->v[i], n) != 0;
}

static void write_programs(const struct strv *columns, FILE *f)
{
	fputs("<tr><th>", f);
	for (size_t i = 0, j; i < columns->n; i = j) {
		size_t n = program_length(columns->v[i]), area = strcspn(columns->v[i], ".");

		for (j = i + 1; j < columns->n && !begins_program(columns, j); j++)
			;
		fprintf(f, "<th class=p colspan=%zu title=\"%.*s\">%.*s", j - i, (int)n,
			columns->v[i], (int)(n - area - 1), columns->v[i] + area + 1);
	}
	fputs("\n<tr><th>", f);
	for (size_t i = 0; i < columns->n; i++) {
		size_t n = program_length(columns->v[i]);

		fputs("<th class=s><div>", f);
		xml_text(f, columns->v[i][n] ? columns->v[i] + n + 1 : "(whole program)",
			 TEXT_MAX);
		fputs("</div>", f);
	}
	fputc('\n', f);
}

static void write_cell(const struct matrix_row *r, const char *scenario, bool first, FILE *f)
{
	const struct matrix_cell *c = matrix_cell(r, scenario);
	enum how how = c ? c->how : HOW_NOT_RUN;

	fprintf(f, "<td class=\"c h%d%s\" title=\"", how, first ? " f" : "");
	xml_text(f, scenario, TEXT_MAX);
	fprintf(f, ": %s", words[how]);
	if (c && how_catches(how))
		fprintf(f, " (%u of %u cases): ", c->caught, c->cases);
	else
		fputs(c && *c->reason ? ": " : "", f);
	xml_text(f, c ? c->reason : "", TEXT_MAX);
	fprintf(f, "\">%c", glyphs[how]);
}

static void write_row(const struct matrix_row *r, const struct strv *columns, FILE *f)
{
	fputs("<tr><th class=b title=\"", f);
	xml_text(f, r->breaks, TEXT_MAX);
	fprintf(f, "\"><b class=%s%d>&nbsp;%c&nbsp;</b> <i>%u</i>",
		r->how == HOW_PASSED ? "miss h" : "h", r->how,
		r->how == HOW_PASSED ? '!' : glyphs[r->how], r->number);
	xml_text(f, r->name, TEXT_MAX);
	if (*r->note) {
		fputs(" <small>", f);
		xml_text(f, r->note, 60);
		fputs("</small>", f);
	}
	for (size_t i = 0; i < columns->n; i++)
		write_cell(r, columns->v[i], begins_program(columns, i), f);
	fputc('\n', f);
}

static void write_area(const struct matrix *m, const char *area, FILE *f)
{
	struct strv columns = { 0 };

	find_columns(m, area, &columns);
	fputs("<h2>", f);
	xml_text(f, area, TEXT_MAX);
	fputs("</h2><div class=wrap><table>\n", f);
	write_programs(&columns, f);
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].area, area))
			write_row(&m->v[i], &columns, f);
	fputs("</table></div>\n", f);
	strv_free(&columns);
}

void matrix_html_write(const struct matrix *m, FILE *f)
{
	struct strv areas = { 0 };

	write_head(m, f);
	matrix_sides_html(m, f);
	for (size_t i = 0; i < m->n; i++)
		if (!strv_has(&areas, m->v[i].area))
			strv_add(&areas, m->v[i].area);
	for (size_t i = 0; i < areas.n; i++)
		write_area(m, areas.v[i], f);
	strv_free(&areas);
}
