// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "guard.h"
#include "report.h"

#define RECORDS_MAX 256

struct record {
	enum guard_scope scope;
	enum guard_undo undo;
	bool live;
	char path[160];
	char value[64];
	long before; /* GUARD_SUBTRACT: the counter before, while value is empty */
};

/* Shared with the guard process and with every case. */
static struct {
	struct record records[RECORDS_MAX];
	int used;
	pid_t case_group;
} * state;
static pid_t guard = -1; /* the guard process, a child of the case loop */

static struct record *new_record(enum guard_scope scope, enum guard_undo undo, const char *path,
				 const char *value)
{
	struct record *r;

	if (!state || state->used == RECORDS_MAX)
		mm_broken("guard: cannot remember how to undo a change of %s", path);
	r = &state->records[state->used];
	*r = (struct record){ .scope = scope, .undo = undo };
	snprintf(r->path, sizeof(r->path), "%s", path);
	snprintf(r->value, sizeof(r->value), "%s", value ? value : "");
	r->live = true;
	state->used++;
	return r;
}

static bool is_remembered(enum guard_scope scope, enum guard_undo undo, const char *path,
			  const char *value)
{
	for (int i = 0; state && i < state->used; i++) {
		const struct record *r = &state->records[i];

		if (r->live && r->scope == scope && r->undo == undo && !strcmp(r->path, path) &&
		    !strcmp(r->value, value ? value : ""))
			return true;
	}
	return false;
}

/* Once is enough, however often a loop makes the same change. */
void guard_undo_later(enum guard_scope scope, enum guard_undo undo, const char *path,
		      const char *value)
{
	if (!is_remembered(scope, undo, path, value))
		new_record(scope, undo, path, value);
}

/* "always [madvise] never" means madvise. */
static void chosen(char *text)
{
	char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return;
	*close = '\0';
	memmove(text, open + 1, strlen(open + 1) + 1);
}

int guard_set(enum guard_scope scope, const char *path, const char *value)
{
	char old[256];
	ssize_t len = file_read(path, old, sizeof(old));
	struct record *r;
	int ret;

	if (len < 0)
		return len;
	chosen(old);
	if (!strcmp(old, value))
		return 0;
	r = new_record(scope, GUARD_WRITE, path, old);
	ret = file_write(path, value);
	if (ret)
		r->live = false;
	return ret;
}

long guard_add(enum guard_scope scope, const char *path, long delta)
{
	long before = file_read_long(path), after;
	struct record *r;
	int ret;

	if (before < 0)
		return -ENOENT;
	r = new_record(scope, GUARD_SUBTRACT, path, NULL);
	r->before = before;
	ret = file_write_long(path, before + delta);
	after = file_read_long(path);
	snprintf(r->value, sizeof(r->value), "%ld", after > before ? after - before : 0);
	return ret ? ret : after - before;
}

void guard_hold(enum guard_scope scope, const char *path)
{
	long now = file_read_long(path);

	if (now >= 0)
		new_record(scope, GUARD_SUBTRACT, path, NULL)->before = now;
}

/*
 * A pool keeps a page as long as somebody holds its reservation, and what a killed program
 * held, or io_uring for it, goes a moment after it.
 */
static void lower(const char *path, long now, long by)
{
	for (int i = 0; by > 0 && i < 60; i++) {
		long after;

		file_write_long(path, now - by);
		after = file_read_long(path);
		/* What others added meanwhile is theirs. */
		if (after < now)
			by -= now - after;
		now = after;
		if (by > 0)
			usleep(5000);
	}
}

static void subtract(const struct record *r)
{
	long now = file_read_long(r->path);
	long by = r->value[0] ? strtol(r->value, NULL, 10) : now - r->before;

	/* What others had is theirs, even when the kernel took some of ours itself. */
	if (by > now - r->before)
		by = now - r->before;
	lower(r->path, now, by);
}

/* The kernel tries until a signal comes; only a fatal one ends it for sure. */
static void offline(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		file_write(path, "offline");
		_exit(0);
	}
	for (int i = 0; pid > 0 && i < 6000 && !waitpid(pid, NULL, WNOHANG); i++) {
		if (i == 5000)
			kill(pid, SIGKILL);
		usleep(1000);
	}
}

/* A cgroup is removed when its last task is gone, which takes a moment after a kill. */
static void remove_dir(const char *path)
{
	for (int i = 0; i < 200 && rmdir(path) && errno == EBUSY; i++)
		usleep(5000);
}

static void undo(const struct record *r)
{
	switch (r->undo) {
	case GUARD_WRITE:
		file_write(r->path, r->value);
		break;
	case GUARD_SUBTRACT:
		subtract(r);
		break;
	case GUARD_SWAPOFF:
		swapoff(r->path);
		break;
	case GUARD_UMOUNT:
		umount2(r->path, MNT_DETACH);
		rmdir(r->path);
		break;
	case GUARD_RMDIR:
		remove_dir(r->path);
		break;
	case GUARD_UNLINK:
		unlink(r->path);
		break;
	case GUARD_OFFLINE:
		offline(r->path);
		break;
	}
}

void guard_give_back(enum guard_scope scope)
{
	while (state && state->used > 0) {
		struct record *r = &state->records[state->used - 1];

		if (scope == GUARD_CASE && r->scope == GUARD_PROGRAM)
			break;
		if (r->live)
			undo(r);
		state->used--;
	}
}

/* Waits for the death of the program, ends what it left running, gives back. */
static void guard_process(pid_t program)
{
	sigset_t set;
	int sig;

	prctl(PR_SET_NAME, "mm-guard");
	setsid();
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	while (getppid() == program)
		sigwait(&set, &sig);
	if (state->case_group > 0)
		kill(-state->case_group, SIGKILL);
	guard_give_back(GUARD_PROGRAM);
	_exit(0);
}

void guard_start(void)
{
	pid_t program = getpid();

	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (state == MAP_FAILED) {
		perror("# guard: mmap");
		exit(1);
	}
	fflush(stdout);
	guard = fork();
	if (guard == 0)
		guard_process(program);
	if (guard < 0) {
		perror("# guard: fork");
		exit(1);
	}
}

void guard_case_group(pid_t group)
{
	state->case_group = group;
}

void guard_end(void)
{
	if (guard <= 0)
		return;
	guard_give_back(GUARD_PROGRAM);
	kill(guard, SIGKILL);
	waitpid(guard, NULL, 0);
	guard = -1;
}

pid_t guard_pid(void)
{
	return guard;
}
