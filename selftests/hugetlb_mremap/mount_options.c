// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a hugetlbfs mount creates more files than its nr_inodes allows, or
 * fewer once files were removed; or size= in percent gives another size.
 *
 * Mechanism: the mount counts free inodes down at each creation and up at each end of a
 * file, and once for its root. A percentage is one of the pool as it is at mount time.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: statfs and creation agree with the options, to the file and to the page.
 * Does not prove: accounting of pages (subpool).
 */
#include "mmtest.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include "guard.h"
#include "hugefs.h"
#include "hugepage.h"

MM_PROGRAM(hugetlb_mremap, mount_options, "a mount has the files and pages of its options");
MM_NEEDS("root: yes\nhugepages: 4\nseconds: 60\nharm: none\n");

MM_NO_KINDS

struct mounted {
	char dir[32];
	size_t size;
};

static struct mounted make(const char *option)
{
	struct mounted m = { .dir = "/tmp/mmguard.XXXXXX", .size = hugepage_default_size() };
	char options[80];

	if (!m.size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	if (!mkdtemp(m.dir))
		mm_broken("mkdtemp %s: %m", m.dir);
	guard_undo_later(GUARD_CASE, GUARD_UMOUNT, m.dir, NULL);
	snprintf(options, sizeof(options), "pagesize=%zuK,%s", m.size / 1024, option);
	if (mount("none", m.dir, "hugetlbfs", 0, options))
		mm_skip("needs a hugetlbfs mount with %s, found %m", option);
	return m;
}

static void expect_inodes(const struct mounted *m, const char *step, long total, long free)
{
	struct statfs s;

	if (statfs(m->dir, &s))
		mm_broken("statfs %s: %m", m->dir);
	mm_expect((long)s.f_files == total && (long)s.f_ffree == free,
		  "hugetlbfs %s: expected %ld inodes, %ld free, found %ld, %ld free", step,
		  total, free, (long)s.f_files, (long)s.f_ffree);
}

static int create(const struct mounted *m, char name)
{
	char path[40];

	snprintf(path, sizeof(path), "%s/%c", m->dir, name);
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static void removes(const struct mounted *m, char name)
{
	char path[40];

	snprintf(path, sizeof(path), "%s/%c", m->dir, name);
	if (unlink(path))
		mm_fail("unlink on hugetlbfs: %m");
}

/* One of them is the root directory. */
MM_SCENARIO(inodes)
{
	char option[60];
	struct mounted m;
	int a, b;

	/* statfs tells of inodes only together with pages. */
	snprintf(option, sizeof(option), "nr_inodes=3,size=%zu", hugepage_default_size());
	m = make(option);
	expect_inodes(&m, "after mount", 3, 2);
	a = create(&m, 'a');
	b = create(&m, 'b');
	if (!mm_expect(a >= 0 && b >= 0, "files within nr_inodes: cannot be made: %m"))
		return;
	expect_inodes(&m, "with two files", 3, 0);
	mm_expect(create(&m, 'c') < 0 && errno == ENOSPC,
		  "file beyond nr_inodes: expected ENOSPC, found another result");
	expect_inodes(&m, "after a refused file", 3, 0);
	removes(&m, 'a');
	expect_inodes(&m, "with a removed file in use", 3, 0);
	close(a);
	expect_inodes(&m, "after its end", 3, 1);
	a = create(&m, 'c');
	mm_expect(a >= 0, "file in place of another: cannot be made: %m");
	expect_inodes(&m, "with another file", 3, 0);
	close(a);
	close(b);
	removes(&m, 'b');
	removes(&m, 'c');
	expect_inodes(&m, "without files", 3, 2);
}

MM_SCENARIO(size_in_percent)
{
	struct mounted m = make("size=50%");
	long total = hugepage_pool_read(m.size, -1).total;
	struct hugefs fs = { .size = m.size, .max = total * 50 / 100 };

	memcpy(fs.dir, m.dir, sizeof(m.dir));
	hugefs_expect("with half of the pool", &fs, fs.max);
}

/* A size is rounded to whole pages: what does not fill one is not there. */
MM_SCENARIO(size_in_bytes)
{
	size_t size = hugepage_default_size();
	struct hugefs fs = { .size = size, .max = 2 };
	char option[40];
	struct mounted m;

	snprintf(option, sizeof(option), "size=%zu", 2 * size + size / 2);
	m = make(option);
	memcpy(fs.dir, m.dir, sizeof(m.dir));
	hugefs_expect("with two pages and a half", &fs, 2);
}

MM_MAIN
