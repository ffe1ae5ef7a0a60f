/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program changed and left is given back, in an order in which one thing
 * does not hold the next: shared memory and swap before the pools that hold their
 * pages, cgroups before the mounts they are below.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../common/state.h"
#include "mmrun.h"
#include "state.h"

#define GIVE_S	 10.0 /* for all of it */
#define SETTLE_S 0.5  /* for counters to come back */
#define DEPTH	 8    /* of cgroups in cgroups */
#define BUSY_MS	 500  /* a cgroup is busy for a moment after its last task died */

struct change {
	const struct state *st;
	const char *key; /* behind the prefix of the kind */
	const char *full, *before, *after;
	bool fresh, gone; /* not there before, not there after */
};

/* The name as it was before lines_add() or the kernel wrote \ooo. */
static const char *unescape(const char *key, char *out, size_t len)
{
	size_t o = 0;

	for (; *key && o + 1 < len; key++) {
		int n = 0, c = 0;

		if (*key == '\\' && sscanf(key + 1, "%3o%n", (unsigned int *)&c, &n) == 1 &&
		    n == 3) {
			out[o++] = (char)c;
			key += 3;
		} else {
			out[o++] = *key;
		}
	}
	out[o] = '\0';
	return out;
}

static int sysv(const struct change *c)
{
	return c->fresh ? shmctl(atoi(c->key), IPC_RMID, NULL) : 0;
}

static int posix(const struct change *c)
{
	char path[STATE_KEY_MAX + 16] = "/dev/shm/";

	unescape(c->key, path + 9, sizeof(path) - 9);
	return c->fresh ? unlink(path) : 0;
}

/* Only empty ones go: a cgroup with a process in it is refused by the kernel. */
static int remove_group(const char *path, int depth)
{
	char below[1024];
	struct dents d;
	const char *name;
	struct stat sb;

	if (depth < DEPTH && !dents_open(&d, -1, path)) {
		while ((name = dents_next(&d))) {
			snprintf(below, sizeof(below), "%.700s/%.255s", path, name);
			if (!fstatat(d.fd, name, &sb, AT_SYMLINK_NOFOLLOW) &&
			    S_ISDIR(sb.st_mode))
				remove_group(below, depth + 1);
		}
		dents_close(&d);
	}
	for (int ms = 0; depth && rmdir(path); ms += 5) {
		if (errno != EBUSY || ms > BUSY_MS)
			return -1;
		usleep(5000);
	}
	return 0;
}

static int group(const struct change *c)
{
	char path[STATE_KEY_MAX];

	return c->fresh ? remove_group(unescape(c->key, path, sizeof(path)), 1) : 0;
}

static int swap(const struct change *c)
{
	const char *prio = strstr(c->before, "priority ");
	int nr = prio ? atoi(prio + 9) : -1, flags = nr >= 0 ? SWAP_FLAG_PREFER | nr : 0;
	char path[STATE_KEY_MAX];

	unescape(c->key, path, sizeof(path));
	if (!c->gone && swapoff(path))
		return -1;
	return c->fresh ? 0 : swapon(path, flags);
}

static int zram(const struct change *c)
{
	char path[64];

	if (!c->fresh)
		return 0;
	snprintf(path, sizeof(path), "/sys/block/zram%.20s/reset", c->key);
	write_file(path, "1");
	return write_file("/sys/class/zram-control/hot_remove", c->key);
}

