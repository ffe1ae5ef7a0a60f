/* SPDX-License-Identifier: GPL-2.0-only */
/* Between klog.c and klog_title.c. */
#ifndef MMGUARD_KLOG_TITLE_H
#define MMGUARD_KLOG_TITLE_H

#include "klog.h"

/* The text of a line: what follows time, level and the fields of a record. */
const char *klog_text(const char *line);

/* Fills title and fingerprint from the text of a complaint. */
void klog_title(const char *text, struct klog_hit *hit);

#endif
