/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the raw files of one program to its results.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "foreign.h"
#include "ktap.h"
#include "protocol.h"
#include "results.h"
#include "state.h"

#define RECORDS_MAX 65536 /* results of one program that are kept */
#define REASON_MAX  1024
#define GAPS_MAX    1000 /* missing results without a name that are listed */

struct record {
	char *name;
	char *reason;
	enum verdict verdict;
	double seconds;
};

struct collect {
	const struct program_query *q;
	const struct program_end *end;
	struct record *records;
	size_t n, allocated;
	bool overflow;
	bool planned;
	bool running; /* a case has begun and has no result */
	char current[256];
	char output[4096]; /* path of the program's stdout */
	char fail[REASON_MAX];
	unsigned long gaps[GAPS_MAX]; /* numbers planned and not reported */
	size_t ngaps;
	program_cb *cb;
	void *arg;
	int calls;
};

static struct record *find(struct collect *c, const char *name)
{
	for (size_t i = c->n; i > 0; i--)
		if (!strcmp(c->records[i - 1].name, name))
			return &c->records[i - 1];
	return NULL;
}

static bool grow(struct collect *c)
{
	size_t more = c->allocated ? c->allocated * 2 : 64;
	struct record *r;

	if (c->n < c->allocated)
		return true;
	r = c->n < RECORDS_MAX ? reallocarray(c->records, more, sizeof(*r)) : NULL;
	if (!r)
		return false;
	c->records = r;
	c->allocated = more;
	return true;
}

/* Adds a result; of two with the same name the worse one stays. */
static void add(struct collect *c, const char *name, enum verdict v, const char *reason)
{
	struct record *r = c->n < 4096 ? find(c, name) : NULL;
	struct record fresh;

	if (r) {
		if (verdict_worst(r->verdict, v) == r->verdict)
			return;
		free(r->reason);
		r->verdict = v;
		r->reason = strdup(reason);
		return;
	}
	fresh = (struct record){ strdup(name), strdup(reason), v, -1 };
	if (fresh.name && fresh.reason && grow(c)) {
		c->records[c->n++] = fresh;
		return;
	}
	c->overflow = true;
	free(fresh.name);
	free(fresh.reason);
}

static void on_time(struct collect *c, const char *text)
{
	const char *space = strrchr(text, ' ');
	char name[256];
	struct record *r;

	if (!space)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(space - text), text);
	r = find(c, name);
	if (r)
		r->seconds = strtod(space + 1, NULL);
}

static void on_diag(struct collect *c, const char *text)
{
	if (!strncmp(text, "case ", 5)) {
		snprintf(c->current, sizeof(c->current), "%s", text + 5);
		c->running = true;
		c->fail[0] = '\0';
	} else if (!strncmp(text, "fail: ", 6) && !c->fail[0]) {
		snprintf(c->fail, sizeof(c->fail), "%s", text + 6);
	} else if (!strncmp(text, "time ", 5)) {
		on_time(c, text + 5);
	}
}

static void on_result(struct collect *c, const struct ktap_event *ev)
{
	const char *reason = ev->why;

	/* A parent says what its children said, unless it says worse. */
	if (ev->parent && ev->ok)
		return;
	if (c->fail[0] && (ev->verdict == V_FAIL || !reason[0]))
		reason = verdict_quiet(ev->verdict) ? "" : c->fail;
	if (!reason[0] && ev->verdict == V_FAIL)
		reason = "not ok, without a reason";
	add(c, ev->full, ev->verdict, reason);
	if (!ev->depth) {
		c->running = false;
		c->fail[0] = '\0';
	}
}

static void on_event(const struct ktap_event *ev, void *arg)
{
	struct collect *c = arg;

	if (ev->type == KTAP_DIAG)
		on_diag(c, ev->why);
	else if (ev->type == KTAP_RESULT)
		on_result(c, ev);
	else if (ev->type == KTAP_MISSING && !ev->depth)
		for (unsigned long n = ev->number; n <= ev->last && c->ngaps < GAPS_MAX; n++)
			c->gaps[c->ngaps++] = n;
}

/* Where the last whole line of a file ends. */
static off_t whole_lines(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char c = '\0';

	while (end > 0 && (pread(fd, &c, 1, end - 1) != 1 || c != '\n'))
		end--;
	return end;
}

/* Of a stream that was @cut the last half line says nothing: "ok 2 a" may be of "ok 2 ab". */
static int read_stream(struct ktap *k, const char *path, bool cut)
{
	static const size_t size = 1 << 16;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf = malloc(size);
	off_t at = 0, end = cut && fd >= 0 ? whole_lines(fd) : LONG_MAX;
	ssize_t n;

	/* No file: the program never got as far as to write. */
	while (buf && fd >= 0 && at < end && (n = pread(fd, buf, size, at)) > 0) {
		if (n > end - at)
			n = (ssize_t)(end - at);
		ktap_feed(k, buf, (size_t)n);
		at += n;
	}
	if (fd >= 0)
		close(fd);
	free(buf);
	return buf ? 0 : -ENOMEM;
}

