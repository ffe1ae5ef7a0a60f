/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest boots into: mmrun as init, the programs of one plan, modules. */
#ifndef MG_INITRAMFS_H
#define MG_INITRAMFS_H

#include "modules.h"
#include "plan.h"

struct guest {
	const char *mmrun;	 /* path of the static mmrun */
	const struct plan *plan; /* paths are those of this machine */
	const char *from;	 /* directory of programs that are not ours, or NULL */
	const struct modules *modules;
	unsigned int boot;
	double slow;
};

/*
 * Write the archive into an anonymous file, so that nothing is left behind however this process
 * ends. Returns its descriptor (inherited by children), or -1 with a message.
 */
int initramfs_make(const struct guest *g);
/* The plan as the guest sees it, with its own paths; free with plan_free(). */
void initramfs_plan(const struct plan *host, const char *from, struct plan *guest);
#endif
