/* SPDX-License-Identifier: GPL-2.0-only */
/* From the word of --kernel to an image and its modules. */
#ifndef MG_KIMAGE_H
#define MG_KIMAGE_H

#include <stddef.h>

struct kimage {
	char *image;
	char *modules; /* directory, NULL without modules */
	char *release; /* "?" when the image does not tell */
	char *version; /* of its source, as far as the image tells */
};

/*
 * @word is running, a path or deb:X; @configs the directory of configs.  0, or -1 with a
 * message.
 */
int kimage_find(struct kimage *k, const char *word, const char *configs);
/* The same for deb:X alone, from the cache or fetched (debkernel.c). */
int debkernel_find(struct kimage *k, const char *x, const char *configs);
/* What an x86 image says it is ("release (who) #1 ..."); NULL when it is none.  The caller
 * frees. */
char *kimage_banner(const char *path);
/* The release alone. */
char *kimage_release(const char *path);
void kimage_free(struct kimage *k);
#endif
