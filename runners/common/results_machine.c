/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program did to the machine: complaints of the kernel, taint, state left changed.
 */
#include <stdio.h>
#include <string.h>
#include "protocol.h"
#include "results_impl.h"
#include "state.h"

struct dirt {
	const struct collect *c;
	char first[192];
	int n, seen; /* that count, and all of them */
};

static void on_hit(const struct klog_hit *hit, const char *allowed, void *arg)
{
	struct dirt *d = arg;

	d->seen++;
	if (allowed || !klog_dirty(hit->kind, d->c->q->slow, d->c->end->stuck))
		return;
	if (!d->n++)
		memcpy(d->first, hit->title, sizeof(d->first));
}

/* A flag that is new though the log holds nothing that explains it. */
static void tell_taint(struct collect *c, const char *dir, const char *suffix)
{
	unsigned long fresh = state_new_taint(dir, suffix);
	char letters[65], why[160];

	if (!fresh)
		return;
	snprintf(why, sizeof(why), "the kernel is tainted now: %s; its log does not say why",
		 state_taint_letters(fresh, letters, sizeof(letters)));
	results_tell(c, NULL, V_DIRTY, why);
}

void results_machine(struct collect *c, const char *dir)
{
	char before[4096], why[REASON_MAX], suffix[16] = "";
	struct dirt d = { .c = c };

	if (c->q->boot > 1)
		snprintf(suffix, sizeof(suffix), ".%u", c->q->boot);
	results_file(before, sizeof(before), dir, MMG_KMSG, c->q->boot);
	klog_scan_file(before, c->q->program, c->q->allow, on_hit, &d);
	snprintf(why, sizeof(why), d.n > 1 ? "%s (and %d more)" : "%s", d.first, d.n - 1);
	/* What a machine says while it dies belongs to the CRASH. */
	if (d.n && c->end->ended)
		results_tell(c, NULL, V_DIRTY, why);
	else if (c->end->ended && !d.seen)
		tell_taint(c, dir, suffix);
	if (state_diff(dir, suffix, why, sizeof(why)) > 0)
		results_tell(c, NULL, V_LEAK, why);
}