static void tell(struct collect *c, const char *name, enum verdict v, const char *reason)
{
	struct case_result r = { name, v, -1, reason };

	c->calls++;
	c->cb(&r, c->arg);
}

/* What ended the program early; V_PASS when it ended by itself. */
static enum verdict ending(const struct program_end *e, char *why, size_t len)
{
	if (!e->started ||
	    (e->ended && !e->stuck && !e->timeout && !e->interrupted && !e->signal)) {
		snprintf(why, len, "exited with status %d", e->exit);
		return V_PASS;
	}
	if (!e->ended) {
		snprintf(why, len, "the machine or the runner died under it");
		return V_CRASH;
	}
	if (e->stuck) {
		snprintf(why, len, "cannot be killed after %.0f s", e->seconds);
		return V_STUCK;
	}
	if (e->interrupted) {
		snprintf(why, len, "interrupted");
		return V_MISSING;
	}
	if (e->timeout) {
		snprintf(why, len, "hang guard fired, ended after %.1f s", e->seconds);
		if (e->dying > 2)
			snprintf(why + strlen(why), len - strlen(why),
				 "; its processes took %.1f s to die", e->dying);
		return V_TIMEOUT;
	}
	snprintf(why, len, "killed by signal %d", e->signal);
	return V_FAIL;
}

/* Settles the case that was running, or the program when none was. */
static void settle_running(struct collect *c)
{
	char why[128];
	enum verdict v = ending(c->end, why, sizeof(why));

	if (c->running && c->end->started) {
		bool kept = v == V_PASS && c->fail[0];

		add(c, c->current, v == V_PASS ? V_FAIL : v, kept ? c->fail : why);
		/* The running case is the first of those without a number. */
		if (c->ngaps)
			memmove(c->gaps, c->gaps + 1, --c->ngaps * sizeof(c->gaps[0]));
	}
}

static void tell_records(struct collect *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct record *r = &c->records[i];
		struct case_result out = { r->name, r->verdict, r->seconds, r->reason };

		c->calls++;
		c->cb(&out, c->arg);
	}
}

