// SPDX-License-Identifier: GPL-2.0-only
/* A guest may only append to the files a boot of its plan has, and only so much. */
#include "vmsink.h"
#include "common/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one round of a boot may write, bytes. */
#define ROUND_MAX (512u << 20)

static bool is_file_of_boot(const char *name, unsigned int boot)
{
	static const char *const names[] = { MMG_STDOUT,       MMG_STDERR,	MMG_KMSG,
					     MMG_STATE_BEFORE, MMG_STATE_AFTER, MMG_GIVEN_BACK,
					     MMG_STUCK };
	bool hit = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !hit; i++) {
		char *n = boot > 1 ? xasprintf("%s.%u", names[i], boot) : xstrdup(names[i]);

		hit = !strcmp(n, name);
		free(n);
	}
	return hit;
}

/* The round that "tests" or "tests.K" is of, 0 when it is of none of the plan. */
static unsigned long round_of(const struct plan *p, const char *name)
{
	unsigned long round = 1;
	char want[40];

	if (!strncmp(name, MMG_TESTS ".", sizeof(MMG_TESTS)))
		round = strtoul(name + sizeof(MMG_TESTS), NULL, 10);
	if (strcmp(name, round_dir(round, want, sizeof(want))))
		return 0;
	return round == 1 || round <= p->repeat.rounds ? round : 0;
}

/* "tests[.K]/<program of the plan>/<file>"; *dir is then the program's directory, the caller
 * frees it. */
static bool is_test_file(struct vmsink *s, const char *path, char **dir)
{
	struct strv part = { 0 };
	unsigned long round;
	bool ok;

	strv_split(&part, path, "/");
	round = part.n == 3 ? round_of(s->plan, part.v[0]) : 0;
	ok = round >= 1 && is_file_of_boot(part.v[2], s->boot);
	if (ok) {
		ok = false;
		for (size_t i = 0; i < s->plan->n && !ok; i++)
			ok = !strcmp(s->plan->v[i].program, part.v[1]);
	}
	if (ok && round > s->round) {
		s->round = round;
		s->bytes = 0;
	}
	if (ok)
		*dir = xasprintf("%s/%s/%s", s->dir, part.v[0], part.v[1]);
	strv_free(&part);
	return ok;
}

static int append(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666),
	    err = 0;

	if (fd < 0)
		return -errno;
	while (len && !err) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			err = -errno;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static void store(struct vmsink *s, const char *path, const char *data, size_t len)
{
	char *full = xasprintf("%s/%s", s->dir, path);
	int err = append(full, data, len);

	if (err && !s->err) {
		mg_error("cannot write %s: %s", full, strerror(-err));
		s->err = err;
	}
	free(full);
}

void vmsink_frame(void *ctx, const char *path, const char *data, size_t len)
{
	struct vmsink *s = ctx;
	char *dir = NULL;
	size_t known = 0;

	s->frames++;
	s->last = now_mono();
	if (!strcmp(path, "-"))
		return;
	if ((strcmp(path, MMG_JOURNAL) && !is_test_file(s, path, &dir)) ||
	    s->bytes + len > ROUND_MAX) {
		s->refused++;
		free(dir);
		return;
	}
	s->bytes += len;
	if (dir)
		mkdirs(dir);
	free(dir);
	if (s->again)
		known = again_known(s->again, s->dir, path, data, len);
	if (known < len || !len)
		store(s, path, data + known, len - known);
	progress_frame(s->progress, path, data, len);
}
