// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pin.h"
#include "report.h"

int pin_try(struct pin *pin, const struct pin_provider *by, void *addr, size_t len)
{
	*pin = (struct pin){ .by = by, .addr = addr, .len = len, .fd = -1, .aux = -1 };
	return by->take(pin);
}

struct pin pin_take(const struct pin_provider *by, void *addr, size_t len)
{
	struct pin pin;
	int ret = pin_try(&pin, by, addr, len);

	if (ret == -ENOSYS || ret == -EPERM || ret == -ENOENT || ret == -EACCES)
		mm_skip("needs %s, found %s", by->name, strerror(-ret));
	if (ret)
		mm_broken("%s: pinning %zu bytes: %s", by->name, len, strerror(-ret));
	return pin;
}

void pin_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	int ret = pin->by->read(pin, off, buf, len);

	if (ret)
		mm_broken("%s: reading %zu bytes at %#zx through the pin: %s", pin->by->name,
			  len, off, strerror(-ret));
}

void pin_write(struct pin *pin, size_t off, const void *buf, size_t len)
{
	int ret = pin->by->write ? pin->by->write(pin, off, buf, len) : -EOPNOTSUPP;

	if (ret)
		mm_broken("%s: writing %zu bytes at %#zx through the pin: %s", pin->by->name,
			  len, off, strerror(-ret));
}

void pin_release(struct pin *pin)
{
	if (pin->by)
		pin->by->release(pin);
	pin->by = NULL;
}

int pin_short(pid_t pid, const void *addr, void *buf, size_t len)
{
	struct iovec local = { buf, len }, remote = { (void *)addr, len };
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

/* vmsplice: the pipe must hold every page at once. */

static int vmsplice_take(struct pin *pin)
{
	struct iovec iov = { pin->addr, pin->len };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pin->fd = fds[0];
	pin->aux = fds[1];
	if (fcntl(fds[1], F_SETPIPE_SZ, pin->len) < 0)
		return -errno;
	while (iov.iov_len) {
		ssize_t n = vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK);

		if (n <= 0)
			return n ? -errno : -EIO;
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
	}
	return 0;
}

/* A pipe is read once, from its start: @off must follow what was read before. */
static int vmsplice_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	size_t done = 0;

	(void)off;
	while (done < len) {
		ssize_t n = read(pin->fd, (char *)buf + done, len - done);

		if (n <= 0)
			return n ? -errno : -ENODATA;
		done += n;
	}
	return 0;
}

static void vmsplice_release(struct pin *pin)
{
	close(pin->fd);
	close(pin->aux);
}

const struct pin_provider pin_vmsplice = {
	.name = "vmsplice",
	.take = vmsplice_take,
	.read = vmsplice_read,
	.release = vmsplice_release,
};
