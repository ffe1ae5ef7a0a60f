/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where results go: files below a directory, frames on a stream, or both.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>
#include "mmrun.h"

static void fail(struct sink *s, const char *what, const char *path)
{
	if (!s->failed)
		say("cannot %s %s: %s", what, path, strerror(errno));
	s->failed = true;
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
	return open(where, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0666);
}

int sink_open(struct sink *s, const struct options *o, bool tty)
{
	*s = (struct sink){ .dir = -1, .stream = -1, .boot = o->boot };
	if (o->results) {
		if (mkdir(o->results, 0777) && errno != EEXIST)
			return fail(s, "make", o->results), -1;
		s->dir = open(o->results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (s->dir < 0)
			return fail(s, "open", o->results), -1;
		/* Two writers would mix their journals. */
		if (flock(s->dir, LOCK_EX | LOCK_NB))
			return fail(s, "lock", o->results), -1;
	}
	if (o->stream) {
		s->stream = open_stream(o->stream);
		if (s->stream < 0)
			return fail(s, "open", o->stream), -1;
		if (tty || isatty(s->stream))
			make_raw(s->stream);
	}
	return 0;
}

void sink_close(struct sink *s)
{
	if (s->dir >= 0)
		close(s->dir);
	if (s->stream >= 0)
		close(s->stream);
	s->dir = s->stream = -1;
}

void sink_name(const struct sink *s, struct sink_file *f, const char *program, const char *file)
{
	*f = (struct sink_file){ .fd = -1 };
	if (!program)
		snprintf(f->path, sizeof(f->path), "%s", file);
	else if (s->boot > 1)
		snprintf(f->path, sizeof(f->path), MMG_TESTS "/%.255s/%s.%u", program, file,
			 s->boot);
	else
		snprintf(f->path, sizeof(f->path), MMG_TESTS "/%.255s/%s", program, file);
}

static void make_dirs(int dir, const char *path)
{
	char copy[sizeof(((struct sink_file *)0)->path)];

	memcpy(copy, path, sizeof(copy));
	for (char *p = copy; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdirat(dir, copy, 0777);
	}
}

static int open_file(struct sink *s, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
	int fd = openat(s->dir, path, flags, 0666);

	if (fd < 0 && errno == ENOENT) {
		make_dirs(s->dir, path);
		fd = openat(s->dir, path, flags, 0666);
	}
	return fd;
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
		fail(s, "write to", "the stream");
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

void sink_append(struct sink *s, struct sink_file *f, const void *data, size_t len)
{
	struct iovec v = { (void *)(size_t)data, len };

	if (s->dir >= 0) {
		if (f->fd < 0)
			f->fd = open_file(s, f->path);
		if (f->fd < 0 || write_all(f->fd, &v, 1))
			fail(s, "write to", f->path);
		f->dirty = true;
	}
	if (s->stream >= 0)
		append_stream(s, f->path, data, len);
}

void sink_sync(struct sink_file *f)
{
	if (f->dirty && f->fd >= 0)
		fdatasync(f->fd);
	f->dirty = false;
}

void sink_end(struct sink_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void sink_drain(struct sink *s)
{
	tcdrain(s->stream);
}

void sink_tick(struct sink *s)
{
	if (s->stream >= 0 && now() >= s->beat)
		send_frame(s, "-", "", 0);
}

const char *json_quote(const char *text, char *buf, size_t len)
{
	size_t o = 0;

	for (const char *p = text; *p && o + 8 < len; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\') {
			buf[o++] = '\\';
			buf[o++] = *p;
		} else if (c < ' ' || c >= 0x7f) {
			o += (size_t)snprintf(buf + o, len - o, "\\u%04x", c);
		} else {
			buf[o++] = *p;
		}
	}
	buf[o] = '\0';
	return buf;
}

void journal_event(struct sink *s, const char *event, const char *format, ...)
{
	struct sink_file f;
	char line[1024];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "{\"event\":\"%s\"", event);
	va_start(ap, format);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, ap);
	va_end(ap);
	n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"time\":%.3f}\n", wall_time());
	sink_name(s, &f, NULL, MMG_JOURNAL);
	sink_append(s, &f, line, (size_t)n);
	if (strcmp(event, "end"))
		sink_sync(&f);
	sink_end(&f);
}
