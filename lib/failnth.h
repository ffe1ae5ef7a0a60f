/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations of the calling task that fail, one at a time: the kernel's fault
 * injection. Needs root, debugfs, and a kernel with CONFIG_FAILSLAB and
 * CONFIG_FAIL_PAGE_ALLOC. Source: Documentation/fault-injection/fault-injection.rst.
 *
 *	failnth_need();
 *	for (int n = 1; failnth_more(n); n++) {
 *		failnth_arm(n);
 *		ret = the_call();
 *		hit = failnth_hit();
 *		...
 *	}
 *
 * ends behind the first call that had no allocation left to fail.
 */
#ifndef MMGUARD_FAILNTH_H
#define MMGUARD_FAILNTH_H

#include <stdbool.h>

/* SKIPs where the kernel cannot do it. What it sets is given back after the case. */
void failnth_need(void);

/* The @n-th allocation from now on fails: make no other call between this and failnth_hit(). */
void failnth_arm(int n);

/* Did it come to that allocation? None fails from now on. */
bool failnth_hit(void);

/*
 * failnth_more() - is there an @n-th allocation to try?
 *
 * BROKEN when no allocation was ever met, or there is no end of them.
 */
bool failnth_more(int n);

#endif
