/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinned memory and the promise that goes with it: as long as the pin holds,
 * its frames stay where they are, and the CPU and the pin see the same bytes.
 * Needs root, for the frames.
 */
#ifndef MMGUARD_PINNED_H
#define MMGUARD_PINNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pin.h"

struct pinned {
	struct pin pin;
	size_t pages;	  /* base pages */
	uint64_t *frames; /* of each of them when the pin was taken */

	/* The range of the last pinned_check(). */
	size_t checked_off, checked_len;
	unsigned char checked_seed;
};

/*
 * pinned_take() - pin_take(), and remembers the frames
 * @by: NULL for pinned_provider(@addr)
 *
 * Given back by pinned_release() or exit. HugeTLB: release before unmapping,
 * unless the story is about the opposite.
 */
struct pinned pinned_take(const struct pin_provider *by, void *addr, size_t len);

/*
 * pinned_release() - unpin
 *
 * A pin that can be read only once is read now: it must hold what the last
 * pinned_check() left, or a failure is recorded.
 */
void pinned_release(struct pinned *p);

/*
 * pinned_provider() - by what to pin memory that is present
 *
 * io_uring, which holds for long and writes. But HugeTLB pages in ZONE_MOVABLE
 * by process_vm_readv: a long-term pin has to move them, and there are kernels
 * that fail to, with a warning.
 */
const struct pin_provider *pinned_provider(const void *addr);

/*
 * pinned_check() - is memory still one with its pin, in both directions?
 * @step: what has just been done, for the message
 * @addr: where the range is mapped now
 * @off: where the range starts in the pinned memory
 * @len: bytes of the range, whole pages
 * @seed: the range holds pattern_fill(@addr, @len, @seed) afterwards
 *
 * Writes to every page, so that a copy-on-write that is due happens now. All
 * frames must be those that were pinned. The first, the last and some pages in
 * between go through the pin: it reads what the CPU wrote, and the CPU reads
 * what it wrote (a pin for reading: only the former; one that can be read only
 * once: when it is released). Records the first difference as a failure and
 * returns false.
 */
bool pinned_check(struct pinned *p, const char *step, void *addr, size_t off, size_t len,
		  unsigned char seed);

/* Are the frames behind @addr those of the pin? Changes nothing, reads nothing. */
bool pinned_frames_check(struct pinned *p, const char *step, const void *addr, size_t off,
			 size_t len);

#endif
