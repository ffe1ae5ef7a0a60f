/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes under one program: born, killed, counted, given up.
 */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"
#include "tree.h"

pid_t tree_fork(struct tree *t)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	struct group *g = &t->group;
	pid_t pid = -1;

	/* A cgroup that was killed may kill whoever is born into it. */
	if (g->killed)
		group_renew(g);
	/* Born in its cgroup: moving a process there takes milliseconds. */
	if (g->dir >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)g->dir;
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		if (pid < 0)
			group_none(g);
	}
	return pid < 0 ? fork() : pid;
}

/*
 * Some kernels kill a process at once that is born into another cgroup, when one
 * of the two was ever killed. Then only moving and walking is left.
 */
static void probe_group(struct tree *t)
{
	int status = -1;
	pid_t pid;

	if (t->group.dir < 0)
		return;
	pid = tree_fork(t);
	if (!pid)
		_exit(42);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 42)
		group_none(&t->group);
}

static void *pages(size_t len, int flags)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void tree_open(struct tree *t, bool cgroups)
{
	memset(t, 0, sizeof(*t));
	t->self = getpid();
	t->group.parent = t->group.dir = -1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	dents_open(&t->proc, -1, "/proc");
	t->look = pages(sizeof(*t->look), MAP_SHARED);
	t->last = pages(sizeof(*t->last), MAP_PRIVATE);
	if (!t->look || !t->last) {
		say("no memory for kernel stacks");
		exit(MMG_EXIT_RUNNER);
	}
	if (!cgroups)
		return;
	group_open(&t->group);
	probe_group(t);
}

void tree_close(struct tree *t)
{
	group_close(&t->group);
	dents_close(&t->proc);
	munmap(t->look, sizeof(*t->look));
	munmap(t->last, sizeof(*t->last));
}

void tree_reaped(struct tree *t, pid_t pid)
{
	for (size_t i = 0; i < t->nlost; i++)
		if (t->lost[i].pid == pid)
			t->lost[i] = t->lost[--t->nlost];
}

static void signal_one(const struct process *p, void *arg)
{
	int sig = *(const int *)arg;

	kill(p->pid, sig);
	/* Who has stopped itself is to hear of it too. */
	if (sig == SIGTERM)
		kill(p->pid, SIGCONT);
}

void tree_kill(struct tree *t, int sig)
{
	int stop = SIGSTOP;

	/* Who is stopped cannot fork faster than the others are found. */
	if (sig == SIGKILL && t->group.dir >= 0)
		group_kill(&t->group);
	else if (sig == SIGKILL)
		tree_walk(t, signal_one, &stop);
	/* Also the ones that moved themselves to another cgroup. */
	tree_walk(t, signal_one, &sig);
}

static void lose(const struct process *p, void *arg)
{
	struct tree *t = arg;

	if (t->nlost == LOST_MAX)
		return;
	t->lost[t->nlost].pid = p->pid;
	t->lost[t->nlost++].start = p->start;
}

void tree_give_up(struct tree *t)
{
	tree_walk(t, lose, t);
	group_renew(&t->group);
}
