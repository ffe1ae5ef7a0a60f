/* SPDX-License-Identifier: GPL-2.0-only */
/* The vm target: any kernel image in QEMU, started again after it died. */
#ifndef MG_VM_H
#define MG_VM_H

#include "run.h"

struct vm {
	char *image;   /* the kernel image */
	char *modules; /* its lib/modules/<release>, NULL without modules */
};

/*
 * Find QEMU, the image (fetching it when it is one of the distribution's) and the slow factor;
 * sets
 * @r->release and @r->slow.  0, or -1 with a message.
 */
int vm_prepare(struct vm *vm, struct run *r);
/* Boot until every case of the plan has a result, or no progress is made. */
enum target_end vm_run(const struct vm *vm, struct run *r);
void vm_free(struct vm *vm);
#endif
