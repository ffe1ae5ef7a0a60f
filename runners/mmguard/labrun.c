// SPDX-License-Identifier: GPL-2.0-only
/* mmguard lab run: boot, compare, write the matrix. */
#include "labrun.h"
#include "proof.h"
#include "common/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A matrix of other scenarios must not replace the one of all. */
char *labrun_results(const struct lab *l)
{
	if (l->opt.results)
		return xstrdup(l->opt.results);
	return xasprintf("results/lab-%s%s%s", l->name, l->opt.all ? ".all" : "",
			 l->opt.selectors.n ? ".selected" : "");
}

/* 1 when a bug is missed that was caught before. */
static int compare(const struct lab *l, const struct matrix *m)
{
	struct proofs expected;
	int rc = MMG_EXIT_RUNNER;
	size_t lost;

	if (!proofs_expected(&expected, &l->paths, l->version)) {
		lost = proofs_compare(&expected, m, stdout);
		printf("compared with %s: %zu bugs are missed that were caught\n",
		       expected.from, lost);
		rc = lost ? MMG_EXIT_UNEXPECTED : MMG_EXIT_OK;
	}
	proofs_free(&expected);
	return rc;
}

static int conclude(const struct lab_campaign *c, int rc)
{
	struct matrix m = { 0 };
	int err = labmatrix_make(c, &m);

	if (!err)
		err = labmatrix_write(c, &m);
	if (!err) {
		matrix_text_write(&m, stdout);
		printf("matrix: %s/matrix.html\n", c->results);
	}
	if (err && !rc)
		rc = MMG_EXIT_RUNNER;
	if (!rc && c->l->opt.expect)
		rc = compare(c->l, &m);
	matrix_free(&m);
	return rc;
}

int lab_run(struct lab *l)
{
	struct lab_campaign c = { .l = l, .results = labrun_results(l) };
	int rc = labmanifest_read(l, &c.image) ? MMG_EXIT_RUNNER : labjobs_make(&c, false);
	int lock = rc ? -1 : lab_lock(c.results);

	if (!rc && lock < 0)
		rc = MMG_EXIT_RUNNER;
	else if (!rc)
		rc = conclude(&c, labjobs_run(&c));
	if (lock >= 0)
		close(lock);
	labjobs_free(&c);
	return rc;
}