static void tell_missing(struct collect *c)
{
	char why[160], ended[128];
	char name[32];

	ending(c->end, ended, sizeof(ended));
	snprintf(why, sizeof(why), "never reported; program %s",
		 c->end->started ? ended : "was not started");
	for (size_t i = 0; i < c->q->ncases; i++)
		if (!find(c, c->q->cases[i]))
			tell(c, c->q->cases[i], V_MISSING, why);
	for (size_t i = 0; !c->q->ncases && i < c->ngaps; i++) {
		snprintf(name, sizeof(name), "#%lu", c->gaps[i]);
		tell(c, name, V_MISSING, why);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A result that was not asked for; NULL when there is none. */
static const char *uninvited(const struct collect *c)
{
	const char **names = calloc(c->q->ncases ? c->q->ncases : 1, sizeof(*names));
	const char *found = NULL;

	for (size_t i = 0; names && i < c->q->ncases; i++)
		names[i] = c->q->cases[i];
	if (names)
		qsort(names, c->q->ncases, sizeof(*names), by_name);
	for (size_t i = 0; names && c->q->ncases && i < c->n && !found; i++) {
		const char *key = c->records[i].name;

		if (!bsearch(&key, names, c->q->ncases, sizeof(*names), by_name))
			found = key;
	}
	free(names);
	return found;
}

/* What is wrong with the stream; false when nothing is. */
static bool stream_fault(const struct collect *c, const struct ktap_outcome *o, char *why,
			 size_t len)
{
	const char *stranger = uninvited(c);

	if (o->errors)
		snprintf(why, len, "KTAP: %s", o->first_error);
	else if (!c->n && (c->end->exit == 126 || c->end->exit == 127))
		snprintf(why, len, "cannot be executed, exit status %d", c->end->exit);
	else if (o->bailed)
		snprintf(why, len, "KTAP: bailed out");
	else if (stranger)
		snprintf(why, len, "result not asked for: %.200s", stranger);
	else if (c->overflow)
		snprintf(why, len, "more than %d results", RECORDS_MAX);
	else if (!c->n && !c->q->ncases && !c->ngaps)
		snprintf(why, len, "no results; exited with status %d", c->end->exit);
	else if (!o->planned && !c->q->ncases)
		snprintf(why, len, "KTAP: no plan, results may be missing");
	else
		return false;
	return true;
}

static void tell_foreign(struct collect *c, const struct ktap_outcome *o, enum verdict worst,
			 enum verdict end)
{
	struct foreign f = { .exit = c->end->exit,
			     .results = c->n > 0 || c->ngaps > 0,
			     .worst = worst,
			     .bailed = o->bailed,
			     .error = o->first_error,
			     .output = c->output };
	char why[REASON_MAX];
	enum verdict v;

	if (end == V_PASS && foreign_judge(&f, &v, why, sizeof(why)))
		tell(c, NULL, v, why);
}

static void tell_stream(struct collect *c, const struct ktap_outcome *o, bool was_running)
{
	enum verdict worst = V_HELD, end;
	char why[256];

	for (size_t i = 0; i < c->n; i++)
		worst = verdict_worst(worst, c->records[i].verdict);
	end = ending(c->end, why, sizeof(why));
	if (end != V_PASS && !was_running)
		tell(c, NULL, end, why);
	if (!c->end->started) {
		if (c->q->foreign)
			tell(c, NULL, V_MISSING, "never reported; program was not started");
		return;
	}
	if (end == V_PASS && o->planned && !c->n && o->verdict == V_SKIP &&
	    (!c->q->foreign || c->end->exit != MMG_TEST_FAIL)) {
		tell(c, NULL, V_SKIP, "the whole program was skipped");
		return;
	}
	if (c->q->foreign) {
		tell_foreign(c, o, worst, end);
		return;
	}
	if (end == V_PASS && stream_fault(c, o, why, sizeof(why)))
		tell(c, NULL, V_BROKEN, why);
	if (end != V_PASS || !verdict_quiet(worst) || c->end->exit == MMG_TEST_PASS)
		return;
	if (c->end->exit == MMG_TEST_SKIP && worst == V_SKIP)
		return;
	snprintf(why, sizeof(why), "exit status %d, though no case failed", c->end->exit);
	if (c->n)
		tell(c, NULL, V_FAIL, why);
}

struct dirt {
	const struct collect *c;
	char first[192];
	int n, seen; /* that count, and all of them */
};

static void on_hit(const struct klog_hit *hit, const char *allowed, void *arg)
{
	struct dirt *d = arg;

	d->seen++;
	if (allowed || !klog_dirty(hit->kind, d->c->q->slow, d->c->end->stuck))
		return;
	if (!d->n++)
		memcpy(d->first, hit->title, sizeof(d->first));
}

static void file_name(char *to, size_t len, const char *dir, const char *name,
		      unsigned int boot)
{
	if (boot > 1)
		snprintf(to, len, "%s/%s.%u", dir, name, boot);
	else
		snprintf(to, len, "%s/%s", dir, name);
}

/* A flag that is new though the log holds nothing that explains it. */
static void tell_taint(struct collect *c, const char *dir, const char *suffix)
{
	unsigned long fresh = state_new_taint(dir, suffix);
	char letters[65], why[160];

	if (!fresh)
		return;
	snprintf(why, sizeof(why), "the kernel is tainted now: %s; its log does not say why",
		 state_taint_letters(fresh, letters, sizeof(letters)));
	tell(c, NULL, V_DIRTY, why);
}

static void tell_machine(struct collect *c, const char *dir)
{
	char before[4096], why[REASON_MAX], suffix[16] = "";
	struct dirt d = { .c = c };

	if (c->q->boot > 1)
		snprintf(suffix, sizeof(suffix), ".%u", c->q->boot);
	file_name(before, sizeof(before), dir, MMG_KMSG, c->q->boot);
	klog_scan_file(before, c->q->program, c->q->allow, on_hit, &d);
	snprintf(why, sizeof(why), d.n > 1 ? "%s (and %d more)" : "%s", d.first, d.n - 1);
	/* What a machine says while it dies belongs to the CRASH. */
	if (d.n && c->end->ended)
		tell(c, NULL, V_DIRTY, why);
	else if (c->end->ended && !d.seen)
		tell_taint(c, dir, suffix);
	if (state_diff(dir, suffix, why, sizeof(why)) > 0)
		tell(c, NULL, V_LEAK, why);
}

static int collect_results(struct collect *c, const char *dir)
{
	struct ktap *k = ktap_new(on_event, c);
	const struct ktap_outcome *o;
	bool was_running;
	int ret;

	if (!k)
		return -ENOMEM;
	file_name(c->output, sizeof(c->output), dir, MMG_STDOUT, c->q->boot);
	ret = read_stream(k, c->output, c->end->started && !c->end->ended);
	o = ktap_finish(k);
	was_running = c->running && c->end->started;
	settle_running(c);
	tell_records(c);
	tell_missing(c);
	tell_stream(c, o, was_running);
	tell_machine(c, dir);
	ktap_free(k);
	return ret ? ret : c->calls;
}

int program_results_in(const char *dir, const struct program_query *q,
		       const struct program_end *end, program_cb *cb, void *arg)
{
	struct collect *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->q = q;
	c->end = end;
	c->cb = cb;
	c->arg = arg;
	ret = collect_results(c, dir);
	for (size_t i = 0; i < c->n; i++) {
		free(c->records[i].name);
		free(c->records[i].reason);
	}
	free(c->records);
	free(c);
	return ret;
}

int program_results(const struct program_query *q, program_cb *cb, void *arg)
{
	struct program_end end;
	char dir[4096];
	int ret = journal_find(q->rundir, q->program, q->boot, &end);

	if (ret)
		return ret;
	snprintf(dir, sizeof(dir), "%s/%s/%s", q->rundir, MMG_TESTS, q->program);
	return program_results_in(dir, q, &end, cb, arg);
}
