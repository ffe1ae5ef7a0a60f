// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

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
