// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmguard lab control: is it the bug that the scenarios find, or its switch?  The same bug is
 * built once more as a plain edit, in a kernel that has neither switch nor other bugs.
 */
#include "labrun.h"
#include "common/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same tree with one bug in it; the next build of all bugs patches it back. */
static int build_plain(const struct lab *l, const struct bug *b)
{
	struct lab one = { .opt.source = xstrdup(l->opt.source) };
	int rc;

	for (size_t i = 0; i < l->opt.config.n; i++)
		strv_add(&one.opt.config, l->opt.config.v[i]);
	rc = lab_open(&one);
	if (!rc) {
		lab_make_plain(&one, b->number);
		rc = lab_build(&one);
	}
	lab_free(&one);
	return rc;
}

static int build_all(const struct lab *l)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < l->bugs.n && !rc; i++) {
		if (!bug_selected(&l->bugs.v[i], &l->opt.bugs))
			continue;
		rc = build_plain(l, &l->bugs.v[i]);
		n++;
	}
	if (rc || n)
		return rc;
	mg_error("no bug of Linux %s has that number or name", l->version);
	return MMG_EXIT_NOTHING;
}

/* Do both runs show it, or neither?  What one of them did not come to says nothing. */
static bool same_cell(const struct matrix_cell *a, const struct matrix_row *other)
{
	const struct matrix_cell *b = matrix_cell(other, a->scenario);

	if (!b || a->how < HOW_PASSED || b->how < HOW_PASSED)
		return true;
	return how_catches(a->how) == how_catches(b->how);
}

static size_t print_differences(const struct matrix_row *with, const struct matrix_row *plain)
{
	size_t different = 0;

	for (size_t i = 0; i < with->n; i++) {
		const struct matrix_cell *c = &with->v[i];

		if (same_cell(c, plain))
			continue;
		printf("      %s: %s with the switch, %s as a plain edit\n", c->scenario,
		       how_name(c->how), how_name(matrix_cell(plain, c->scenario)->how));
		different++;
	}
	return different;
}

/* 1 when they differ, -1 with a message. */
static int compare(const struct lab_campaign *c, const struct lab_job *with,
		   const struct lab_job *plain)
{
	struct matrix m = { 0 };
	int ret = -1;

	matrix_add(&m, with->bug);
	matrix_add(&m, plain->bug);
	if (!labmatrix_row(c, with, &m.v[0]) && !labmatrix_row(c, plain, &m.v[1])) {
		printf("%5u %-26s %s with the switch, %s as a plain edit\n", with->number,
		       with->bug->name, how_name(m.v[0].how), how_name(m.v[1].how));
		ret = print_differences(&m.v[0], &m.v[1]) || m.v[0].how != m.v[1].how;
	}
	matrix_free(&m);
	return ret;
}

static int compare_all(const struct lab_campaign *c)
{
	int rc = MMG_EXIT_OK;

	for (size_t i = 0; i < c->n; i++) {
		const struct lab_job *plain = &c->v[i];
		int differs;

		if (!plain->plain || !plain->done)
			continue;
		differs = compare(c, labjobs_find(c, plain->number), plain);
		if (differs)
			rc = differs < 0 ? MMG_EXIT_RUNNER : MMG_EXIT_UNEXPECTED;
	}
	return rc;
}

int lab_control(struct lab *l)
{
	struct lab_campaign c = { .l = l, .results = labrun_results(l) };
	int lock, rc;

	if (!l->opt.bugs.n) {
		mg_error("lab control needs --bugs: it builds a kernel for each");
		free(c.results);
		return MMG_EXIT_USAGE;
	}
	rc = labmanifest_read(l, &c.image) ? MMG_EXIT_RUNNER : build_all(l);
	if (!rc)
		rc = labjobs_make(&c, true);
	lock = rc ? -1 : lab_lock(c.results);
	if (!rc && lock < 0)
		rc = MMG_EXIT_RUNNER;
	if (!rc)
		rc = labjobs_run(&c);
	if (!rc)
		rc = compare_all(&c);
	if (lock >= 0)
		close(lock);
	labjobs_free(&c);
	return rc;
}
