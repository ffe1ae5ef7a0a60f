// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pagemap.h"
#include "report.h"

size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Entries of 8 bytes, from entry @index on. */
static ssize_t read_entries(const char *path, uint64_t index, uint64_t *entries, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = pread(fd, entries, n * sizeof(*entries), index * sizeof(*entries));
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? got : got / (ssize_t)sizeof(*entries);
}

void pagemap_read_of(pid_t pid, const void *addr, uint64_t *entries, size_t n)
{
	char path[64] = "/proc/self/pagemap";
	ssize_t got;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	got = read_entries(path, (uintptr_t)addr / page_size(), entries, n);
	if (got != (ssize_t)n)
		mm_broken("%s: %s", path, got < 0 ? strerror(-got) : "short read");
}

uint64_t pagemap_entry_of(pid_t pid, const void *addr)
{
	uint64_t entry;

	pagemap_read_of(pid, addr, &entry, 1);
	return entry;
}

uint64_t pagemap_entry(const void *addr)
{
	return pagemap_entry_of(0, addr);
}

uint64_t pagemap_pfn_of(pid_t pid, const void *addr)
{
	uint64_t entry = pagemap_entry_of(pid, addr);

	if (!(entry & PM_PRESENT))
		return 0;
	if (!(entry & PM_PFN_MASK))
		mm_skip("needs frame numbers in pagemap, found none; run as root "
			"(CAP_SYS_ADMIN)");
	return entry & PM_PFN_MASK;
}

uint64_t pagemap_pfn(const void *addr)
{
	return pagemap_pfn_of(0, addr);
}

void pagemap_frames(pid_t pid, const void *addr, uint64_t *frames, size_t n)
{
	pagemap_read_of(pid, addr, frames, n);
	for (size_t i = 0; i < n; i++) {
		if (frames[i] & PM_PRESENT && !(frames[i] & PM_PFN_MASK))
			mm_skip("needs frame numbers in pagemap, found none; run as root "
				"(CAP_SYS_ADMIN)");
		frames[i] = frames[i] & PM_PRESENT ? frames[i] & PM_PFN_MASK : 0;
	}
}

ssize_t kpageflags_read(uint64_t pfn, uint64_t *flags, size_t n)
{
	return read_entries("/proc/kpageflags", pfn, flags, n);
}

ssize_t kpagecount_read(uint64_t pfn, uint64_t *counts, size_t n)
{
	return read_entries("/proc/kpagecount", pfn, counts, n);
}

uint64_t kpageflags(uint64_t pfn)
{
	uint64_t flags;
	ssize_t got = kpageflags_read(pfn, &flags, 1);

	if (got != 1)
		mm_broken("/proc/kpageflags at frame %#llx: %s", (unsigned long long)pfn,
			  got < 0 ? strerror(-got) : "short read");
	return flags;
}
