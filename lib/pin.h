/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins: references to pages that outlive the mapping, as a device's DMA would
 * hold them. A table of providers; a test runs over those that do what it needs.
 */
#ifndef MMGUARD_PIN_H
#define MMGUARD_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pin;

struct pin_provider {
	const char *name;
	bool longterm; /* FOLL_LONGTERM: holds until released */
	bool writable; /* data can be written through it */
	bool once;     /* reading it ends the pin; later reads give the same data again */
	/* Each returns 0 or -errno; -ENOSYS, -EPERM, -ENOENT: not on this machine. */
	int (*take)(struct pin *pin);
	int (*read)(struct pin *pin, size_t off, void *buf, size_t len);
	int (*write)(struct pin *pin, size_t off, const void *buf, size_t len);
	void (*release)(struct pin *pin);
};

struct pin {
	const struct pin_provider *by;
	void *addr;
	size_t len;
	int fd, aux;   /* of the provider; -1 when unused */
	void *private; /* of the provider */
};

/* io_uring registered buffer: R/W, long-term. */
extern const struct pin_provider pin_io_uring;
/* vmsplice into pipes that hold the whole range: R/O, a plain reference, read once in order. */
extern const struct pin_provider pin_vmsplice;
/* The same with SPLICE_F_GIFT, and by tee(2) from a pipe that is closed then. */
extern const struct pin_provider pin_gift;
extern const struct pin_provider pin_tee;
/* The reading ends of such a pin, in order; returns how many, 0 for more than @max. */
size_t pin_pipes(const struct pin *pin, int *fds, size_t max);
/* process_vm_readv stalled by userfaultfd: R/O, FOLL_PIN but not long-term, on any kernel. */
extern const struct pin_provider pin_readv;
/* gup_test (CONFIG_GUP_TEST): long-term, R/O and R/W. */
extern const struct pin_provider pin_gup_test_read;
extern const struct pin_provider pin_gup_test_write;
extern const struct pin_provider pin_gup_test_fast; /* R/O by GUP-fast */

/*
 * pin_take() - pin @len bytes at @addr by a provider
 *
 * SKIPs when the machine lacks the provider, BROKEN on another error. All pins
 * of a process end with it at the latest.
 */
struct pin pin_take(const struct pin_provider *by, void *addr, size_t len);

/* Like pin_take(), but gives the error back: 0 or -errno. */
int pin_try(struct pin *pin, const struct pin_provider *by, void *addr, size_t len);

/* Data through the pin; failures of the calls themselves are BROKEN. */
void pin_read(struct pin *pin, size_t off, void *buf, size_t len);
void pin_write(struct pin *pin, size_t off, const void *buf, size_t len);
void pin_release(struct pin *pin);

/*
 * pin_short() - a short R/O FOLL_PIN of a range of @pid: process_vm_readv()
 *
 * Pins, copies to @buf and unpins. Returns 0 or -errno.
 */
int pin_short(pid_t pid, const void *addr, void *buf, size_t len);

/*
 * pin_fast() - a short R/O FOLL_PIN of a range by GUP-fast (gup_test)
 *
 * Pins and unpins. Returns 0 or -errno; -ENOENT, -ENOSYS: not on this machine.
 */
int pin_fast(void *addr, size_t len);

#endif
