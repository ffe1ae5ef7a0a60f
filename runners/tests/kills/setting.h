/* SPDX-License-Identifier: GPL-2.0-only */
/* A setting of the machine that harms nobody, for programs to change and to be given back. */
#ifndef MMGUARD_KILLS_SETTING_H
#define MMGUARD_KILLS_SETTING_H

#define KILLS_SETTING "/proc/sys/vm/nr_overcommit_hugepages"

#endif
