// SPDX-License-Identifier: GPL-2.0-only
/* Kernel images: Documentation/arch/x86/boot.rst tells where a bzImage keeps its version. */
#include "kimage.h"
#include "kver.h"
#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HEADER_MAGIC   0x202
#define HEADER_VERSION 0x20e

char *kimage_banner(const char *path)
{
	size_t len = 0, at;
	char *head = file_read(path, 0x8000, &len), *banner = NULL;

	if (head && len > 0x210 && !memcmp(head + HEADER_MAGIC, "HdrS", 4)) {
		at = (size_t)((unsigned char)head[HEADER_VERSION] |
			      (unsigned char)head[HEADER_VERSION + 1] << 8) +
		     0x200;
		if (at < len)
			banner = xstrdup(head + at);
	}
	free(head);
	return banner;
}

char *kimage_release(const char *path)
{
	char *release = kimage_banner(path);

	if (release)
		release[strcspn(release, " ")] = '\0';
	if (release && !safe_component(release)) {
		free(release);
		release = NULL;
	}
	return release;
}

/* Modules of an image lie in the system, or beside it in what a package was unpacked to. */
static char *find_modules(const char *image, const char *release)
{
	static const char *const below[] = { "lib/modules", "usr/lib/modules" };
	char *dir = xstrdup(image), *cut, *path = NULL;

	/* The directory of the image and up to four above it: boot/vmlinuz-X,
	 * usr/lib/modules/X/vmlinuz. */
	for (int up = 0; up < 5 && (cut = strrchr(dir, '/')); up++) {
		*cut = '\0';
		for (size_t i = 0; i < 2; i++) {
			path = xasprintf("%s/%s/%s", dir, below[i], release);
			if (!access(path, F_OK)) {
				free(dir);
				return path;
			}
			free(path);
		}
	}
	free(dir);
	return NULL;
}

static int use_path(struct kimage *k, const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || access(path, R_OK)) {
		mg_error("no kernel image %s%s%s", path, errno ? ": " : "",
			 errno ? strerror(errno) : "");
		return -1;
	}
	k->image = realpath(path, NULL);
	k->release = kimage_release(path);
	if (!k->image) {
		mg_error("cannot use %s: %s", path, strerror(errno));
		return -1;
	}
	if (k->release)
		k->modules = find_modules(k->image, k->release);
	else
		k->release = xstrdup("unknown");
	return 0;
}

static int use_running(struct kimage *k)
{
	struct utsname u;
	char *path;
	int err;

	uname(&u);
	path = xasprintf("/boot/vmlinuz-%s", u.release);
	err = use_path(k, path);
	if (err)
		mg_error(
			"the image of the running kernel is not there; give one with --kernel");
	free(path);
	return err;
}

static int find_image(struct kimage *k, const char *word, const char *configs)
{
	if (!strcmp(word, "running"))
		return use_running(k);
	if (!strncmp(word, "deb:", 4))
		return debkernel_find(k, word + 4, configs);
	return use_path(k, word);
}

int kimage_find(struct kimage *k, const char *word, const char *configs)
{
	char *banner;
	int err;

	*k = (struct kimage){ 0 };
	errno = 0;
	err = find_image(k, word, configs);
	if (err)
		return err;
	banner = kimage_banner(k->image);
	k->version = kver_source(k->release, banner);
	free(banner);
	return 0;
}

void kimage_free(struct kimage *k)
{
	free(k->image);
	free(k->modules);
	free(k->release);
	free(k->version);
	*k = (struct kimage){ 0 };
}
