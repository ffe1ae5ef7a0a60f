// SPDX-License-Identifier: GPL-2.0-only
/* Facts about the whole run from journal.jsonl.  Lines that are cut or unknown are passed over.
 */
#include "common/protocol.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void set_once(char **where, const char *value, const char *otherwise)
{
	if (!*where)
		*where = xstrdup(value ? value : otherwise);
}

static void on_boot(struct journal_facts *f, json_t *o, unsigned int boot)
{
	const char *kernel = json_string_value(json_object_get(o, "kernel"));
	const char *id = json_string_value(json_object_get(o, "boot_id"));

	if (kernel)
		set_once(&f->release, kernel, "");
	free(f->boot_id);
	f->boot_id = id && *id ? xstrdup(id) : NULL;
	f->boot_time = json_number_value(json_object_get(o, "time"));
	f->done = false;
	f->last_boot = boot;
	if (boot > f->boots)
		f->boots = boot;
}

/* The run goes on: what stopped it is over. */
static void on_resume(struct journal_facts *f)
{
	free(f->interrupted);
	free(f->runner);
	free(f->gave_up);
	f->interrupted = f->runner = f->gave_up = NULL;
	f->resumed++;
}

static void on_event(struct journal_facts *f, json_t *o)
{
	const char *event = json_string_value(json_object_get(o, "event"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	json_t *number = json_object_get(o, "boot"), *when = json_object_get(o, "time");
	json_int_t boot = number ? json_integer_value(number) : (json_int_t)f->last_boot;

	if (!event || boot < 0 || boot > BOOTS_MAX)
		return;
	if (json_is_number(when)) {
		/* Some are of whole seconds. */
		if (json_number_value(when) > f->end)
			f->end = json_number_value(when);
		if (f->begin <= 0)
			f->begin = f->end;
	}
	if (!strcmp(event, "boot")) {
		on_boot(f, o, boot ? (unsigned int)boot : 1);
	} else if (!strcmp(event, "interrupted")) {
		set_once(&f->interrupted, reason, "interrupted");
		set_once(&f->stopped[boot], "the run was interrupted", "");
		f->asked[boot] = true;
	} else if (!strcmp(event, "runner")) {
		set_once(&f->runner, reason, "the runner failed");
		set_once(&f->stopped[boot], reason, "the runner failed");
	} else if (!strcmp(event, "gave-up")) {
		set_once(&f->gave_up, reason, "gave up");
	} else if (!strcmp(event, "stopped")) {
		set_once(&f->ended, reason, "the run was stopped");
	} else if (!strcmp(event, "lost")) {
		set_once(&f->lost[boot], reason, "the machine was lost");
	} else if (!strcmp(event, "resume")) {
		on_resume(f);
	} else if (!strcmp(event, "done")) {
		f->done = true;
	}
	if (boot && (!strcmp(event, "lost") || !strcmp(event, "interrupted")))
		f->last_boot = (unsigned int)boot;
}

bool journal_facts_open(const struct journal_facts *f)
{
	return f->boots && !f->done && !f->lost[f->last_boot] && !f->stopped[f->last_boot];
}

bool journal_facts_same_boot(const struct journal_facts *f)
{
	char *now = file_read("/proc/sys/kernel/random/boot_id", 100, NULL);
	bool same = now && f->boot_id && !strcmp(strip(now), f->boot_id);

	free(now);
	return same;
}

int journal_facts_read(struct journal_facts *f, const char *dir)
{
	char *path = xasprintf("%s/%s", dir, MMG_JOURNAL), *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *j = fopen(path, "re");

	*f = (struct journal_facts){ .last_boot = 1 };
	free(path);
	if (!j)
		return -errno;
	while ((len = getline(&line, &size, j)) > 0) {
		/* A power cut leaves blocks of zeroes; what was written behind them counts. */
		const char *nul = memrchr(line, '\0', (size_t)len);
		json_t *o = json_loads(nul ? nul + 1 : line, 0, NULL);

		f->unread += *line && !o;
		on_event(f, o);
		json_decref(o);
	}
	free(line);
	fclose(j);
	return 0;
}

void journal_facts_free(struct journal_facts *f)
{
	free(f->release);
	free(f->interrupted);
	free(f->runner);
	free(f->gave_up);
	free(f->ended);
	free(f->boot_id);
	for (size_t i = 0; i <= BOOTS_MAX; i++) {
		free(f->lost[i]);
		free(f->stopped[i]);
	}
	*f = (struct journal_facts){ 0 };
}
