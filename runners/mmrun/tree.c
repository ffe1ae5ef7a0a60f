/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of processes under one program. All of them are descendants of mmrun
 * and stay so, because mmrun is their subreaper: whoever daemonises comes back to
 * it. Where a cgroup2 hierarchy can be used, the whole tree is also in one cgroup
 * and dies by one write.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"

#define PIDS_MAX 4096

/* Directory of the cgroup2 that mmrun is in, -1 when there is none. */
static int own_cgroup(void)
{
	char line[1024], type[32], mount[512] = "", own[512] = "", path[1100];
	FILE *f = fopen("/proc/self/mounts", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %511s %31s", path, type) == 2 && !strcmp(type, "cgroup2"))
			snprintf(mount, sizeof(mount), "%.511s", path);
	if (f)
		fclose(f);
	f = fopen("/proc/self/cgroup", "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3))
			snprintf(own, sizeof(own), "%.*s", (int)strcspn(line + 3, "\n"),
				 line + 3);
	if (f)
		fclose(f);
	if (!mount[0] || !own[0])
		return -1;
	snprintf(path, sizeof(path), "%s%s", mount, own);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void drop_cgroup(struct tree *t)
{
	if (t->cgroup < 0)
		return;
	close(t->cgroup);
	t->cgroup = -1;
	unlinkat(t->parent, t->name, AT_REMOVEDIR);
}

static void new_cgroup(struct tree *t)
{
	t->killed = false;
	drop_cgroup(t);
	if (t->parent < 0)
		return;
	snprintf(t->name, sizeof(t->name), "mmrun-%d-%u", (int)getpid(), ++t->nr);
	if (!mkdirat(t->parent, t->name, 0755))
		t->cgroup = openat(t->parent, t->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->has_kill = t->cgroup >= 0 && !faccessat(t->cgroup, "cgroup.kill", W_OK, 0);
}

void tree_close(struct tree *t)
{
	drop_cgroup(t);
	if (t->parent >= 0)
		close(t->parent);
	t->parent = -1;
	free(t->lost);
	t->lost = NULL;
	t->nlost = 0;
}

pid_t tree_fork(struct tree *t)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid = -1;

	/* A cgroup that was killed may kill whoever is born into it. */
	if (t->killed)
		new_cgroup(t);
	/* Born in its cgroup: moving a process there takes milliseconds. */
	if (t->cgroup >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)t->cgroup;
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		if (pid < 0)
			drop_cgroup(t);
	}
	return pid < 0 ? fork() : pid;
}

/*
 * Some kernels kill a process at once that is born into another cgroup, when one
 * of the two was ever killed. Then only moving and walking is left.
 */
static void probe_cgroup(struct tree *t)
{
	int status = -1;
	pid_t pid;

	if (t->cgroup < 0)
		return;
	pid = tree_fork(t);
	if (!pid)
		_exit(42);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 42) {
		drop_cgroup(t);
		close(t->parent);
		t->parent = -1;
	}
}

void tree_open(struct tree *t)
{
	*t = (struct tree){ .parent = own_cgroup(), .cgroup = -1 };
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	new_cgroup(t);
	probe_cgroup(t);
}

static bool is_lost(const struct tree *t, pid_t pid)
{
	for (size_t i = 0; i < t->nlost; i++)
		if (t->lost[i] == pid)
			return true;
	return false;
}

void tree_reaped(struct tree *t, pid_t pid)
{
	for (size_t i = 0; i < t->nlost; i++)
		if (t->lost[i] == pid)
			t->lost[i] = t->lost[--t->nlost];
}

struct process {
	pid_t pid, parent;
	char state;
	bool ours;
};

/* Fills in one process; false when it is gone. */
static bool look_at(pid_t pid, struct process *p)
{
	char path[64], text[512];
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_file(path, text, sizeof(text)) <= 0)
		return false;
	end = strrchr(text, ')');
	*p = (struct process){ .pid = pid };
	return end && sscanf(end + 1, " %c %d", &p->state, &p->parent) == 2;
}

static size_t all_processes(struct process *list)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d && n < PIDS_MAX && (e = readdir(d)))
		if (atoi(e->d_name) > 0)
			n += look_at(atoi(e->d_name), &list[n]);
	if (d)
		closedir(d);
	return n;
}

static bool parent_is_ours(const struct process *list, size_t n, pid_t parent)
{
	if (parent == getpid())
		return true;
	for (size_t i = 0; i < n; i++)
		if (list[i].pid == parent)
			return list[i].ours;
	return false;
}

/* Lists living descendants that are not lost; NULL when there is no memory. */
static struct process *descendants(const struct tree *t, size_t *count)
{
	struct process *list = calloc(PIDS_MAX, sizeof(*list));
	size_t n = list ? all_processes(list) : 0, kept = 0;

	/* Parents may stand behind their children: look until nothing is new. */
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			if (list[i].ours || !parent_is_ours(list, n, list[i].parent))
				continue;
			list[i].ours = true;
			again = true;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].ours && list[i].state != 'Z' && !is_lost(t, list[i].pid))
			list[kept++] = list[i];
	*count = kept;
	return list;
}

void tree_kill(struct tree *t, int sig)
{
	struct process *list;
	size_t n;
	int fd;

	if (sig == SIGKILL && t->has_kill && t->cgroup >= 0) {
		t->killed = true;
		fd = openat(t->cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "1", 1) < 0)
			say("cgroup.kill: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	/* Also the ones that moved themselves to another cgroup. */
	list = descendants(t, &n);
	for (size_t i = 0; i < n; i++) {
		kill(list[i].pid, sig);
		if (sig != SIGKILL)
			kill(list[i].pid, SIGCONT);
	}
	free(list);
}

int tree_count(const struct tree *t)
{
	size_t n;

	free(descendants(t, &n));
	return (int)n;
}

static void write_stack(const struct process *p, struct sink *s, struct sink_file *f)
{
	char path[64], name[64], stack[4096], text[4400];
	int n;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)p->pid);
	read_file(path, name, sizeof(name));
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/stack", (int)p->pid);
	if (read_file(path, stack, sizeof(stack)) <= 0)
		snprintf(stack, sizeof(stack), "(no kernel stack: %s)\n", strerror(errno));
	n = snprintf(text, sizeof(text), "pid %d %s state %c\n%s\n", (int)p->pid, name,
		     p->state, stack);
	sink_append(s, f, text, (size_t)n);
}

void tree_give_up(struct tree *t, struct sink *s, struct sink_file *f)
{
	size_t n;
	struct process *list = descendants(t, &n);
	pid_t *more = reallocarray(t->lost, t->nlost + n + 1, sizeof(*more));

	for (size_t i = 0; more && i < n; i++) {
		write_stack(&list[i], s, f);
		more[t->nlost++] = list[i].pid;
	}
	if (more)
		t->lost = more;
	free(list);
	new_cgroup(t);
}
