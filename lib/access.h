/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory accesses that may fault: SIGBUS and SIGSEGV become a return value.
 * Any thread may call them.
 */
#ifndef MMGUARD_ACCESS_H
#define MMGUARD_ACCESS_H

#include <stddef.h>

/* Each returns 0, or the signal that the access raised. */
int access_read(const volatile void *addr, unsigned char *value);
int access_write(volatile void *addr, unsigned char value);

/* Records a failure unless nothing is mapped at @addr: reading it raises SIGSEGV. */
void access_expect_unmapped(const char *what, const void *addr);

/* Fills whole pages with a pattern that differs from page to page, and checks it. */
void pattern_fill(void *addr, size_t len, unsigned char seed);

/*
 * pattern_check() - is the memory what pattern_fill() wrote?
 * @what: the object, for the message
 *
 * Looks at every byte. Records the first difference as a failure (or the signal
 * that reading raised) and returns false.
 */
_Bool pattern_check(const char *what, const void *addr, size_t len, unsigned char seed);

/* The byte that pattern_fill() writes at offset @off. */
unsigned char pattern_byte(size_t off, unsigned char seed);

#endif
