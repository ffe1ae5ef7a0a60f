// SPDX-License-Identifier: GPL-2.0-only
/* On a terminal one line that lives; in a log one line for each program. */
#include "progress.h"
#include "common/protocol.h"
#include "common/text.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int digits(size_t n)
{
	int d = 1;

	for (; n >= 10; n /= 10)
		d++;
	return d;
}

static void clear_line(const struct progress *p)
{
	if (p->tty)
		fputs("\r\033[K", p->out);
}

static void print_count(const struct progress *p)
{
	if (p->round && p->rounds == ROUNDS_ENDLESS)
		fprintf(p->out, "round %lu ", p->round);
	else if (p->round)
		fprintf(p->out, "round %lu/%lu ", p->round, p->rounds);
	fprintf(p->out, "[%*zu/%zu] ", digits(p->total),
		p->done < p->total ? p->done : p->total, p->total);
}

void progress_tick(struct progress *p)
{
	if (!p->tty || !*p->program)
		return;
	clear_line(p);
	print_count(p);
	fprintf(p->out, "%.100s  %.0f s", *p->current ? p->current : p->program,
		now_mono() - p->case_start);
	fflush(p->out);
}

static void on_ktap(const struct ktap_event *ev, void *arg)
{
	struct progress *p = arg;

	if (ev->type == KTAP_DIAG && !strncmp(ev->why, "case ", 5)) {
		snprintf(p->current, sizeof(p->current), "%s.%.200s", p->program, ev->why + 5);
		text_printable(p->current);
		p->case_start = now_mono();
		progress_tick(p);
	}
	if (ev->type == KTAP_RESULT && !ev->depth) {
		p->done += !p->programs;
		p->counts[ev->verdict]++;
		*p->current = '\0';
	}
}

static void start_program(struct progress *p, const char *name)
{
	snprintf(p->program, sizeof(p->program), "%s", name);
	text_printable(p->program);
	*p->current = '\0';
	memset(p->counts, 0, sizeof(p->counts));
	p->program_start = p->case_start = now_mono();
	ktap_free(p->ktap);
	p->ktap = ktap_new(on_ktap, p);
	progress_tick(p);
}

static void print_program(const struct progress *p, const char *how)
{
	bool bad = *how;

	for (int v = 0; v < V_COUNT; v++)
		bad |= p->counts[v] && !verdict_expected((enum verdict)v);
	if (p->tty && !bad)
		return;
	clear_line(p);
	print_count(p);
	fprintf(p->out, "%s:", p->program);
	for (int v = 0; v < V_COUNT; v++)
		if (p->counts[v])
			fprintf(p->out, " %lu %s", p->counts[v], verdict_name((enum verdict)v));
	fprintf(p->out, "%s%s, %.1f s\n", *how ? " " : "", how, now_mono() - p->program_start);
	fflush(p->out);
}

static void end_program(struct progress *p, const char *how)
{
	if (!*p->program)
		return;
	ktap_free(p->ktap);
	p->ktap = NULL;
	p->done += p->programs;
	print_program(p, how);
	*p->program = '\0';
}

/* What spoke no KTAP has its exit status only. */
static void show_end(struct progress *p, json_t *o)
{
	json_int_t status = json_integer_value(json_object_get(o, "exit"));
	char how[32] = "";

	if (json_is_true(json_object_get(o, "timeout")))
		snprintf(how, sizeof(how), "TIMEOUT");
	else if (p->programs && status)
		snprintf(how, sizeof(how), "exit status %d", (int)status);
	end_program(p, how);
}

static void start_round(struct progress *p, unsigned long round)
{
	if (!p->round || round == p->round)
		return;
	p->round = round;
	p->done = 0;
}

static void on_event(struct progress *p, json_t *o, const char *line)
{
	const char *event = json_string_value(json_object_get(o, "event"));
	const char *program = json_string_value(json_object_get(o, "program"));
	json_int_t number = json_integer_value(json_object_get(o, "round"));
	unsigned long round = number > 1 ? (unsigned long)number : 1;

	if (!event)
		return;
	if (!strcmp(event, "start") && program) {
		start_round(p, round);
		start_program(p, program);
	} else if (!strcmp(event, "end")) {
		show_end(p, o);
		if (p->on_end && program)
			p->on_end(p->ctx, program, round, line);
	} else if (!strcmp(event, "done"))
		p->finished = true;
}

static void on_journal(struct progress *p, const char *data, size_t len)
{
	while (len) {
		const char *nl = memchr(data, '\n', len);
		size_t n = nl ? (size_t)(nl - data) : len;
		char *line = strndup(data, n);
		json_t *o = line ? json_loads(line, 0, NULL) : NULL;

		on_event(p, o, line);
		json_decref(o);
		free(line);
		n += nl != NULL;
		data += n;
		len -= n;
	}
}

void progress_frame(void *ctx, const char *path, const char *data, size_t len)
{
	struct progress *p = ctx;
	const char *file = strrchr(path, '/');

	if (!strcmp(path, MMG_JOURNAL))
		on_journal(p, data, len);
	else if (p->ktap && file && !strncmp(file + 1, MMG_STDOUT, strlen(MMG_STDOUT)))
		ktap_feed(p->ktap, data, len);
}

static size_t size(const struct progress *p, const struct plan *plan)
{
	size_t first, last;

	plan_range(plan, plan->round ? plan->round : 1, &first, &last);
	return p->programs ? last - first : plan_cases(plan);
}

void progress_init(struct progress *p, FILE *out, const struct plan *plan)
{
	*p = (struct progress){ .out = out, .tty = isatty(fileno(out)) == 1 };
	if (plan)
		progress_plan(p, plan);
}

void progress_plan(struct progress *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		p->programs |= plan_foreign(&plan->v[i]);
	p->total = size(p, plan);
	p->round = plan->repeat.rounds > 1;
	p->rounds = plan->repeat.rounds;
}

void progress_rest(struct progress *p, const struct plan *rest)
{
	p->done = p->total - size(p, rest);
}

void progress_note(struct progress *p, const char *text)
{
	char *copy = xstrdup(text);

	text_printable(copy);
	clear_line(p);
	fprintf(p->out, "%s\n", copy);
	fflush(p->out);
	free(copy);
}

void progress_lost(struct progress *p, const char *why)
{
	end_program(p, "lost");
	progress_note(p, why);
}

void progress_end(struct progress *p)
{
	ktap_free(p->ktap);
	p->ktap = NULL;
	clear_line(p);
	fflush(p->out);
}
