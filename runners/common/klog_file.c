/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The allow-list of kernel complaints, and the scan of a kernel log file.
 */
#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "klog.h"
#include "protocol.h"

struct rule {
	char *glob; /* start of the allocation; reason points into it */
	char *reason;
	regex_t regex;
};

struct klog_allow {
	struct rule *rules;
	size_t n;
};

/* Adds one line; NULL, or what is wrong with it. */
static const char *add_rule(struct klog_allow *a, const char *line)
{
	struct rule r = { .glob = strdup(line) };
	struct rule *more = reallocarray(a->rules, a->n + 1, sizeof(r));
	char *regex = r.glob ? strchr(r.glob, '\t') : NULL;
	const char *wrong = "no memory";

	if (more)
		a->rules = more;
	if (!r.glob || !more)
		goto out;
	wrong = "needs glob, regex and reason with tabs between";
	if (!regex)
		goto out;
	*regex++ = '\0';
	r.reason = strchr(regex, '\t');
	if (!r.reason || !*regex || !*r.glob)
		goto out;
	*r.reason++ = '\0';
	if (!*r.reason)
		goto out;
	wrong = "bad regular expression";
	if (regcomp(&r.regex, regex, REG_EXTENDED | REG_NOSUB))
		goto out;
	a->rules[a->n++] = r;
	return NULL;
out:
	free(r.glob);
	return wrong;
}

static int load(struct klog_allow *a, FILE *f, const char *path, char *err, size_t errlen)
{
	const char *wrong = NULL;
	char *line = NULL;
	size_t size = 0, nr = 0;
	ssize_t len;

	while (!wrong && (len = getline(&line, &size, f)) >= 0) {
		nr++;
		line[strcspn(line, "\r\n")] = '\0';
		if (*line && *line != '#')
			wrong = add_rule(a, line);
	}
	free(line);
	if (wrong)
		snprintf(err, errlen, "%s:%zu: %s", path, nr, wrong);
	return wrong ? -1 : 0;
}

struct klog_allow *klog_allow_load(const char *path, char *err, size_t errlen)
{
	struct klog_allow *a = calloc(1, sizeof(*a));
	FILE *f = fopen(path, "re");
	int ret = -1;

	if (!a || !f)
		snprintf(err, errlen, "%s: %s", path, strerror(errno));
	else
		ret = load(a, f, path, err, errlen);
	if (f)
		fclose(f);
	if (!ret)
		return a;
	klog_allow_free(a);
	return NULL;
}

void klog_allow_free(struct klog_allow *allow)
{
	if (!allow)
		return;
	for (size_t i = 0; i < allow->n; i++) {
		regfree(&allow->rules[i].regex);
		free(allow->rules[i].glob);
	}
	free(allow->rules);
	free(allow);
}

const char *klog_allowed(const struct klog_allow *allow, const char *program, const char *title)
{
	for (size_t i = 0; allow && i < allow->n; i++) {
		const struct rule *r = &allow->rules[i];

		if (!fnmatch(r->glob, program, 0) && !regexec(&r->regex, title, 0, NULL, 0))
			return r->reason;
	}
	return NULL;
}

/* What mmrun writes where records are missing. */
static bool is_overrun(const char *line, struct klog_hit *hit)
{
	if (strncmp(line, MMG_KMSG_OVERRUN, strlen(MMG_KMSG_OVERRUN)))
		return false;
	hit->kind = KLOG_LOST;
	snprintf(hit->title, sizeof(hit->title), "kernel log overrun: %.*s",
		 (int)strcspn(line + strlen(MMG_KMSG_OVERRUN), "\n"),
		 line + strlen(MMG_KMSG_OVERRUN));
	strcpy(hit->fingerprint, "0000000000000000");
	return true;
}

/* Complaints about one oops that wait for the line which names its function. */
struct scan {
	const char *program;
	const struct klog_allow *allow;
	klog_cb *cb;
	void *arg;
	struct klog_hit waiting[4];
	size_t n;
	int lines; /* since the last of them */
	int hits;
};

static void tell_waiting(struct scan *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->cb(&s->waiting[i], klog_allowed(s->allow, s->program, s->waiting[i].title),
		      s->arg);
	s->n = 0;
}

static void on_complaint(struct scan *s, const struct klog_hit *hit)
{
	if (s->n == sizeof(s->waiting) / sizeof(s->waiting[0]))
		tell_waiting(s);
	s->waiting[s->n++] = *hit;
	s->lines = 0;
	s->hits++;
	if (!klog_waits(hit))
		tell_waiting(s);
}

static void on_other(struct scan *s, const char *line)
{
	bool named = false;

	for (size_t i = 0; i < s->n; i++)
		named |= klog_where(line, &s->waiting[i]);
	if (named || ++s->lines > KLOG_WHERE_LINES)
		tell_waiting(s);
}

int klog_scan_file(const char *path, const char *program, const struct klog_allow *allow,
		   klog_cb *cb, void *arg)
{
	struct scan s = { .program = program, .allow = allow, .cb = cb, .arg = arg };
	FILE *f = fopen(path, "re");
	struct klog_hit hit;
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (getline(&line, &size, f) >= 0) {
		/* A blank in front marks the key=value pairs of a record. */
		if (line[0] == ' ')
			continue;
		if (is_overrun(line, &hit) || klog_classify(line, &hit) != KLOG_NONE)
			on_complaint(&s, &hit);
		else
			on_other(&s, line);
	}
	tell_waiting(&s);
	free(line);
	fclose(f);
	return s.hits;
}
