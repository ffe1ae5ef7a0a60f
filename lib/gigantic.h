/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HugeTLB pages of 1 GiB. Some bytes at the head, at the tail and between stand
 * for the page: all of it would take seconds each time.
 */
#ifndef MMGUARD_GIGANTIC_H
#define MMGUARD_GIGANTIC_H

#include <stdbool.h>
#include <stddef.h>

#define GIGANTIC (1UL << 30) /* bytes */

/* Writes a pattern of @seed. A signal is recorded as a failure, and false. */
bool gigantic_fill(const char *who, char *page, unsigned char seed);

/* Compares with the pattern of @seed; a difference or a signal is a failure. */
bool gigantic_check(const char *who, const char *page, unsigned char seed);

#endif
