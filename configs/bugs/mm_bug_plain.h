/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_MM_BUG_H
#define _LINUX_MM_BUG_H

/* For a kernel with one bug that is always there: no switch, no parameter. */
static inline int mm_bug(unsigned int nr)
{
	return 1;
}

#endif
