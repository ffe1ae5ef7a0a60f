// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmguard lab real: a released kernel with its own bugs is a proof too.  What fails there by an
 * assertion, and passes on a kernel that has the fixes, is shown to fail.
 */
#include "lab.h"
#include "matrix.h"
#include "common/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const struct matrix_row *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->v[i].how == HOW_ASSERTION;
	return n;
}

static int print(const struct report *old, const struct report *good)
{
	char *name = xasprintf("linux-%s", old->version);
	struct bug kernel = { .name = name, .area = (char *)"", .breaks = (char *)"" };
	struct matrix m = { 0 };
	struct matrix_row *row = matrix_add(&m, &kernel);
	size_t n;

	matrix_compare(row, good, old);
	n = count(row);
	printf("# SPDX-License-Identifier: GPL-2.0-only\n"
	       "# What fails on Linux %s and passes on %s, found by 'mmguard lab real'.\n"
	       "0 %s assertion",
	       old->version, good->version, name);
	for (size_t i = 0; i < row->n; i++)
		if (row->v[i].how == HOW_ASSERTION)
			printf(" %s", row->v[i].scenario);
	puts("");
	matrix_free(&m);
	free(name);
	return n ? MMG_EXIT_OK : MMG_EXIT_UNEXPECTED;
}

int lab_real(struct lab *l)
{
	struct report old = { 0 }, good = { 0 };
	int rc = MMG_EXIT_RUNNER;

	if (l->opt.selectors.n != 2) {
		mg_error("lab real takes two runs: of the old kernel, and of one with the "
			 "fixes");
		return MMG_EXIT_USAGE;
	}
	if (!report_collect(&old, l->opt.selectors.v[0], l->paths.configs) &&
	    !report_collect(&good, l->opt.selectors.v[1], l->paths.configs))
		rc = print(&old, &good);
	report_free(&old);
	report_free(&good);
	return rc;
}
