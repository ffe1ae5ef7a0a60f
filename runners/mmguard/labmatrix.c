// SPDX-License-Identifier: GPL-2.0-only
/* From the runs on disk to the matrix; it can be made again from them at any time. */
#include "labrun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int labmatrix_collect(const struct lab_campaign *c, const struct lab_job *j, struct report *r)
{
	char *dir = xasprintf("%s/latest", j->dir);
	int err = report_collect(r, dir, c->l->paths.configs);

	free(dir);
	return err;
}

static int compare(const struct lab_campaign *c, const struct lab_job *j,
		   const struct report *zero, struct matrix_row *row)
{
	struct report bug;
	int err = labmatrix_collect(c, j, &bug);

	if (!err)
		(j->group->peer ? matrix_compare_peer : matrix_compare)(row, zero, &bug);
	report_free(&bug);
	return err;
}

int labmatrix_row(const struct lab_campaign *c, const struct lab_job *j, struct matrix_row *row)
{
	struct report zero;
	int err = labmatrix_collect(c, labjobs_zero(c, j), &zero);

	if (!err)
		err = compare(c, j, &zero, row);
	report_free(&zero);
	return err;
}

/* All bugs that are run against one group. */
static int add_group(const struct lab_campaign *c, const struct lab_job *zero_job,
		     struct matrix *m)
{
	struct report zero;
	int err = labmatrix_collect(c, zero_job, &zero);

	if (!err)
		matrix_columns(m, &zero);
	for (size_t i = 0; i < c->n && !err; i++) {
		const struct lab_job *j = &c->v[i];

		if (j->bug && !j->plain && j->done && j->group == zero_job->group)
			err = compare(c, j, &zero, matrix_add(m, j->bug));
	}
	report_free(&zero);
	return err;
}

static int by_number(const void *a, const void *b)
{
	const struct matrix_row *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int labmatrix_make(const struct lab_campaign *c, struct matrix *m)
{
	int err = 0;

	*m = (struct matrix){ .version = xstrdup(c->l->version),
			      .release = xstrdup(c->image.release) };
	for (size_t i = 0; i < c->n && !err; i++)
		if (!c->v[i].bug && c->v[i].done && !c->v[i].group->peer)
			err = add_group(c, &c->v[i], m);
	if (!err && c->l->opt.peer)
		err = labpeer_matrix(c, m);
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_number);
	return err;
}

static int write_one(const struct lab_campaign *c, const struct matrix *m, const char *name,
		     void (*fn)(const struct matrix *, FILE *))
{
	char *path = xasprintf("%s/%s", c->results, name), *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int err = f ? 0 : -errno;

	if (f) {
		fn(m, f);
		err = fclose(f) ? -errno : 0;
	}
	if (!err)
		err = file_write(path, text, len);
	free(text);
	free(path);
	return err;
}

int labmatrix_write(const struct lab_campaign *c, const struct matrix *m)
{
	int err = write_one(c, m, "matrix.json", matrix_json_write);

	if (!err)
		err = write_one(c, m, "matrix.html", matrix_html_write);
	if (!err)
		err = write_one(c, m, "matrix.txt", matrix_text_write);
	if (!err)
		err = write_one(c, m, "expected", matrix_expected_write);
	return err ? -1 : 0;
}
