/* SPDX-License-Identifier: GPL-2.0-only */
/* Of every planned case of a run exactly one result, and no case done twice. */
#ifndef MMGUARD_TESTS_ONCE_H
#define MMGUARD_TESTS_ONCE_H

#include "mmguard/util.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does the case have what it should?  @result has name, verdict and reason. */
typedef bool (*once_fn)(json_t *result, void *arg);

/* How often the results of a program's files have "ok N NAME", over all boots. */
static inline int once_times_done(const char *dir, const char *program, const char *name)
{
	char *tests = xasprintf("%s/tests/%s", dir, program);
	char *ending = xasprintf(" %s", name), *path;
	DIR *d = opendir(tests);
	struct dirent *e;
	int times = 0;

	while (d && (e = readdir(d))) {
		char *text, *save, *line;

		if (strncmp(e->d_name, "stdout", 6))
			continue;
		path = xasprintf("%s/%s", tests, e->d_name);
		text = save = file_read(path, 16u << 20, NULL);
		while (text && (line = strsep(&save, "\n"))) {
			size_t n = strlen(line), k = strlen(ending);

			times += !strncmp(line, "ok ", 3) && n > k && save &&
				 !strcmp(line + n - k, ending);
		}
		free(text);
		free(path);
	}
	if (d)
		closedir(d);
	free(ending);
	free(tests);
	return times;
}

/* The result of a case; NULL when it is not there exactly once. */
static inline json_t *once_find(json_t *tests, const char *name)
{
	json_t *test, *found = NULL;
	int times = 0;
	size_t i;

	json_array_foreach(tests, i, test)
	{
		const char *n = json_string_value(json_object_get(test, "name"));

		if (n && !strcmp(n, name)) {
			found = test;
			times++;
		}
	}
	return times == 1 ? found : NULL;
}

/*
 * Look at the run in @dir: says, as KTAP comments, which cases are lost, doubled, done twice or
 * not as @fn wants them, and returns their number; -1 when there is no report.
 */
static inline int once_check(const char *dir, once_fn fn, void *arg)
{
	char *info_path = xasprintf("%s/run.json", dir);
	char *results_path = xasprintf("%s/results.json", dir);
	json_t *info = json_load_file(info_path, 0, NULL), *e, *c;
	json_t *results = json_load_file(results_path, 0, NULL);
	json_t *tests = json_object_get(results, "tests");
	int bad = info && results ? 0 : -1;
	size_t i, j;

	json_array_foreach(json_object_get(info, "selection"), i, e)
	{
		const char *program = json_string_value(json_object_get(e, "program"));

		json_array_foreach(json_object_get(e, "cases"), j, c)
		{
			const char *name = json_string_value(c);
			char *full = xasprintf("%s.%s", program, name);
			json_t *x = tests ? once_find(tests, full) : NULL;
			int done = once_times_done(dir, program, name);

			if (bad >= 0 && (!x || done > 1 || !fn(x, arg))) {
				char *text = x ? json_dumps(x, JSON_COMPACT) : NULL;

				printf("# %s: done %d times, result %s\n", full, done,
				       text ? text : "lost or doubled");
				free(text);
				bad++;
			}
			free(full);
		}
	}
	json_decref(results);
	json_decref(info);
	free(results_path);
	free(info_path);
	return bad;
}

#endif
