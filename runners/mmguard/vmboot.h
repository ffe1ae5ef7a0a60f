/* SPDX-License-Identifier: GPL-2.0-only */
/* One boot from its start to its end, whatever end that is. */
#ifndef MG_VMBOOT_H
#define MG_VMBOOT_H

#include "modules.h"
#include "progress.h"
#include "until.h"
#include "vm.h"

struct vmboot {
	const struct vm *vm;
	struct run *run;
	const struct plan *plan; /* of this boot */
	const struct modules *modules;
	struct progress *progress;
	const struct until *until; /* may end the boot */
	unsigned int number;
};

enum boot_end {
	BOOT_DONE, /* the plan is finished */
	BOOT_LOST, /* the machine died or fell silent; the journal says why */
	BOOT_DIED, /* the kernel died before mmrun; a message was printed */
	BOOT_DEAD, /* there is nothing that boots; a message was printed */
	BOOT_INTERRUPTED,
	BOOT_ERROR, /* on our side; a message was printed */
};

enum boot_end vmboot_run(const struct vmboot *b);
#endif
