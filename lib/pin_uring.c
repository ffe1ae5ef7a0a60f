// SPDX-License-Identifier: GPL-2.0-only
/* The io_uring provider: a registered buffer, read and written through a memfd. */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pin.h"

/* The kernel takes at most 1 GiB per buffer and registers up to 1024 of them. */
#define BUFFER_MAX (1UL << 30)

static int uring_take(struct pin *pin)
{
	struct io_uring *ring = calloc(1, sizeof(*ring));
	struct iovec iov = { pin->addr, pin->len };
	int ret;

	if (!ring)
		return -ENOMEM;
	if (pin->len > BUFFER_MAX) {
		free(ring);
		return -E2BIG;
	}
	ret = io_uring_queue_init(4, ring, 0);
	if (ret) {
		free(ring);
		return ret;
	}
	pin->private = ring;
	pin->fd = memfd_create("mmguard-pin", MFD_CLOEXEC);
	if (pin->fd < 0)
		ret = -errno;
	else
		ret = io_uring_register_buffers(ring, &iov, 1);
	if (ret) {
		io_uring_queue_exit(ring);
		free(ring);
		pin->private = NULL;
	}
	return ret;
}

/* Moves @len bytes between the buffer and the start of the file. */
static int transfer(struct pin *pin, size_t off, size_t len, int to_buffer)
{
	struct io_uring *ring = pin->private;
	size_t done = 0;

	while (done < len) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
		char *at = (char *)pin->addr + off + done;
		struct io_uring_cqe *cqe;
		int ret;

		if (!sqe)
			return -EBUSY;
		if (to_buffer)
			io_uring_prep_read_fixed(sqe, pin->fd, at, len - done, done, 0);
		else
			io_uring_prep_write_fixed(sqe, pin->fd, at, len - done, done, 0);
		ret = io_uring_submit(ring);
		if (ret < 0)
			return ret;
		ret = io_uring_wait_cqe(ring, &cqe);
		if (ret < 0)
			return ret;
		ret = cqe->res;
		io_uring_cqe_seen(ring, cqe);
		if (ret <= 0)
			return ret ? ret : -ENODATA;
		done += ret;
	}
	return 0;
}

static int uring_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	int ret = transfer(pin, off, len, 0);

	if (!ret && pread(pin->fd, buf, len, 0) != (ssize_t)len)
		ret = -EIO;
	return ret;
}

static int uring_write(struct pin *pin, size_t off, const void *buf, size_t len)
{
	if (pwrite(pin->fd, buf, len, 0) != (ssize_t)len)
		return -EIO;
	return transfer(pin, off, len, 1);
}

static void uring_release(struct pin *pin)
{
	struct io_uring *ring = pin->private;

	if (ring) {
		/* Unregistering waits until the pages are unpinned, closing does not. */
		io_uring_unregister_buffers(ring);
		io_uring_queue_exit(ring);
		free(ring);
	}
	close(pin->fd);
}

const struct pin_provider pin_io_uring = {
	.name = "io_uring",
	.longterm = true,
	.writable = true,
	.take = uring_take,
	.read = uring_read,
	.write = uring_write,
	.release = uring_release,
};
