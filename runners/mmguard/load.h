/* SPDX-License-Identifier: GPL-2.0-only */
/* How busy this machine is. */
#ifndef MG_LOAD_H
#define MG_LOAD_H

/*
 * Tasks that want each CPU: the load average of the last minute without the tasks that hang in
 * the kernel, over the number of CPUs.  0 when unknown.
 */
double load_per_cpu(void);
#endif
