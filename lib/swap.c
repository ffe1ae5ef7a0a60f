// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "pagemap.h"
#include "report.h"
#include "swap.h"
#include "tasks.h"

#define ZRAM_CONTROL "/sys/class/zram-control/"

/* Looking for the owners of a few MiB takes milliseconds; for entries of nobody, for ever. */
#define SWAPOFF_SECONDS 8

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

bool swap_possible(void)
{
	return !access(ZRAM_CONTROL "hot_add", R_OK);
}

/* The header that mkswap(8) writes; layout: union swap_header in the kernel's linux/swap.h. */
static int write_header(const char *path, size_t size)
{
	size_t page = page_size();
	uint32_t info[3] = { 1, size / page - 1, 0 }; /* version, last page, bad pages */
	int fd = open(path, O_RDWR | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (pwrite(fd, info, sizeof(info), 1024) != sizeof(info) ||
	    pwrite(fd, "SWAPSPACE2", 10, page - 10) != 10 || fsync(fd))
		ret = -errno;
	close(fd);
	return ret;
}

struct swap swap_on(size_t size)
{
	long n = file_read_long(ZRAM_CONTROL "hot_add");
	char path[64], number[24];
	struct swap s;
	int ret;

	if (n < 0)
		mm_skip("needs a zram device, found none; load the zram module");
	snprintf(number, sizeof(number), "%ld", n);
	guard_undo_later(GUARD_CASE, GUARD_WRITE, ZRAM_CONTROL "hot_remove", number);
	snprintf(path, sizeof(path), "/sys/block/zram%ld/disksize", n);
	ret = file_write_long(path, size);
	if (ret)
		mm_broken("%s: %s", path, strerror(-ret));
	snprintf(s.path, sizeof(s.path), "/dev/zram%ld", n);
	for (int i = 0; i < 200 && access(s.path, W_OK); i++)
		usleep(5000);
	ret = write_header(s.path, size);
	if (ret)
		mm_broken("%s: writing the swap header: %s", s.path, strerror(-ret));
	guard_undo_later(GUARD_CASE, GUARD_SWAPOFF, s.path, NULL);
	/* Before all other devices, so that our pages go to ours. */
	if (swapon(s.path, SWAP_FLAG_PREFER | 32000))
		mm_broken("swapon %s: %s", s.path, strerror(errno));
	return s;
}

static void on_alarm(int sig)
{
	(void)sig;
}

int swap_off(const struct swap *swap)
{
	struct sigaction act = { .sa_handler = on_alarm }, before;
	int ret;

	sigaction(SIGALRM, &act, &before);
	alarm(SWAPOFF_SECONDS * mm_slow());
	ret = swapoff(swap->path) ? -errno : 0;
	alarm(0);
	sigaction(SIGALRM, &before, NULL);
	return ret;
}

bool swap_off_expect(const char *step, const struct swap *swap)
{
	int ret = swap_off(swap);

	if (ret && ret != -EINTR)
		mm_broken("swapoff %s: %s", swap->path, strerror(-ret));
	return mm_expect(!ret,
			 "swapoff %s: not over after %d s, a swap entry that no process has is "
			 "in use",
			 step, SWAPOFF_SECONDS);
}

static bool all_swapped(char *addr, size_t len)
{
	for (size_t off = 0; off < len; off += page_size())
		if (!(pagemap_entry(addr + off) & PM_SWAP))
			return false;
	return true;
}

bool swap_out(void *addr, size_t len)
{
	double end = seconds_now() + 2 * mm_slow();

	do {
		if (madvise(addr, len, MADV_PAGEOUT))
			mm_skip("needs MADV_PAGEOUT, found %s", strerror(errno));
		if (all_swapped(addr, len))
			return true;
		usleep(2000);
	} while (seconds_now() < end);
	return false;
}
