// SPDX-License-Identifier: GPL-2.0-only
/* junit.xml: one testsuite for each program. */
#include "common/protocol.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Longest excerpts, bytes. */
#define REASON_MAX 4096
#define LOG_MAX	   16384

/* Bytes of the UTF-8 sequence at @s that XML 1.0 allows, 0 when it forbids it or it is none. */
static size_t xml_char(const unsigned char *s)
{
	unsigned int c = s[0], n, min;

	if (c < 0x80)
		return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
	if (c >= 0xc2 && c <= 0xdf) {
		n = 2, min = 0x80, c &= 0x1f;
	} else if (c >= 0xe0 && c <= 0xef) {
		n = 3, min = 0x800, c &= 0x0f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		n = 4, min = 0x10000, c &= 0x07;
	} else {
		return 0;
	}
	for (unsigned int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe ||
	    c == 0xffff)
		return 0;
	return n;
}

void xml_text(FILE *f, const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t done = 0; done < max && p[done];) {
		size_t n = xml_char(p + done);

		if (p[done] == '<')
			fputs("&lt;", f);
		else if (p[done] == '>')
			fputs("&gt;", f);
		else if (p[done] == '&')
			fputs("&amp;", f);
		else if (p[done] == '"')
			fputs("&quot;", f);
		else if (!n)
			fputs("\xef\xbf\xbd", f);
		else
			fwrite(p + done, 1, n, f);
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
	char *message;

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
	message = xasprintf("%s: %s", verdict_name(x->verdict), x->reason);
	fprintf(f, ">\n      <%s", e);
	attribute(f, "message", message);
	if (strcmp(e, "skipped"))
		attribute(f, "type", verdict_name(x->verdict));
	fputs("/>\n    </testcase>\n", f);
	free(message);
}

/* NULs would end the text early; they are no XML either. */
static char *read_log(const struct report *r, const struct program_report *p, const char *file)
{
	unsigned int boot = 1;
	char *path, *s;
	size_t len = 0;

	for (size_t i = 0; i < p->n; i++)
		boot = p->v[i].boot > boot ? p->v[i].boot : boot;
	path = boot > 1 ? xasprintf("%s/%s/%s/%s.%u", r->dir, MMG_TESTS, p->name, file, boot)
			: xasprintf("%s/%s/%s/%s", r->dir, MMG_TESTS, p->name, file);
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
