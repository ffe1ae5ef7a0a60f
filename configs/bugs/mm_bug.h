/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MM_BUG_H
#define _LINUX_MM_BUG_H

/* Number of the one bug that is switched on; 0 is the unmodified kernel. */
extern unsigned int mm_bug_nr;

static inline int mm_bug(unsigned int nr)
{
	return __builtin_expect(*(volatile unsigned int *)&mm_bug_nr == nr, 0);
}

#endif
