// SPDX-License-Identifier: GPL-2.0-only
/* mm_bug=N on the command line, mm_bug.mm_bug in sysfs. Built into mm/. */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mm_bug.h>

unsigned int mm_bug_nr;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "mm_bug."

module_param_named(mm_bug, mm_bug_nr, uint, 0644);

static int __init mm_bug_setup(char *arg)
{
	return kstrtouint(arg, 0, &mm_bug_nr);
}
early_param("mm_bug", mm_bug_setup);
