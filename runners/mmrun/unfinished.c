/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an mmrun that was killed could not give back: its state-before is on the disk.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../common/results.h"
#include "mmrun.h"
#include "state.h"

struct unfinished {
	char program[300];
	unsigned int boot;
	char boot_id[64];
};

/* The last program of the journal that started and neither ended nor was seen to. */
static bool find(int dir, struct unfinished *u)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	return !journal_unfinished(path, u->program, sizeof(u->program), &u->boot, u->boot_id,
				   sizeof(u->boot_id));
}

/* After a reboot nothing of it is left. */
static bool this_boot(const char *boot_id)
{
	char id[64];

	read_file("/proc/sys/kernel/random/boot_id", id, sizeof(id));
	id[strcspn(id, "\n")] = '\0';
	return id[0] && !strcmp(id, boot_id);
}

static bool read_before(struct runner *r, const struct sink *then, const char *program)
{
	struct state *st = r->state;
	struct sink_file f;
	ssize_t n = -1;
	int fd;

	sink_name(then, &f, program, MMG_STATE_BEFORE);
	fd = openat(r->sink.dir, f.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, st->before, SNAPSHOT_MAX - 1);
		close(fd);
	}
	st->before[n > 0 ? n : 0] = '\0';
	/* A line that was cut is none. */
	while (n > 0 && st->before[n - 1] != '\n')
		st->before[--n] = '\0';
	return n > 0;
}

void give_back_unfinished(struct runner *r)
{
	struct unfinished u;
	struct sink then = r->sink;

	if (r->sink.dir < 0 || !r->state || !find(r->sink.dir, &u) || !this_boot(u.boot_id))
		return;
	then.boot = u.boot;
	if (!read_before(r, &then, u.program))
		return;
	/* All of the past, for shared memory: who made it is dead. */
	r->state->since = 0;
	state_take(r->state, r->state->after, false, "0");
	give_back(r->state, &r->sink, r->opt.slow);
	if (r->state->given[0]) {
		say("gave back what %s had changed when its runner was killed", u.program);
		sink_put(&then, u.program, MMG_GIVEN_BACK, r->state->given);
	}
	r->sink.failed |= then.failed;
	journal_event(&r->sink, "given-back", ",\"program\":\"%s\",\"boot\":%u", u.program,
		      u.boot);
}
