// SPDX-License-Identifier: GPL-2.0-only
/* junit.xml: one testsuite for each program. */
#include "common/protocol.h"
#include "common/text.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Longest excerpts, bytes. */
#define REASON_MAX 4096
#define LOG_MAX	   16384

void xml_text(FILE *f, const char *s, size_t max)
{
	for (size_t done = 0; done < max && s[done];) {
		size_t n = text_char(s + done);

		if (s[done] == '<')
			fputs("&lt;", f);
		else if (s[done] == '>')
			fputs("&gt;", f);
		else if (s[done] == '&')
			fputs("&amp;", f);
		else if (s[done] == '"')
			fputs("&quot;", f);
		else if (!n)
			fputs("\xef\xbf\xbd", f);
		else
			fwrite(s + done, 1, n, f);
		done += n ? n : 1;
	}
}

static void attribute(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	xml_text(f, value, REASON_MAX);
	fputc('"', f);
}

/* failure: the kernel's fault; error: nothing can be said about the kernel. */
static const char *element(enum verdict v)
{
	switch (v) {
	case V_PASS:
	case V_XPASS:
		return NULL;
	case V_SKIP:
	case V_HELD:
	case V_XFAIL:
		return "skipped";
	case V_BROKEN:
	case V_MISSING:
		return "error";
	default:
		return "failure";
	}
}

static size_t count_element(const struct program_report *p, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const char *e = element(p->v[i].verdict);

		n += e && !strcmp(e, name);
	}
	return n;
}

static void write_case(FILE *f, const struct program_report *p, const struct result *x)
{
	const char *e = element(x->verdict), *name = x->name;
	char *message, *tally;

	if (!x->whole && strlen(name) > strlen(p->name))
		name += strlen(p->name) + 1;
	fputs("    <testcase", f);
	attribute(f, "classname", p->name);
	attribute(f, "name", name);
	fprintf(f, " time=\"%.3f\"", x->seconds > 0 ? x->seconds : 0);
	if (!e) {
		fputs("/>\n", f);
		return;
	}
	tally = result_tally(p, x);
	message = xasprintf("%s%s%s: %s", verdict_name(x->verdict), *tally ? ", " : "", tally,
			    x->reason);
	free(tally);
	fprintf(f, ">\n      <%s", e);
	attribute(f, "message", message);
	if (strcmp(e, "skipped"))
		attribute(f, "type", verdict_name(x->verdict));
	fputs("/>\n    </testcase>\n", f);
	free(message);
}

/* The result whose log says most: of the worst, the one of the last boot. */
static const struct result *telling(const struct program_report *p)
{
	const struct result *best = &p->v[0];

	for (size_t i = 1; i < p->n; i++)
		if (p->v[i].verdict > best->verdict ||
		    (p->v[i].verdict == best->verdict && p->v[i].boot > best->boot))
			best = &p->v[i];
	return best;
}

/* NULs would end the text early; they are no XML either. */
static char *read_log(const struct report *r, const struct program_report *p, const char *file)
{
	const struct result *x = telling(p);
	char *dir = result_dir(p, x), *path, *s;
	size_t len = 0;

	path = x->boot > 1 ? xasprintf("%s/%s/%s.%u", r->dir, dir, file, x->boot)
			   : xasprintf("%s/%s/%s", r->dir, dir, file);
	free(dir);
	s = file_read_tail(path, LOG_MAX, &len);
	for (size_t i = 0; s && i < len; i++)
		if (!s[i])
			s[i] = '\1';
	free(path);
	return s;
}

static void write_log(FILE *f, const struct report *r, const struct program_report *p,
		      const char *file, const char *tag)
{
	char *s = read_log(r, p, file);

	if (s && *s) {
		fprintf(f, "    <%s>", tag);
		xml_text(f, s, LOG_MAX);
		fprintf(f, "</%s>\n", tag);
	}
	free(s);
}

static void write_suite(FILE *f, const struct report *r, const struct program_report *p)
{
	if (!p->n)
		return;
	fputs("  <testsuite", f);
	attribute(f, "name", p->name);
	fprintf(f,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
		"time=\"%.3f\">\n",
		p->n, count_element(p, "failure"), count_element(p, "error"),
		count_element(p, "skipped"), p->seconds);
	for (size_t i = 0; i < p->n; i++)
		write_case(f, p, &p->v[i]);
	write_log(f, r, p, MMG_STDOUT, "system-out");
	write_log(f, r, p, MMG_STDERR, "system-err");
	fputs("  </testsuite>\n", f);
}

void junit_write(const struct report *r, FILE *f)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mmguard\">\n", f);
	for (size_t i = 0; i < r->n; i++)
		write_suite(f, r, &r->v[i]);
	fputs("</testsuites>\n", f);
}
