/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for contents: two FNV-1a sums of 64 bits.  Good against accidents, not against malice.
 */
#ifndef MG_HASH_H
#define MG_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_NAME 33 /* hex digits and NUL */

struct hash {
	uint64_t a, b;
};

void hash_init(struct hash *h);
void hash_add(struct hash *h, const void *data, size_t len);
/* The string with its NUL, so that "ab","c" and "a","bc" differ. */
void hash_text(struct hash *h, const char *text);
/* 0, or -errno when it cannot be read. */
int hash_file(struct hash *h, const char *path);
void hash_name(const struct hash *h, char name[HASH_NAME]);
#endif
