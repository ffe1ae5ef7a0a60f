/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files below a directory, frames on a stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>
#include "mmrun.h"

#define JOURNAL_ROOM 65536

static void fail(struct sink *s, const char *what, const char *path, const char *why)
{
	if (s->failed)
		return;
	s->failed = true;
	snprintf(s->why, sizeof(s->why), "cannot %s %s: %s", what, path,
		 why ? why : strerror(errno));
	say("%s", s->why);
}

/* A line discipline would turn newlines into two bytes and eat control bytes. */
static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

static int open_stream(const char *where)
{
	char *end;
	long fd = strtol(where, &end, 10);

	if (!*end && end != where)
		return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	return open(where, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0644);
}

/*
 * A power cut may have left half a line, which must not swallow the next one.
 * What is taken for the end of the file stays free for the journal, so that a full
 * disk can still be told there; where that does not work, it is not needed.
 */
static void prepare_journal(struct sink *s)
{
	int fd = openat(s->dir, MMG_JOURNAL, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st = { 0 };
	char last = '\n';

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n' &&
	    write(s->journal, "\n", 1) < 0)
		fail(s, "write to", MMG_JOURNAL, NULL);
	if (fd >= 0)
		close(fd);
	fallocate(s->journal, FALLOC_FL_KEEP_SIZE, st.st_size, JOURNAL_ROOM);
}

static int open_results(struct sink *s, const char *path)
{
	const char *why;
	struct stat st;

	if (mkdir(path, 0755) && errno != EEXIST)
		return fail(s, "make", path, NULL), -1;
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir < 0) {
		why = !lstat(path, &st) && S_ISLNK(st.st_mode)
			      ? "it is a symbolic link, which is refused"
			      : NULL;
		return fail(s, "open", path, why), -1;
	}
	/* Two writers would mix their journals. */
	if (flock(s->dir, LOCK_EX | LOCK_NB))
		return fail(s, "lock", path, NULL), -1;
	s->journal = beneath_open(s->dir, MMG_JOURNAL, &why);
	if (s->journal < 0)
		return fail(s, "open", MMG_JOURNAL, why), -1;
	prepare_journal(s);
	return 0;
}

int sink_open(struct sink *s, const struct options *o, bool tty)
{
	struct stat st;

	*s = (struct sink){
		.dir = -1, .journal = -1, .stream = -1, .boot = o->boot, .round = 1
	};
	if (o->results && open_results(s, o->results))
		return -1;
	if (o->stream) {
		s->stream = open_stream(o->stream);
		if (s->stream < 0)
			return fail(s, "open", o->stream, NULL), -1;
		s->kept = !fstat(s->stream, &st) && S_ISREG(st.st_mode);
		if (tty || isatty(s->stream))
			make_raw(s->stream);
	}
	return 0;
}

void sink_close(struct sink *s)
{
	int *fds[] = { &s->dir, &s->journal, &s->stream };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

void sink_name(const struct sink *s, struct sink_file *f, const char *program, const char *file)
{
	char tests[32];

	*f = (struct sink_file){ .fd = -1 };
	round_dir(s->round, tests, sizeof(tests));
	if (!program)
		snprintf(f->path, sizeof(f->path), "%s", file);
	else if (s->boot > 1)
		snprintf(f->path, sizeof(f->path), "%s/%.255s/%s.%u", tests, program, file,
			 s->boot);
	else
		snprintf(f->path, sizeof(f->path), "%s/%.255s/%s", tests, program, file);
}

/* Writes all of it; a descriptor that is not ready is waited for. */
static int write_all(int fd, struct iovec *v, int n)
{
	while (n) {
		ssize_t done = writev(fd, v, n);

		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (done < 0) {
			usleep(errno == EAGAIN ? 1000 : 0);
			continue;
		}
		while (n && (size_t)done >= v->iov_len) {
			done -= (ssize_t)v->iov_len;
			v++;
			n--;
		}
		if (n) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return 0;
}

static void send_frame(struct sink *s, const char *path, const char *data, size_t len)
{
	char head[sizeof(((struct sink_file *)0)->path) + 32];
	int n = snprintf(head, sizeof(head), "@%s %zu\n", path, len);
	struct iovec v[3] = { { head, (size_t)n }, { (void *)(size_t)data, len }, { "\n", 1 } };

	if (write_all(s->stream, v, 3))
		fail(s, "write to", "the stream", NULL);
	s->beat = now() + MMG_HEARTBEAT_S;
}

static void append_stream(struct sink *s, const char *path, const char *data, size_t len)
{
	do {
		size_t n = len < MMG_FRAME_MAX ? len : MMG_FRAME_MAX;

		send_frame(s, path, data, n);
		data += n;
		len -= n;
	} while (len);
}

static void append_file(struct sink *s, struct sink_file *f, const void *data, size_t len)
{
	struct iovec v = { (void *)(size_t)data, len };
	const char *why = NULL;

	if (f->fd < 0)
		f->fd = beneath_open(s->dir, f->path, &why);
	if (f->fd < 0)
		return fail(s, "open", f->path, why);
	if (len && write_all(f->fd, &v, 1))
		fail(s, "write to", f->path, NULL);
	f->dirty |= len > 0;
}

void sink_append(struct sink *s, struct sink_file *f, const void *data, size_t len)
{
	/* Once something is missing, what comes after it would be misread. */
	if (s->dir >= 0 && (!s->failed || f->fd == s->journal))
		append_file(s, f, data, len);
	if (s->stream >= 0) {
		append_stream(s, f->path, data, len);
		s->dirty = true;
	}
}

static void sync_stream(struct sink *s)
{
	if (s->kept && s->dirty && fdatasync(s->stream) && errno != EINVAL)
		fail(s, "sync", "the stream", NULL);
	s->dirty = false;
}

void sink_sync(struct sink *s, struct sink_file *f)
{
	if (f->dirty && f->fd >= 0 && fdatasync(f->fd) && errno != EINVAL && errno != EROFS)
		fail(s, "sync", f->path, NULL);
	f->dirty = false;
	sync_stream(s);
}

void sink_end(struct sink_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void sink_put(struct sink *s, const char *program, const char *file, const char *text)
{
	struct sink_file f;

	sink_name(s, &f, program, file);
	sink_append(s, &f, text, strlen(text));
	sink_end(&f);
}

void sink_drain(struct sink *s)
{
	if (s->kept)
		sync_stream(s);
	else
		tcdrain(s->stream);
}

void sink_tick(struct sink *s)
{
	if (s->stream >= 0 && now() >= s->beat)
		send_frame(s, "-", "", 0);
}
