/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel modules out of a tree of them, with all they depend on. */
#ifndef MG_MODULES_H
#define MG_MODULES_H

#include <stddef.h>

struct module {
	char *name; /* as the kernel calls it, with _ */
	char *data; /* the module, uncompressed */
	size_t len;
};

/* In the order in which they are to be loaded. */
struct modules {
	struct module *v;
	size_t n;
};

/* What a guest of ours needs: swap on zram and a RAM disk.  NULL at the end. */
extern const char *const modules_guest[];
/* What a guest needs that is a machine with a disk and a network. */
extern const char *const modules_machine[];

/*
 * Append the modules @wanted and what they depend on, found below @dir
 * (lib/modules/<release> or any tree of .ko files).  What a kernel has built in is simply not
 * there.  Dependencies are read from the modules themselves, since packages come without
 * modules.dep.  @m is zero or of a call before.  0, or -1 with a message.
 */
int modules_collect(struct modules *m, const char *dir, const char *const wanted[]);
void modules_free(struct modules *m);
#endif
