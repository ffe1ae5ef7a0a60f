// SPDX-License-Identifier: GPL-2.0-only
/* Nothing is remembered but the run's directory: it is read as the reports read it. */
#include "resume.h"
#include "common/protocol.h"
#include "common/results.h"
#include "identity.h"
#include "lastwords.h"
#include "remote.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *resume_find_dir(const char *word, const char *results)
{
	char *below = xasprintf("%s/%s", results ? results : "results", word);
	const char *dir = access(word, F_OK) && !access(below, F_OK) ? below : word;
	char *real = realpath(dir, NULL);

	if (!real)
		mg_error("no run %s: %s", dir, strerror(errno));
	free(below);
	return real;
}

static json_t *load_info(const char *dir)
{
	char *path = xasprintf("%s/run.json", dir);
	json_error_t e = { 0 };
	json_t *info = json_load_file(path, 0, &e);

	if (!json_is_object(info))
		mg_error("cannot go on with %s: run.json cannot be read (%s); 'mmguard report' "
			 "shows what there is, a new run is needed for the rest",
			 dir, e.text);
	else if (json_integer_value(json_object_get(info, "schema")) == MMG_SCHEMA) {
		free(path);
		return info;
	} else {
		mg_error("%s: schema is not %d", path, MMG_SCHEMA);
	}
	json_decref(info);
	free(path);
	return NULL;
}

/* The command line that began the run, with what this one says anew. */
static int take_options(struct run *r, json_t *info)
{
	const char *accel =
		json_string_value(json_object_get(json_object_get(info, "machine"), "accel"));
	json_t *word, *command = json_object_get(info, "command");
	struct run_options began, *now = &r->opt;
	struct strv argv = { 0 };
	char **words;
	int err;
	size_t i;

	json_array_foreach(command, i, word)
	{
		strv_add(&argv, json_string_value(word) ?: "");
	}
	if (argv.n < 2 || strcmp(argv.v[1], "run")) {
		mg_error("cannot go on with %s: it was not begun by 'mmguard run'", r->dir);
		strv_free(&argv);
		return MMG_EXIT_RUNNER;
	}
	/* It moves the words and puts in one of its own. */
	words = xcalloc(argv.n, sizeof(*words));
	memcpy(words, argv.v + 1, argv.n * sizeof(*words) - sizeof(*words));
	err = options_parse(&began, (int)argv.n - 1, words);
	free(words);
	strv_free(&argv);
	began.resume = now->resume;
	began.again = now->again;
	began.force = now->force;
	began.crashes = now->crashes ?: began.crashes;
	began.slow =
		now->slow > 0 ? now->slow : json_number_value(json_object_get(info, "slow"));
	now->resume = NULL;
	options_free(now);
	*now = began;
	if (accel) {
		free(now->accel);
		now->accel = xstrdup(accel);
	}
	return err < 0 ? 0 : MMG_EXIT_RUNNER;
}

/* What was asked for, in its order, with the programs as they are now. */
static void take_plan(struct run *r, json_t *info)
{
	json_t *e, *name;
	size_t i, j;

	json_array_foreach(json_object_get(info, "selection"), i, e)
	{
		const char *program = json_string_value(json_object_get(e, "program"));
		const struct program *p = program ? catalog_find(&r->catalog, program) : NULL;
		struct plan_entry *to;

		if (!p)
			continue;
		to = plan_add_program(&r->plan, p);
		to->seconds = (unsigned long)json_integer_value(json_object_get(e, "seconds"));
		json_array_foreach(json_object_get(e, "cases"), j, name)
		{
			strv_add(&to->cases, json_string_value(name) ?: "");
		}
	}
}

/* Relative paths on the command line start where it was given. */
static void go_there(json_t *info)
{
	const char *directory = json_string_value(json_object_get(info, "directory"));

	if (directory && chdir(directory))
		mg_error("cannot enter %s, where the run began: %s", directory,
			 strerror(errno));
}

