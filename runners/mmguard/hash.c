// SPDX-License-Identifier: GPL-2.0-only
/* FNV-1a from two starting points. */
#include "hash.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FNV_PRIME 0x100000001b3ULL

/* No file that is hashed here is larger. */
#define FILE_MAX (256u << 20)

void hash_init(struct hash *h)
{
	*h = (struct hash){ 0xcbf29ce484222325ULL, 0x84222325cbf29ce4ULL };
}

void hash_add(struct hash *h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		h->a = (h->a ^ p[i]) * FNV_PRIME;
		h->b = (h->b ^ p[i] ^ 0x5a) * FNV_PRIME;
	}
}

void hash_text(struct hash *h, const char *text)
{
	hash_add(h, text, strlen(text) + 1);
}

int hash_file(struct hash *h, const char *path)
{
	size_t len = 0;
	char *data = file_read(path, FILE_MAX, &len);

	if (!data)
		return -errno;
	hash_add(h, data, len);
	free(data);
	return 0;
}

void hash_name(const struct hash *h, char name[HASH_NAME])
{
	snprintf(name, HASH_NAME, "%016llx%016llx", (unsigned long long)h->a,
		 (unsigned long long)h->b);
}
