// SPDX-License-Identifier: GPL-2.0-only
/* Coccinelle takes seconds for a large file; its output depends only on patch and file. */
#include "spatch.h"
#include "hash.h"
#include "program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX (8u << 20)

static char *kept_path(const char *cache, const struct bug *b, const char *file,
		       const struct source_text *in)
{
	char name[HASH_NAME];
	struct hash h;

	hash_init(&h);
	hash_text(&h, file);
	if (hash_file(&h, b->path))
		return NULL;
	hash_add(&h, in->data, in->len);
	hash_name(&h, name);
	return xasprintf("%s/%s", cache, name);
}

/* The line of the log that says most. */
static char *complaint(const char *log)
{
	char *text = file_read(log, 16384, NULL), *rest = text, *line, *best = NULL;

	while (text && (line = strsep(&rest, "\n"))) {
		line = strip(line);
		if (*line && (!best || strstr(line, "error") || strstr(line, "rror:")))
			best = line;
	}
	best = xstrdup(best ? best : "it failed without a message");
	free(text);
	return best;
}

static bool changed(const char *copy, const struct source_text *in)
{
	size_t len = 0;
	char *data = file_read(copy, TEXT_MAX, &len);
	bool same = data && len == in->len && !memcmp(data, in->data, len);

	free(data);
	return !same;
}

/*
 * Isomorphisms make a pattern of a few operators match in minutes instead of a second, so they
 * are tried only where the words as they stand find nothing.
 */
static int run_tool(const struct bug *b, const char *copy, const struct source_text *in,
		    const char *log)
{
	char *exact[] = { "spatch",	"--very-quiet", "--no-includes",
			  "--iso-file", "/dev/null",	"--sp-file",
			  b->path,	"--in-place",	(char *)copy,
			  NULL };
	char *cocci[] = { "spatch", "--very-quiet", "--no-includes", "--sp-file",
			  b->path,  "--in-place",   (char *)copy,    NULL };
	char *sed[] = { "sed", "-i", "-f", b->path, (char *)copy, NULL };

	if (b->sed)
		return program_logged(sed, NULL, log);
	if (!program_logged(exact, NULL, log) && changed(copy, in))
		return 0;
	return program_logged(cocci, NULL, log);
}

static int run_in(const char *work, const struct bug *b, const char *file,
		  const struct source_text *in, char **copy, char **why)
{
	const char *slash = strrchr(file, '/');
	char *log = xasprintf("%s/.log", work);
	int err;

	*copy = xasprintf("%s/%s", work, slash ? slash + 1 : file);
	err = file_write(*copy, in->data, in->len);
	if (err)
		*why = xasprintf("cannot write %s: %s", *copy, strerror(-err));
	else if (run_tool(b, *copy, in, log))
		*why = complaint(log);
	free(log);
	return *why ? -1 : 0;
}

/* Run it in a directory of its own, and keep what came out under @kept. */
static int run(const char *cache, const char *kept, const struct bug *b, const char *file,
	       const struct source_text *in, char **why)
{
	char *work = xasprintf("%s/.XXXXXX", cache), *copy = NULL;
	int err = mkdirs(cache);

	if (err || !mkdtemp(work)) {
		*why = xasprintf("cannot make %s: %s", work, strerror(err ? -err : errno));
		free(work);
		return -1;
	}
	err = run_in(work, b, file, in, &copy, why);
	if (!err && rename(copy, kept)) {
		*why = xasprintf("cannot rename %s: %s", copy, strerror(errno));
		err = -1;
	}
	remove_tree(work);
	free(copy);
	free(work);
	return err;
}

int spatch_apply(const char *cache, const struct bug *b, const char *file,
		 const struct source_text *in, struct source_text *out, char **why)
{
	char *kept = kept_path(cache, b, file, in);

	*out = (struct source_text){ 0 };
	*why = NULL;
	if (!kept)
		*why = xasprintf("cannot read %s", b->path);
	else if (access(kept, R_OK))
		run(cache, kept, b, file, in, why);
	if (!*why && !(out->data = file_read(kept, TEXT_MAX, &out->len)))
		*why = xasprintf("cannot read %s: %s", kept, strerror(errno));
	if (!*why && out->len == in->len && !memcmp(out->data, in->data, in->len))
		*why = xasprintf("it matches nothing in %s", file);
	if (*why) {
		free(out->data);
		out->data = NULL;
	}
	free(kept);
	return *why ? -1 : 0;
}

unsigned int spatch_switches(const struct source_text *t, unsigned int number)
{
	char *word = xasprintf("mm_bug(%u)", number);
	unsigned int n = 0;

	for (const char *p = t->data; (p = strstr(p, word)); p++)
		n++;
	free(word);
	return n;
}
