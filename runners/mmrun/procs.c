/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The descendants of mmrun, from /proc. Only stat is read of a process: to answer
 * for cmdline or maps the kernel takes locks that a stuck task may hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mmrun.h"
#include "tree.h"

/* Rounds of one walk: a program may fork as fast as it is walked. */
#define ROUNDS 20

bool process_read(const char *path, struct process *p)
{
	char text[512];
	const char *end;

	*p = (struct process){ 0 };
	if (read_file(path, text, sizeof(text)) <= 0)
		return false;
	/* The name is in brackets and may hold brackets itself; the last one ends it. */
	end = strrchr(text, ')');
	if (!end || end - text > 100)
		return false;
	p->pid = atoi(text);
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(end - strchr(text, '(') - 1),
		 strchr(text, '(') + 1);
	/* state ppid ... utime stime ... num_threads ... starttime: proc(5) fields 3 to 22 */
	return sscanf(end + 1,
		      " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %*s %*s %*s %*s %d "
		      "%*s %llu",
		      &p->state, &p->parent, &p->user, &p->kernel, &p->threads, &p->start) == 6;
}

bool process_lives(const struct process *p)
{
	return (p->state != 'Z' && p->state != 'X') || p->threads > 1;
}

static bool is_ours(const struct tree *t, pid_t pid)
{
	return pid > 0 && pid < PIDS_END && (t->ours[pid / 8] & (1 << pid % 8));
}

static bool is_lost(const struct tree *t, const struct process *p)
{
	for (size_t i = 0; i < t->nlost; i++)
		if (t->lost[i].pid == p->pid && t->lost[i].start == p->start)
			return true;
	return false;
}

/* Descendants that were not seen in this walk yet; how many there were. */
static int one_round(struct tree *t, process_fn *fn, void *arg, int *living)
{
	const char *name;
	int found = 0;

	dents_rewind(&t->proc);
	while ((name = dents_next(&t->proc))) {
		char path[64];
		struct process p;
		int pid = atoi(name);

		if (pid <= 0 || pid >= PIDS_END || pid == getpid() || is_ours(t, pid))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (!process_read(path, &p) || !is_ours(t, p.parent))
			continue;
		t->ours[pid / 8] |= (unsigned char)(1 << pid % 8);
		found++;
		if (!process_lives(&p) || is_lost(t, &p))
			continue;
		(*living)++;
		if (fn)
			fn(&p, arg);
	}
	return found;
}

int tree_walk(struct tree *t, process_fn *fn, void *arg)
{
	int living = 0;

	memset(t->ours, 0, sizeof(t->ours));
	t->ours[t->self / 8] |= (unsigned char)(1 << t->self % 8);
	/* In the order of their numbers: a child mostly stands behind its parent. */
	for (int i = 0; i < ROUNDS && one_round(t, fn, arg, &living); i++)
		;
	return living;
}
