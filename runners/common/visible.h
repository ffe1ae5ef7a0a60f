/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of programs and kernels on its way to a terminal. */
#ifndef MMGUARD_VISIBLE_H
#define MMGUARD_VISIBLE_H

#include <stddef.h>

/*
 * Copies @text with control characters (also those of UTF-8) and bytes that are no
 * UTF-8 as \xNN, so that it can neither move the cursor nor hide what was printed.
 * What does not fit is cut. Returns @buf.
 */
const char *visible(const char *text, char *buf, size_t len);

#endif
