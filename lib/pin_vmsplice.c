// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vmsplice providers. Pipes must hold every page at once: one pipe where its
 * size may exceed fs.pipe-max-size (CAP_SYS_RESOURCE), else a row of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file.h"
#include "pin.h"

#define PIPES_MAX 256

struct row {
	size_t n, reading;
	int fds[PIPES_MAX][2];
};

/* A pipe of @want bytes or of as many as are allowed, full of the memory at @addr. */
static ssize_t fill_pipe(int fds[2], void *addr, size_t want, unsigned int flags)
{
	struct iovec iov = { addr, want };

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	if (fcntl(fds[1], F_SETPIPE_SZ, want) < 0) {
		long max = file_read_long("/proc/sys/fs/pipe-max-size");

		if (errno != EPERM || max <= 0 || (size_t)max >= want)
			return -errno;
		if (fcntl(fds[1], F_SETPIPE_SZ, max) < 0)
			return -errno;
		want = iov.iov_len = max;
	}
	while (iov.iov_len) {
		ssize_t n = vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK | flags);

		if (n <= 0)
			return n ? -errno : -EIO;
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
	}
	/* An emptied pipe reads as ended. */
	close(fds[1]);
	fds[1] = -1;
	return want;
}

static void vmsplice_release(struct pin *pin)
{
	struct row *row = pin->private;

	for (size_t i = 0; row && i < row->n; i++) {
		close(row->fds[i][0]);
		close(row->fds[i][1]);
	}
	free(row);
	pin->private = NULL;
}

static int take(struct pin *pin, unsigned int flags)
{
	struct row *row = calloc(1, sizeof(*row));
	size_t done = 0;

	pin->private = row;
	if (!row)
		return -ENOMEM;
	while (done < pin->len) {
		ssize_t n = -E2BIG;

		if (row->n < PIPES_MAX) {
			row->fds[row->n][0] = row->fds[row->n][1] = -1;
			n = fill_pipe(row->fds[row->n++], (char *)pin->addr + done,
				      pin->len - done, flags);
		}
		if (n < 0) {
			vmsplice_release(pin);
			return n;
		}
		done += n;
	}
	pin->fd = row->fds[0][0];
	return 0;
}

static int vmsplice_take(struct pin *pin)
{
	return take(pin, 0);
}

static int gift_take(struct pin *pin)
{
	return take(pin, SPLICE_F_GIFT);
}

/* The pipe at @fds gives way to another one that has the same pages. */
static int tee_pipe(int fds[2])
{
	int to[2], size = fcntl(fds[0], F_GETPIPE_SZ);
	ssize_t n;

	if (pipe2(to, O_CLOEXEC))
		return -errno;
	n = fcntl(to[1], F_SETPIPE_SZ, size) < 0 ? -1
						 : tee(fds[0], to[1], size, SPLICE_F_NONBLOCK);
	if (n < 0) {
		n = -errno;
		close(to[0]);
	} else {
		close(fds[0]);
		fds[0] = to[0];
	}
	close(to[1]);
	return n < 0 ? n : 0;
}

static int tee_take(struct pin *pin)
{
	int ret = take(pin, 0);
	struct row *row = pin->private;

	for (size_t i = 0; !ret && i < row->n; i++)
		ret = tee_pipe(row->fds[i]);
	if (ret)
		vmsplice_release(pin);
	else
		pin->fd = row->fds[0][0];
	return ret;
}

/* Pipes are read once, from their start: @off must follow what was read before. */
static int vmsplice_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	struct row *row = pin->private;
	size_t done = 0;

	(void)off;
	while (done < len) {
		ssize_t n;

		if (row->reading == row->n)
			return -ENODATA;
		n = read(row->fds[row->reading][0], (char *)buf + done, len - done);
		if (n < 0)
			return -errno;
		if (n > 0) {
			done += n;
			continue;
		}
		row->reading++;
	}
	return 0;
}

const struct pin_provider pin_vmsplice = {
	.name = "vmsplice",
	.once = true,
	.take = vmsplice_take,
	.read = vmsplice_read,
	.release = vmsplice_release,
};

const struct pin_provider pin_gift = {
	.name = "vmsplice of a gift",
	.once = true,
	.take = gift_take,
	.read = vmsplice_read,
	.release = vmsplice_release,
};

const struct pin_provider pin_tee = {
	.name = "tee of a vmspliced pipe",
	.once = true,
	.take = tee_take,
	.read = vmsplice_read,
	.release = vmsplice_release,
};

size_t pin_pipes(const struct pin *pin, int *fds, size_t max)
{
	const struct row *row = pin->private;

	if (pin->by->read != vmsplice_read || !row || row->n > max)
		return 0;
	for (size_t i = 0; i < row->n; i++)
		fds[i] = row->fds[i][0];
	return row->n;
}
