// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the programs of another suite notice a bug.  They are given the benefit of the doubt:
 * a failure under a name that the run with 0 does not know counts when the program has more
 * failures than there, and so does an exit status alone.
 */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

static const struct program_report *find_program(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].name, name))
			return &r->v[i];
	return NULL;
}

/* Did the program judge so itself, or exit as if? */
static bool is_failure(const struct result *x)
{
	return x->verdict == V_FAIL || x->verdict == V_FLAKY ||
	       (x->whole && x->verdict == V_BROKEN);
}

static size_t failures(const struct program_report *p, bool whole)
{
	size_t n = 0;

	for (size_t i = 0; p && i < p->n; i++)
		n += p->v[i].whole == whole && is_failure(&p->v[i]);
	return n;
}

static enum how judge_failure(const struct result *x, const struct result *z,
			      const struct program_report *zero,
			      const struct program_report *bug)
{
	enum how how = how_judge(x) == HOW_CRASH ? HOW_CRASH : HOW_ASSERTION;

	if (z && !x->whole && z->verdict != V_PASS)
		return is_failure(z) ? HOW_ZERO : HOW_NOT_RUN;
	if (z && !x->whole)
		return how;
	return failures(bug, x->whole) > failures(zero, x->whole) ? how : HOW_ZERO;
}

static enum how judge(const struct result *x, const struct report *r,
		      const struct program_report *zero, const struct program_report *bug)
{
	const struct result *z = matrix_find(r, x);

	/* Not run with 0, or only in part: nothing to compare with. */
	if (!zero)
		return HOW_NOT_RUN;
	if (is_failure(x))
		return judge_failure(x, z, zero, bug);
	if (x->verdict == V_PASS)
		return HOW_PASSED;
	return z && z->verdict == x->verdict ? HOW_ZERO : how_judge(x);
}

static void add_program(struct matrix_peer *peer, const struct report *zero,
			const struct program_report *bug)
{
	const struct program_report *z = find_program(zero, bug->name);

	for (size_t i = 0; i < bug->n; i++) {
		struct result x = bug->v[i];
		enum how how = judge(&x, zero, z, bug);

		/* The cell is the program: it has to say which of its results it was. */
		x.reason = xasprintf("%s%s%s", x.name, *x.reason ? ": " : "", x.reason);
		matrix_put(&peer->v, &peer->n, bug->name, &x, how);
		free(x.reason);
		if (how_catches(how) && how > peer->how)
			peer->how = how;
	}
}

void matrix_compare_peer(struct matrix_row *row, const struct report *zero,
			 const struct report *bug)
{
	struct matrix_peer *peer = xcalloc(1, sizeof(*peer));

	peer->how = HOW_PASSED;
	for (size_t i = 0; i < bug->n; i++)
		add_program(peer, zero, &bug->v[i]);
	if (matrix_facts(row, bug))
		peer->how = HOW_CRASH;
	peer->note = xstrdup(row->note);
	peer->seconds = row->seconds;
	row->peer = peer;
}