static char *text_of(json_t *info, const char *key)
{
	return xstrdup(json_string_value(json_object_get(info, key)) ?: "?");
}

int resume_load(struct run *r)
{
	json_t *info;
	int rc;

	r->dir = resume_find_dir(r->opt.resume, r->opt.results);
	info = r->dir ? load_info(r->dir) : NULL;
	if (!info)
		return MMG_EXIT_RUNNER;
	go_there(info);
	rc = take_options(r, info);
	if (!rc && run_catalog(r))
		rc = MMG_EXIT_RUNNER;
	if (!rc && r->opt.ssh && remote_open(r))
		rc = MMG_EXIT_RUNNER;
	if (!rc) {
		char *copy = xstrdup(r->dir);

		free(r->opt.results);
		r->opt.results = xstrdup(dirname(copy));
		free(copy);
		r->id = text_of(info, "id");
		free(r->release);
		free(r->version);
		r->release = text_of(info, "kernel");
		r->version = text_of(info, "version");
		r->slow = r->opt.slow;
		take_plan(r, info);
	}
	r->info = info;
	return rc;
}

/* The program with a start and no end in the last boot, NULL: none.  The caller frees. */
static char *find_running(const struct run *r, unsigned int boot)
{
	struct journal j;
	char *found = NULL;

	if (journal_load(&j, r->dir))
		return NULL;
	for (size_t i = 0; i < j.n && !found; i++)
		if (j.v[i].boot == boot && !j.v[i].end.ended)
			found = xstrdup(j.v[i].program);
	journal_free(&j);
	return found;
}

/* The machine was restarted: by a death of its kernel, as far as we know. */
static int note_lost(const struct run *r, const struct journal_facts *f, const char *running)
{
	char *words =
		lastwords_find(r->dir, f->last_boot, running, LASTWORDS_PSTORE, f->boot_time);
	int err;

	mg_error("boot %u was lost%s%s: %s", f->last_boot, running ? " in " : "",
		 running ? running : "", words);
	err = rundir_event(r->dir, "lost", f->last_boot, words);
	free(words);
	return err;
}

/* Who would have written down how the last boot ended is gone: find out. */
static int note_end(const struct run *r, const struct journal_facts *f)
{
	char *running, *reason;
	int err;

	if (!journal_facts_open(f))
		return 0;
	if (r->opt.vm)
		return rundir_event(r->dir, "runner", f->last_boot, "mmguard was killed");
	running = find_running(r, f->last_boot);
	if (journal_facts_same_boot(f)) {
		reason = xasprintf("%s was killed, the machine was not restarted",
				   running ? "mmrun" : "mmguard");
		err = rundir_event(r->dir, "runner", f->last_boot, reason);
		free(reason);
	} else {
		err = note_lost(r, f, running);
	}
	free(running);
	return err;
}

/* A half-written line must not swallow the next one. */
static int end_line(const char *dir)
{
	char *path = xasprintf("%s/%s", dir, MMG_JOURNAL), last = '\n';
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), err = 0;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (fd < 0 || (size > 0 && pread(fd, &last, 1, size - 1) != 1) ||
	    (last != '\n' && write(fd, "\n", 1) != 1)) {
		mg_error("cannot write %s: %s", path, strerror(errno));
		err = -1;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return err;
}

int resume_begin(const struct run *r)
{
	struct journal_facts f = { 0 };
	int err = end_line(r->dir);

	if (!err && !r->opt.vm && !r->opt.ssh)
		err = host_clean_up(r);
	if (!err && journal_facts_read(&f, r->dir))
		err = -1;
	if (!err && f.unread)
		mg_error("%s/%s: %zu lines cannot be read; what they said is not known", r->dir,
			 MMG_JOURNAL, f.unread);
	/* What became of another machine is asked there. */
	if (!err && !r->opt.ssh)
		err = note_end(r, &f);
	if (!err)
		err = rundir_event(r->dir, "resume", 0, NULL);
	journal_facts_free(&f);
	return err;
}
