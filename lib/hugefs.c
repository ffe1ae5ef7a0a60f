// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "caseloop.h"
#include "guard.h"
#include "hugefs.h"
#include "hugepage.h"
#include "report.h"
#include "tasks.h"

int hugefs_try(struct hugefs *fs, long max, long min)
{
	char options[120];
	int len;

	*fs = (struct hugefs){ .dir = "/tmp/mmguard.XXXXXX",
			       .size = hugepage_default_size(),
			       .max = max };
	if (!fs->size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	if (!mkdtemp(fs->dir))
		mm_broken("mkdtemp %s: %s", fs->dir, strerror(errno));
	guard_undo_later(GUARD_CASE, GUARD_UMOUNT, fs->dir, NULL);
	len = snprintf(options, sizeof(options), "pagesize=%zuK", fs->size / 1024);
	if (max != HUGEFS_NO_LIMIT)
		len += snprintf(options + len, sizeof(options) - len, ",size=%zuK",
				max * fs->size / 1024);
	if (min != HUGEFS_NO_LIMIT)
		snprintf(options + len, sizeof(options) - len, ",min_size=%zuK",
			 min * fs->size / 1024);
	if (!mount("none", fs->dir, "hugetlbfs", 0, options))
		return 0;
	if (errno == ENODEV)
		mm_skip("needs hugetlbfs, which this kernel does not have");
	return -errno;
}

struct hugefs hugefs_mount(long max, long min)
{
	struct hugefs fs;
	int ret = hugefs_try(&fs, max, min);

	if (ret)
		mm_broken("mount of a hugetlbfs, size %ld, min_size %ld pages: %s", max, min,
			  strerror(-ret));
	return fs;
}

int hugefs_file(const struct hugefs *fs, size_t pages)
{
	char path[sizeof(fs->dir) + 2];
	int fd;

	snprintf(path, sizeof(path), "%s/f", fs->dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(path) || ftruncate(fd, pages * fs->size))
		mm_broken("file of %zu pages on hugetlbfs: %s", pages, strerror(errno));
	return fd;
}

int hugefs_umount(const struct hugefs *fs, bool lazily)
{
	return umount2(fs->dir, lazily ? MNT_DETACH : 0) ? -errno : 0;
}

bool hugefs_expect(const char *step, const struct hugefs *fs, long free)
{
	double end = seconds_now() + mm_patience();
	struct statfs s;

	do {
		if (statfs(fs->dir, &s))
			mm_broken("statfs %s: %s", fs->dir, strerror(errno));
		if ((long)s.f_blocks == fs->max && (long)s.f_bfree == free &&
		    (long)s.f_bavail == free)
			return true;
		usleep(2000);
	} while (seconds_now() < end);
	return mm_expect(false,
			 "hugetlbfs %s: expected %ld pages, %ld free, found %ld, %ld free "
			 "(%ld available)",
			 step, fs->max, free, (long)s.f_blocks, (long)s.f_bfree,
			 (long)s.f_bavail);
}
