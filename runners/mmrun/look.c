/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left of a tree that was killed: stuck, or slow to die? Huge mappings are
 * freed by the dying process itself and take their time, which shows: it runs, or
 * sleeps somewhere else from look to look.
 *
 * To read a kernel stack is to wait for a lock that a task stuck in execve() may
 * hold, so a process of its own reads.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"
#include "tree.h"

#define STACK_MAX 4096

static void write_task(struct look *l, const struct process *p, const char *dir)
{
	size_t room = sizeof(l->text) - l->len;
	char path[128], stack[STACK_MAX];
	int n;

	l->tasks++;
	l->asleep &= p->state == 'D';
	if (room < STACK_MAX + 256)
		return;
	n = snprintf(l->text + l->len, room, "pid %d %s state %c, CPU time %lu+%lu ticks\n",
		     (int)p->pid, p->name, p->state, p->user, p->kernel);
	l->len += (size_t)n;
	snprintf(path, sizeof(path), "%s/stack", dir);
	errno = 0;
	if (read_file(path, stack, sizeof(stack)) <= 0)
		snprintf(stack, sizeof(stack), "(no kernel stack: %s)\n",
			 errno ? strerror(errno) : "it is empty");
	n = snprintf(l->text + l->len, room - (size_t)n, "%s\n", stack);
	l->len += (size_t)n;
}

/* All threads: the first one may have ended long before the others. */
static void write_process(const struct process *p, void *arg)
{
	struct look *l = arg;
	struct dents d;
	const char *name;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)p->pid);
	if (dents_open(&d, -1, path))
		return;
	while ((name = dents_next(&d))) {
		char dir[96], stat[112];
		struct process task;

		snprintf(dir, sizeof(dir), "%s/%.20s", path, name);
		snprintf(stat, sizeof(stat), "%s/stat", dir);
		if (process_read(stat, &task) && task.state != 'Z' && task.state != 'X')
			write_task(l, &task, dir);
	}
	dents_close(&d);
}

/* Runs to its end or is left behind: it hangs where the one it looks at is stuck. */
static bool look(struct tree *t, double seconds)
{
	double until = now() + seconds;
	pid_t pid;

	t->look->tasks = 0;
	t->look->len = 0;
	t->look->asleep = true;
	t->look->text[0] = '\0';
	pid = fork();
	if (!pid) {
		tree_walk(t, write_process, t->look);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) != pid) {
		if (now() > until) {
			kill(pid, SIGKILL);
			return false;
		}
		usleep(2000);
	}
	return pid > 0;
}

bool tree_stuck(struct tree *t, double seconds)
{
	struct look *l = t->look;
	bool whole = look(t, seconds), same;

	same = whole && l->tasks == t->last->tasks && !strcmp(l->text, t->last->text);
	if (whole)
		memcpy(t->last, l, sizeof(*l));
	return whole && same && l->asleep;
}

void tree_look_anew(struct tree *t)
{
	t->last->tasks = -1;
}
