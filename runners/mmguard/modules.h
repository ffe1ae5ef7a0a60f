/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel modules a guest needs: swap on zram and a RAM disk, with all they depend on. */
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

/*
 * Find the modules below @dir (lib/modules/<release> or any tree of .ko files).  What a kernel
 * has built in is simply not there.  Dependencies are read from the modules themselves, since
 * packages come without modules.dep.  0, or -1 with a message.
 */
int modules_collect(struct modules *m, const char *dir);
void modules_free(struct modules *m);
#endif
