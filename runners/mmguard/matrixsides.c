// SPDX-License-Identifier: GPL-2.0-only
/* Our suite and another one side by side: one line for each bug. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 300

static const enum how order[] = { HOW_ASSERTION, HOW_CRASH, HOW_LOG, HOW_PASSED, HOW_NOT_RUN };
#define ORDER (sizeof(order) / sizeof(order[0]))

/* The programs that catch the bug as well as it is caught, with blanks between; the caller
 * frees. */
static char *catchers(const struct matrix_peer *p)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < p->n && how_catches(p->how); i++) {
		char *longer;

		if (p->v[i].how != p->how)
			continue;
		longer = xasprintf("%s%s%s", all, *all ? " " : "", p->v[i].scenario);
		free(all);
		all = longer;
	}
	return all;
}

static size_t caught(const struct matrix *m, bool peer)
{
	return peer ? matrix_count_peer(m, HOW_ASSERTION) + matrix_count_peer(m, HOW_CRASH) +
			       matrix_count_peer(m, HOW_LOG)
		    : matrix_count(m, HOW_ASSERTION) + matrix_count(m, HOW_CRASH) +
			       matrix_count(m, HOW_LOG);
}

static void write_total(const struct matrix *m, const char *who, bool peer, FILE *f)
{
	fprintf(f, "  %-5s %2zu caught:", who, caught(m, peer));
	for (size_t i = 0; i < ORDER; i++) {
		size_t n = peer ? matrix_count_peer(m, order[i]) : matrix_count(m, order[i]);

		if (n)
			fprintf(f, " %zu %s", n, how_name(order[i]));
	}
	fputc('\n', f);
}

void matrix_sides_text(const struct matrix *m, FILE *f)
{
	if (!matrix_has_peer(m))
		return;
	fputs("\nside by side\n  bug  name                       ours       peer       by\n",
	      f);
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_row *r = &m->v[i];
		char *by = r->peer ? catchers(r->peer) : xstrdup("");

		fprintf(f, "%5u  %-26s %-10s %-10s %s\n", r->number, r->name, how_name(r->how),
			how_name(r->peer ? r->peer->how : HOW_NOT_RUN), by);
		free(by);
	}
	write_total(m, "ours", false, f);
	write_total(m, "peer", true, f);
}

static void write_verdict(enum how how, FILE *f)
{
	fprintf(f, "<td class=\"%s%d\">&nbsp;%s&nbsp;", how == HOW_PASSED ? "miss h" : "h", how,
		how_name(how));
}

static void write_peer_cells(const struct matrix_peer *p, FILE *f)
{
	fputs("<td>", f);
	for (size_t i = 0; i < p->n; i++) {
		if (!how_catches(p->v[i].how))
			continue;
		fprintf(f, "<b class=h%d title=\"", p->v[i].how);
		xml_text(f, p->v[i].reason, TEXT_MAX);
		fputs("\">&nbsp;", f);
		xml_text(f, p->v[i].scenario, TEXT_MAX);
		fputs("&nbsp;</b> ", f);
	}
}

void matrix_sides_html(const struct matrix *m, FILE *f)
{
	if (!matrix_has_peer(m))
		return;
	fprintf(f,
		"<h2>Side by side</h2><p>Of %zu bugs this suite catches <b>%zu</b>, the other "
		"one <b>%zu</b>.</p><div class=wrap><table>\n<tr><th class=b>bug<th>ours"
		"<th>peer<th class=b>programs of the peer that notice it\n",
		m->n, caught(m, false), caught(m, true));
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_row *r = &m->v[i];

		fputs("<tr><th class=b title=\"", f);
		xml_text(f, r->breaks, TEXT_MAX);
		fprintf(f, "\"><i>%u</i>", r->number);
		xml_text(f, r->name, TEXT_MAX);
		write_verdict(r->how, f);
		write_verdict(r->peer ? r->peer->how : HOW_NOT_RUN, f);
		if (r->peer)
			write_peer_cells(r->peer, f);
		fputc('\n', f);
	}
	fputs("</table></div>\n", f);
}
