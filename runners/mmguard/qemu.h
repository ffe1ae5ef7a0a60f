/* SPDX-License-Identifier: GPL-2.0-only */
/* One boot of one guest. */
#ifndef MG_QEMU_H
#define MG_QEMU_H

#include "run.h"
#include "vm.h"

#include <stdbool.h>

/* The program, and the package it comes from. */
#define QEMU_PROGRAM "qemu-system-x86_64"
#define QEMU_PACKAGE "qemu-system-x86"

struct qemu {
	pid_t pid;  /* -1: not running */
	int frames; /* what the guest sends, non-blocking; -1 at its end */
	int errors; /* what QEMU itself complains about */
	int status; /* of wait(), once dead */
	bool dead;
};

/*
 * Start a guest with the initramfs in the open file @initramfs; its console is appended to
 * @console.  It dies with this process.  0, or -1 with a message.
 */
int qemu_start(struct qemu *q, const struct vm *vm, const struct run *r, int initramfs,
	       const char *console);
/* Has it ended?  Does not wait. */
bool qemu_dead(struct qemu *q);
/* Kill it if it still runs, and close what is open. */
void qemu_stop(struct qemu *q);
/* What QEMU complained about, in one line; the caller frees. */
char *qemu_complaint(const struct qemu *q);
/* The number of CPUs of a guest: one for each node, at least two. */
unsigned long qemu_cpus(const struct run_options *o);
#endif
