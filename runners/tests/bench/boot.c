// SPDX-License-Identifier: GPL-2.0-only
/*
 * boot INIT KERNEL [N]: how long a guest takes from the start of QEMU to its
 * first sign of mmrun, against the bare boot of the same kernel with the same
 * command line and an init (INIT) that powers off. Medians of N pairs.
 */
#include "mmguard/initramfs.h"
#include "mmguard/qemu.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAIRS_MAX 32

static struct run run;
static struct vm vm;

static void prepare(char *kernel)
{
	char *args[] = { "run", "--kernel", kernel, NULL };

	if (options_parse(&run.opt, 3, args) >= 0 || paths_find(&run.paths) ||
	    vm_prepare(&vm, &run))
		exit(1);
}

/* Seconds until QEMU has ended, or with @first until something comes from the guest. */
static double boot(const struct guest *guest, bool first)
{
	int initramfs = initramfs_make(guest);
	struct qemu q;
	double begin;

	if (initramfs < 0)
		exit(1);
	begin = now_mono();
	if (qemu_start(&q, &vm, &run, initramfs, "/dev/null"))
		exit(1);
	if (first)
		poll(&(struct pollfd){ .fd = q.frames, .events = POLLIN }, 1, 120000);
	else
		while (!qemu_dead(&q))
			usleep(1000);
	begin = now_mono() - begin;
	qemu_stop(&q);
	close(initramfs);
	return begin;
}

static int compare(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	int pairs = argc > 3 ? atoi(argv[3]) : 5;
	double bare[PAIRS_MAX], first[PAIRS_MAX];
	struct modules modules = { 0 };
	struct plan plan = { 0 };

	if (argc < 3 || pairs < 1 || pairs > PAIRS_MAX) {
		fprintf(stderr, "usage: boot INIT KERNEL [PAIRS, at most %d]\n", PAIRS_MAX);
		return 2;
	}
	prepare(argv[2]);
	if (vm.modules && modules_collect(&modules, vm.modules, modules_guest))
		return 1;
	for (int i = 0; i < pairs; i++) {
		struct guest guest = { .mmrun = argv[1],
				       .plan = &plan,
				       .modules = &modules,
				       .boot = 1,
				       .slow = run.slow };

		bare[i] = boot(&guest, false);
		guest.mmrun = run.paths.mmrun;
		first[i] = boot(&guest, true);
	}
	qsort(bare, pairs, sizeof(bare[0]), compare);
	qsort(first, pairs, sizeof(first[0]), compare);
	printf("%s: bare boot and power-off %.2f s, QEMU to the first line of mmrun %.2f s, "
	       "ratio "
	       "%.2f (at most 1.3)\n",
	       argv[2], bare[pairs / 2], first[pairs / 2], first[pairs / 2] / bare[pairs / 2]);
	return 0;
}
