// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"
#include "mthp.h"
#include "pagemap.h"
#include "report.h"
#include "thp.h"

bool mthp_is(const void *addr, size_t size)
{
	size_t page = page_size(), n = size / page;
	uint64_t first = pagemap_pfn(addr);

	if (!first || first % n || !kpf(kpageflags(first), KPF_COMPOUND_HEAD))
		return false;
	for (size_t i = 1; i < n; i++)
		if (pagemap_pfn((const char *)addr + i * page) != first + i ||
		    !kpf(kpageflags(first + i), KPF_COMPOUND_TAIL))
			return false;
	/* Not a part of a larger one. */
	return !kpf(kpageflags(first + n), KPF_COMPOUND_TAIL);
}

void *mthp_alloc(size_t size)
{
	/* Alone between gaps: the VMA has no room for a larger page and merges with none. */
	char path[96], *p = (char *)aligned_hole(3 * size, size) + size;
	int ret;

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/enabled", size / 1024);
	if (access(path, F_OK))
		mm_skip("needs THPs of %zu KiB, this kernel does not offer them", size / 1024);
	ret = guard_set(GUARD_CASE, path, "madvise");
	if (ret)
		mm_skip("needs THPs of %zu KiB, switching them on: %s", size / 1024,
			strerror(-ret));
	p = mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %zu bytes: %s", size, strerror(errno));
	if (madvise(p, size, MADV_HUGEPAGE))
		mm_skip("needs MADV_HUGEPAGE, found %s", strerror(errno));
	*p = 1;
	if (!mthp_is(p, size))
		mm_skip("needs a free THP of %zu KiB, the kernel gave smaller pages; free "
			"memory "
			"or compact it",
			size / 1024);
	return p;
}
