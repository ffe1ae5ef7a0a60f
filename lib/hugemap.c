// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "access.h"
#include "hugemap.h"
#include "report.h"
#include "thp.h"

static int memfd_of(size_t size, size_t pages)
{
	int fd = memfd_create("mmguard", MFD_CLOEXEC | hugepage_memfd_flags(size));

	if (fd < 0)
		mm_broken("memfd_create of %zukB pages: %s", size / 1024, strerror(errno));
	if (ftruncate(fd, pages * size))
		mm_broken("ftruncate of a memfd to %zu huge pages: %s", pages, strerror(errno));
	return fd;
}

int hugemap_mount_file(size_t size, size_t pages)
{
	char dir[] = "/tmp/mmguard.XXXXXX", file[sizeof(dir) + 2], options[40];
	int fd;

	if (!mkdtemp(dir))
		mm_broken("mkdtemp %s: %s", dir, strerror(errno));
	guard_undo_later(GUARD_CASE, GUARD_UMOUNT, dir, NULL);
	snprintf(options, sizeof(options), "pagesize=%zuK", size / 1024);
	if (mount("none", dir, "hugetlbfs", 0, options))
		mm_skip("needs a hugetlbfs mount, found %s", strerror(errno));
	snprintf(file, sizeof(file), "%s/f", dir);
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(file) || ftruncate(fd, pages * size))
		mm_broken("file of %zu pages on hugetlbfs: %s", pages, strerror(errno));
	return fd;
}

int hugemap_file(enum hugemap_kind kind, size_t size, size_t pages)
{
	switch (kind) {
	case HUGEMAP_PRIVATE_FILE:
	case HUGEMAP_SHARED_FILE:
	case HUGEMAP_SHARED_NORESERVE:
		return memfd_of(size, pages);
	case HUGEMAP_PRIVATE_MOUNT:
	case HUGEMAP_SHARED_MOUNT:
		return hugemap_mount_file(size, pages);
	default:
		return -1;
	}
}

struct hugemap hugemap_make(enum hugemap_kind kind, size_t pages, void *at)
{
	struct hugemap m = { .pages = pages,
			     .size = hugepage_default_size(),
			     .shared = kind >= HUGEMAP_SHARED,
			     .reserving = kind != HUGEMAP_NORESERVE &&
					  kind != HUGEMAP_SHARED_NORESERVE };
	int flags = (m.shared ? MAP_SHARED : MAP_PRIVATE) | (at ? MAP_FIXED : 0) |
		    (m.reserving ? 0 : MAP_NORESERVE);

	if (!m.size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	m.fd = hugemap_file(kind, m.size, pages);
	if (m.fd < 0)
		flags |= MAP_ANONYMOUS | hugepage_map_flags(m.size);
	m.addr = mmap(at, pages * m.size, PROT_READ | PROT_WRITE, flags, m.fd, 0);
	if (m.addr == MAP_FAILED)
		mm_broken("mmap of %zu huge pages: %s", pages, strerror(errno));
	return m;
}

char *hugemap_again(const struct hugemap *m, size_t pages)
{
	int flags = (m->shared ? MAP_SHARED : MAP_PRIVATE) | (m->reserving ? 0 : MAP_NORESERVE);
	char *p = mmap(NULL, pages * m->size, PROT_READ | PROT_WRITE, flags, m->fd, 0);

	if (p == MAP_FAILED)
		mm_broken("mmap of %zu huge pages of a file: %s", pages, strerror(errno));
	return p;
}

void hugemap_needs_mremap(void)
{
	struct hugemap m = hugemap_make(HUGEMAP_NORESERVE, 1, NULL);
	void *to = mremap(m.addr, m.size, m.size, MREMAP_MAYMOVE | MREMAP_FIXED,
			  aligned_hole(m.size, m.size));

	if (to == MAP_FAILED && errno == EINVAL)
		mm_skip("needs mremap of HugeTLB mappings, the kernel refuses it; Linux 5.16 "
			"and later move them");
	if (to == MAP_FAILED)
		mm_broken("mremap of one untouched huge page: %s", strerror(errno));
	munmap(to, m.size);
}

bool hugemap_move(void *from, size_t len, void *to)
{
	void *got = mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to);

	if (got == MAP_FAILED)
		mm_fail("mremap of %zu bytes of a HugeTLB mapping: %s", len, strerror(errno));
	else if (got != to)
		mm_fail("mremap with MREMAP_FIXED: moved to another address than asked");
	return got == to;
}

void hugemap_fill(char *addr, size_t size, size_t i)
{
	pattern_fill(addr + i * size, size, i + 1);
}

void hugemap_fill_pages(char *addr, size_t size, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		hugemap_fill(addr, size, i);
}

bool hugemap_check(const char *what, const char *addr, size_t size, size_t i)
{
	char name[80];

	snprintf(name, sizeof(name), "%s, page %zu", what, i);
	return pattern_check(name, addr + i * size, size, i + 1);
}

bool hugemap_expect(const char *step, const struct hugemap *m, struct hugepage_pool base,
		    size_t pages, size_t touched)
{
	struct hugepage_pool delta = { .free = -(long)touched };

	if (m->reserving)
		delta.reserved = (long)pages - (long)touched;
	return hugepage_pool_expect(step, m->size, base, delta);
}
