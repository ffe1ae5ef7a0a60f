/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with a disk that boots again after a panic and lets root in over ssh, in QEMU.
 * All its files lie in one directory.
 */
#ifndef MMGUARD_TESTS_MACHINE_H
#define MMGUARD_TESTS_MACHINE_H

#include "mmguard/kimage.h"

#include <sys/types.h>

struct machine {
	const char *dir;  /* keys, configurations, disk, console.log */
	const char *init; /* machine_init.sh */
	struct kimage kernel;
	char *append; /* to the kernel's command line */
	pid_t qemu;
	int port; /* of its sshd, on loopback */
};

/* Start it and wait until ssh gets in.  0, or -1 with a message. */
int machine_start(struct machine *m);
/* Run a command there; what it printed, or NULL when it failed; the caller frees. */
char *machine_run(const struct machine *m, const char *command);
/* Path of the configuration with which ssh finds it as "machine"; the caller frees. */
char *machine_ssh_config(const struct machine *m);
void machine_stop(struct machine *m);

/* Everything it boots into, as the file @path.  0, or -1 with a message. */
int machine_initramfs(const struct machine *m, const char *path);
#endif
