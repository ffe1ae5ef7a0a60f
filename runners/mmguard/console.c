// SPDX-License-Identifier: GPL-2.0-only
/* The console is text of a broken kernel: any bytes, any length. */
#include "console.h"
#include "common/klog.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes at the end of a console that are looked at, and lines that belong to one death. */
#define LOOK_MAX    (1u << 20)
#define DEATH_LINES 300
#define LINE_MAX_   200

char *console_read(const char *path, size_t offset)
{
	struct stat st;
	size_t len = 0, size = stat(path, &st) ? 0 : (size_t)st.st_size;
	size_t want = size > offset ? size - offset : 0;
	char *s = want ? file_read_tail(path, want < LOOK_MAX ? want : LOOK_MAX, &len) : NULL;

	if (!s)
		return xstrdup("");
	for (size_t i = 0; i < len; i++)
		if (s[i] != '\n' && (s[i] < ' ' || s[i] == 0x7f))
			s[i] = s[i] == '\r' || s[i] == '\t' ? ' ' : '?';
	return s;
}

static bool is_death(enum klog_kind k)
{
	return k == KLOG_BUG || k == KLOG_OOPS || k == KLOG_KASAN || k == KLOG_LIST;
}

struct search {
	char *panic, *complaint, *last;
	struct klog_hit first; /* which the complaint is of */
	bool named;	       /* with its function */
	size_t complaint_at, line;
};

static void keep(char **where, const char *s)
{
	free(*where);
	*where = xasprintf("%.*s", LINE_MAX_, s);
}

static void look_at(struct search *x, const char *line)
{
	struct klog_hit hit;
	enum klog_kind kind = klog_classify(line, &hit);

	x->line++;
	if (*line)
		keep(&x->last, line);
	if (kind == KLOG_PANIC) {
		keep(&x->panic, hit.title);
	} else if (is_death(kind) && !x->panic) {
		/* The first of a chain of complaints is the cause of the others. */
		if (!x->complaint || x->line - x->complaint_at > DEATH_LINES) {
			keep(&x->complaint, hit.title);
			x->complaint_at = x->line;
			x->first = hit;
			x->named = false;
		}
	} else if (kind == KLOG_NONE && x->complaint && !x->named &&
		   x->line - x->complaint_at <= KLOG_WHERE_LINES &&
		   klog_where(line, &x->first)) {
		x->named = true;
		keep(&x->complaint, x->first.title);
	}
}

char *console_cause(const char *text)
{
	char *copy = xstrdup(text), *save = copy, *line, *cause;
	struct search x = { 0 };

	while ((line = strsep(&save, "\n")))
		look_at(&x, strip(line));
	if (x.panic && x.complaint && x.line - x.complaint_at <= 2 * DEATH_LINES)
		cause = xasprintf("%s; %s", x.complaint, x.panic);
	else if (x.panic || x.complaint)
		cause = xstrdup(x.panic ? x.panic : x.complaint);
	else if (x.last)
		cause = xasprintf("the last line of its console: %s", x.last);
	else
		cause = xstrdup("its console is empty");
	free(x.panic);
	free(x.complaint);
	free(x.last);
	free(copy);
	return cause;
}

char *console_tail(const char *text, size_t lines)
{
	struct strv all = { 0 };
	char *out = xstrdup("");

	strv_split(&all, text, "\n");
	for (size_t i = all.n > lines ? all.n - lines : 0; i < all.n; i++) {
		char *longer = xasprintf("%s  | %.*s\n", out, LINE_MAX_, all.v[i]);

		free(out);
		out = longer;
	}
	strv_free(&all);
	return out;
}
