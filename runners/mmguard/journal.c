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

	if (kernel)
		set_once(&f->release, kernel, "");
	f->last_boot = boot;
	if (boot > f->boots)
		f->boots = boot;
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
		f->end = json_number_value(when);
		if (f->begin <= 0)
			f->begin = f->end;
	}
	if (!strcmp(event, "boot"))
		on_boot(f, o, boot ? (unsigned int)boot : 1);
	else if (!strcmp(event, "interrupted"))
		set_once(&f->interrupted, reason, "interrupted");
	else if (!strcmp(event, "runner"))
		set_once(&f->runner, reason, "the runner failed");
	else if (!strcmp(event, "gave-up"))
		set_once(&f->gave_up, reason, "gave up");
	else if (!strcmp(event, "lost"))
		set_once(&f->lost[boot], reason, "the machine was lost");
	if (boot && (!strcmp(event, "lost") || !strcmp(event, "interrupted")))
		f->last_boot = (unsigned int)boot;
}

/*
 * A start without an end in the boot that still goes on: not the machine died but who kept the
 * journal.
 */
static void check_same_boot(struct journal_facts *f, const char *boot_id)
{
	char *now = file_read("/proc/sys/kernel/random/boot_id", 100, NULL);

	if (now && boot_id && !f->done && !f->interrupted && !strcmp(strip(now), boot_id))
		set_once(&f->runner, "mmrun or mmguard was killed", "");
	free(now);
}

int journal_facts_read(struct journal_facts *f, const char *dir)
{
	char *path = xasprintf("%s/%s", dir, MMG_JOURNAL), *boot_id = NULL;
	char *text = file_read(path, 64u << 20, NULL), *save = text, *line;

	*f = (struct journal_facts){ .last_boot = 1 };
	free(path);
	if (!text)
		return -errno;
	while ((line = strsep(&save, "\n"))) {
		json_t *o = json_loads(line, 0, NULL);
		const char *id = json_string_value(json_object_get(o, "boot_id"));
		const char *event = json_string_value(json_object_get(o, "event"));

		on_event(f, o);
		if (id) {
			free(boot_id);
			boot_id = xstrdup(id);
		}
		f->done |= event && !strcmp(event, "done");
		json_decref(o);
	}
	check_same_boot(f, boot_id);
	free(boot_id);
	free(text);
	return 0;
}

void journal_facts_free(struct journal_facts *f)
{
	free(f->release);
	free(f->interrupted);
	free(f->runner);
	free(f->gave_up);
	for (size_t i = 0; i <= BOOTS_MAX; i++)
		free(f->lost[i]);
	*f = (struct journal_facts){ 0 };
}