/* Of a file system that holds nothing of anybody. */
static bool is_pseudo(const char *type)
{
	static const char *const types[] = { "hugetlbfs", "tmpfs",   "ramfs",	 "cgroup",
					     "cgroup2",	  "debugfs", "tracefs",	 "proc",
					     "sysfs",	  "mqueue",  "configfs", "bpf" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

static int mounted(const struct change *c)
{
	char path[STATE_KEY_MAX];

	if (!c->fresh || !is_pseudo(c->after)) {
		errno = EPERM;
		return -1;
	}
	unescape(c->key, path, sizeof(path));
	/* A hierarchy that is nowhere mounted lives on with its cgroups. */
	if (!strcmp(c->after, "cgroup"))
		remove_group(path, 0);
	return umount2(path, MNT_DETACH);
}

static int block(const struct change *c)
{
	char path[96], number[24];
	const char *to = "offline";

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%.16s/state", c->key);
	snprintf(number, sizeof(number), ",%.16s,", c->key);
	if (c->fresh)
		to = strstr(c->st->before, number) ? "online_movable" : "online";
	return write_file(path, to);
}

static int setting(const struct change *c)
{
	char now_text[256];

	for (size_t i = 0; i < c->st->n; i++) {
		const struct item *it = &c->st->items[i];

		if (strcmp(it->key, c->full) || !it->path || c->fresh || c->gone)
			continue;
		/* Another one may have brought it back meanwhile, as with pools of nodes. */
		if (pread(it->fd, now_text, sizeof(now_text) - 1, 0) < 0)
			return -1;
		return write_file(it->path, c->before);
	}
	return 0;
}

static int module(const struct change *c)
{
	return c->fresh ? (int)syscall(SYS_delete_module, c->key, O_NONBLOCK) : 0;
}

/* In this order. The pools of nodes stand before their sums. */
static const struct kind {
	const char *prefix;
	int (*undo)(const struct change *c);
} kinds[] = {
	{ "shm.sysv.", sysv },	    { "shm.posix.", posix }, { "cgroup.", group },
	{ "swap.", swap },	    { "zram.", zram },	     { "mount.", mounted },
	{ "memory.block.", block }, { "node", setting },     { "hugepages.", setting },
	{ "thp.", setting },	    { "ksm.", setting },     { "zswap.", setting },
	{ "vm.", setting },	    { "kernel.", setting },  { "module.", module },
};

struct giving {
	struct state *st;
	const struct kind *kind;
	struct {
		char key[96];
		int error;
	} failed[16];
	size_t nfailed;
	char *out;
	size_t used;
};

static void undo(const char *key, const char *before, const char *after, void *arg)
{
	struct giving *g = arg;
	size_t len = strlen(g->kind->prefix);
	struct change c = { g->st,
			    key + len,
			    key,
			    before,
			    after,
			    !strcmp(before, STATE_NONE),
			    !strcmp(after, STATE_NONE) };

	if (strncmp(key, g->kind->prefix, len) || !g->kind->undo(&c) ||
	    g->nfailed == sizeof(g->failed) / sizeof(g->failed[0]))
		return;
	snprintf(g->failed[g->nfailed].key, sizeof(g->failed[0].key), "%s", key);
	g->failed[g->nfailed++].error = errno;
}

struct sought {
	const char *key;
	bool found;
};

static void seek(const char *key, const char *before, const char *after, void *arg)
{
	struct sought *s = arg;

	(void)before;
	(void)after;
	s->found |= !strcmp(key, s->key);
}

static const char *reason(const struct giving *g, const char *key)
{
	for (size_t i = 0; i < g->nfailed; i++)
		if (!strcmp(g->failed[i].key, key))
			return strerror(g->failed[i].error);
	return "nothing gives it back";
}

/* What became of one of the changes, by a look at what is now. */
static void report(const char *key, const char *before, const char *after, void *arg)
{
	struct giving *g = arg;
	struct sought s = { key, false };
	size_t room = SNAPSHOT_MAX - g->used;
	int n;

	(void)before;
	(void)after;
	state_compare(g->st->before, g->st->fresh, seek, &s);
	if (s.found)
		n = snprintf(g->out + g->used, room, "%s kept: %s\n", key, reason(g, key));
	else
		n = snprintf(g->out + g->used, room, "%s given back\n", key);
	g->used += (size_t)n < room ? (size_t)n : 0;
}

static void give(struct state *st, const char *tasks)
{
	struct giving g = { .st = st, .out = st->given };
	double until = now() + SETTLE_S;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		g.kind = &kinds[i];
		state_take(st, st->fresh, false, tasks);
		state_compare(st->before, st->fresh, undo, &g);
	}
	do {
		state_take(st, st->fresh, false, tasks);
	} while (state_compare(st->before, st->fresh, NULL, NULL) && now() < until &&
		 !usleep(20000));
	state_compare(st->before, st->after, report, &g);
}

void give_back(struct state *st, struct sink *sink, double slow)
{
	double until = now() + GIVE_S * slow;
	pid_t pid;

	st->given[0] = '\0';
	pid = fork();
	if (!pid) {
		give(st, "0");
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) != pid) {
		if (now() > until) {
			say("giving back what a program changed hangs; it is left as it is");
			kill(pid, SIGKILL);
			return;
		}
		sink_tick(sink);
		usleep(2000);
	}
}
