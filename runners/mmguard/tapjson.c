// SPDX-License-Identifier: GPL-2.0-only
/* "mmguard tap --json": written as it comes, so that a log of any size can be read. */
#include "tap.h"
#include "util.h"
#include "common/ktap_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Text that may be no UTF-8, such as the name of a file. */
static json_t *clean_text(const char *s)
{
	size_t len = strlen(s);
	char *copy = xcalloc(1, len + 1);
	json_t *o;

	ktap_clean(s, len, copy);
	o = json_string(copy);
	free(copy);
	return o;
}

static void put(json_t *o)
{
	json_dumpf(o, stdout, JSON_ENCODE_ANY);
	json_decref(o);
}

void tap_json_begin(struct tap *t)
{
	fputs(t->first ? "\n{\"file\": " : ",\n{\"file\": ", stdout);
	put(clean_text(t->file));
	fputs(", \"events\": [", stdout);
	t->first_event = true;
}

static json_t *result(const struct ktap_event *ev)
{
	json_t *o =
		json_pack("{s:s,s:s,s:s,s:I}", "type", "result", "name", ev->full, "verdict",
			  verdict_name(ev->verdict), "number", (json_int_t)ev->number);

	json_object_set_new(o, "depth", json_integer(ev->depth));
	json_object_set_new(o, "parent", json_boolean(ev->parent));
	json_object_set_new(o, "reason", json_string(ev->why));
	return o;
}

static json_t *missing(const struct ktap_event *ev)
{
	char name[TAP_TEXT_MAX];

	tap_missing_name(ev, name, sizeof(name));
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:i}", "type", "missing", "name", name,
			 "verdict", "MISSING", "number", (json_int_t)ev->number, "last",
			 (json_int_t)ev->last, "depth", (int)ev->depth);
}

void tap_json_event(struct tap *t, const struct ktap_event *ev)
{
	json_t *o;

	if (ev->type == KTAP_RESULT)
		o = result(ev);
	else if (ev->type == KTAP_MISSING)
		o = missing(ev);
	else if (ev->type == KTAP_ERROR || ev->type == KTAP_BAIL)
		o = json_pack("{s:s,s:s,s:s,s:i}", "type",
			      ev->type == KTAP_ERROR ? "error" : "bail", "path", ev->path,
			      "reason", ev->why, "depth", (int)ev->depth);
	else
		return;
	fputs(t->first_event ? "\n" : ",\n", stdout);
	t->first_event = false;
	put(o);
}

void tap_json_end(struct tap *t, const struct ktap_outcome *o, int ret)
{
	json_t *counts = json_object();

	for (int v = 0; v < V_COUNT; v++) {
		unsigned long n = tap_count(o, (enum verdict)v);

		if (n)
			json_object_set_new(counts, verdict_name((enum verdict)v),
					    json_integer((json_int_t)n));
	}
	fputs("], \"counts\": ", stdout);
	put(counts);
	printf(", \"errors\": %lu, \"planned\": %s, \"bailed\": %s, \"verdict\": \"%s\", "
	       "\"status\": %d",
	       o->errors, o->planned ? "true" : "false", o->bailed ? "true" : "false",
	       verdict_name(o->verdict), t->status);
	if (ret) {
		fputs(", \"unreadable\": ", stdout);
		put(clean_text(strerror(-ret)));
	}
	putchar('}');
}
