// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "hugefile.h"
#include "pagemap.h"
#include "report.h"

struct hugefile hugefile_make(enum hugemap_kind kind, size_t pages)
{
	struct hugefile f = { .size = hugepage_default_size() };

	if (!f.size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	f.base = hugepage_pool_read(f.size, -1);
	f.fd = hugemap_file(kind, f.size, pages);
	return f;
}

char *hugefile_map(const struct hugefile *f, size_t first, size_t end, int flags)
{
	char *p = mmap(NULL, (end - first) * f->size, PROT_READ | PROT_WRITE, flags, f->fd,
		       first * f->size);

	if (p == MAP_FAILED)
		mm_broken("mmap of the pages %zu to %zu of a file: %s", first, end - 1,
			  strerror(errno));
	return p;
}

void hugefile_touch(const struct hugefile *f, char *at, size_t first, size_t i)
{
	char *page = at + (i - first) * f->size;
	int sig = access_write(page, 1);

	if (mm_expect(!sig, "page %zu of the file: writing to it raised signal %d", i, sig))
		pattern_fill(page, f->size, i + 1);
}

bool hugefile_check(const struct hugefile *f, const char *what, const char *at, size_t first,
		    size_t i)
{
	char name[80];

	snprintf(name, sizeof(name), "%s, page %zu of the file", what, i);
	return pattern_check(name, at + (i - first) * f->size, f->size, i + 1);
}

void hugefile_punch(const struct hugefile *f, size_t off, size_t len)
{
	if (fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len))
		mm_fail("fallocate, a hole of %zu bytes: %s", len, strerror(errno));
}

void hugefile_truncate(const struct hugefile *f, size_t pages)
{
	if (ftruncate(f->fd, pages * f->size))
		mm_fail("ftruncate to %zu pages: %s", pages, strerror(errno));
}

bool hugefile_expect_mapped(const struct hugefile *f, const char *step, const char *at,
			    size_t n, unsigned int want)
{
	unsigned int found = 0;

	for (size_t i = 0; i < n; i++)
		if (pagemap_entry(at + i * f->size) & PM_PRESENT)
			found |= 1U << i;
	return mm_expect(found == want,
			 "pages that are mapped %s: expected bits %#x, found %#x", step, want,
			 found);
}

bool hugefile_expect(const struct hugefile *f, const char *step, long used, long of_file,
		     long reserved)
{
	struct hugepage_pool delta = { .free = -used, .reserved = reserved };
	struct stat st;

	if (!hugepage_pool_expect(step, f->size, f->base, delta))
		return false;
	if (fstat(f->fd, &st))
		mm_broken("fstat of a HugeTLB file: %s", strerror(errno));
	return mm_expect(st.st_blocks * 512 == of_file * (long)f->size,
			 "file %s: expected blocks of %ld pages, found %lld bytes", step,
			 of_file, (long long)st.st_blocks * 512);
}

void hugefile_end(const struct hugefile *f)
{
	close(f->fd);
	hugepage_pool_expect("after the end of the file", f->size, f->base,
			     (struct hugepage_pool){ 0 });
}
