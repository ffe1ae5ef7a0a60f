// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gup_test provider (CONFIG_GUP_TEST). The interface is that of the
 * kernel's mm/gup_test.h; there is one set of pins for the whole system.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pin.h"

#define GUP_TEST_FILE "/sys/kernel/debug/gup_test"

/* Laid out as the kernel's pin_longterm_test. */
struct gup_test_longterm {
	uint64_t addr;
	uint64_t size;
	uint32_t flags;
};

#define GUP_TEST_WRITE 1 /* flags: pin for writing */
#define GUP_TEST_FAST  2 /* flags: by GUP-fast */

#define GUP_TEST_START _IOW('g', 7, struct gup_test_longterm)
#define GUP_TEST_STOP  _IO('g', 8)
#define GUP_TEST_READ  _IOW('g', 9, uint64_t)

static int gup_test_take(struct pin *pin, uint32_t flags)
{
	struct gup_test_longterm args = {
		.addr = (uintptr_t)pin->addr,
		.size = pin->len,
		.flags = flags,
	};
	int ret;

	pin->fd = open(GUP_TEST_FILE, O_RDWR | O_CLOEXEC);
	if (pin->fd < 0)
		return -errno;
	if (!ioctl(pin->fd, GUP_TEST_START, &args))
		return 0;
	/* ENOTTY: a gup_test that cannot hold pins, before 6.2. */
	ret = errno == ENOTTY || errno == EINVAL ? -ENOSYS : -errno;
	close(pin->fd);
	pin->fd = -1;
	return ret;
}

static int gup_test_take_read(struct pin *pin)
{
	return gup_test_take(pin, 0);
}

static int gup_test_take_write(struct pin *pin)
{
	return gup_test_take(pin, GUP_TEST_WRITE);
}

static int gup_test_take_fast(struct pin *pin)
{
	return gup_test_take(pin, GUP_TEST_FAST);
}

/* The kernel copies the whole pinned range out. */
static int gup_test_read(struct pin *pin, size_t off, void *buf, size_t len)
{
	char *whole = malloc(pin->len);
	uint64_t to = (uintptr_t)whole;
	int ret = 0;

	if (!whole)
		return -ENOMEM;
	if (ioctl(pin->fd, GUP_TEST_READ, &to))
		ret = -errno;
	else
		memcpy(buf, whole + off, len);
	free(whole);
	return ret;
}

static void gup_test_release(struct pin *pin)
{
	ioctl(pin->fd, GUP_TEST_STOP);
	close(pin->fd);
}

const struct pin_provider pin_gup_test_read = {
	.name = "gup_test for reading",
	.longterm = true,
	.take = gup_test_take_read,
	.read = gup_test_read,
	.release = gup_test_release,
};

const struct pin_provider pin_gup_test_write = {
	.name = "gup_test for writing",
	.longterm = true,
	.take = gup_test_take_write,
	.read = gup_test_read,
	.release = gup_test_release,
};

const struct pin_provider pin_gup_test_fast = {
	.name = "gup_test for reading, by GUP-fast",
	.longterm = true,
	.take = gup_test_take_fast,
	.read = gup_test_read,
	.release = gup_test_release,
};

/* Laid out as the kernel's struct gup_test. */
struct gup_test_bench {
	uint64_t get_usec;
	uint64_t put_usec;
	uint64_t addr;
	uint64_t size;
	uint32_t pages_per_call;
	uint32_t gup_flags;
	uint32_t test_flags;
	uint32_t which_pages[8];
};

#define GUP_TEST_PIN_FAST _IOWR('g', 2, struct gup_test_bench)

int pin_fast(void *addr, size_t len)
{
	struct gup_test_bench args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.pages_per_call = len / sysconf(_SC_PAGESIZE),
	};
	int fd = open(GUP_TEST_FILE, O_RDWR | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, GUP_TEST_PIN_FAST, &args))
		ret = errno == ENOTTY || errno == EINVAL ? -ENOSYS : -errno;
	else if (args.size != len)
		ret = -EFAULT;
	close(fd);
	return ret;
}
