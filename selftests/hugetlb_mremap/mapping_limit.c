// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a process with as many mappings as it may have calls mremap() on
 * HugeTLB memory; the call fails, but what was mapped at the target is gone.
 *
 * Mechanism: a move out of the middle of a mapping, into the middle of another, makes up
 * to four mappings more. Whether they may be made is counted before the target is unmapped.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: mremap, munmap and mprotect that need too many mappings fail with ENOMEM and
 * change neither mappings nor data nor counters. Does not prove: other errors (refused_move,
 * refused_call).
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "file.h"
#include "hugemap.h"
#include "pagemap.h"

#define PAGES 3
#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)

MM_PROGRAM(hugetlb_mremap, mapping_limit, "too many mappings: refused without side effects");
MM_NEEDS("root: yes\nhugepages: 6\nseconds: 60\nharm: reserves\nprofile: full\n");

MM_NO_KINDS

struct two {
	struct hugepage_pool base;
	size_t size;
	char *at, *victim; /* of PAGES pages each, the first two of them touched */
};

static struct two make(void)
{
	struct two t = { .size = hugepage_default_size() };

	hugemap_needs_mremap();
	t.base = hugepage_pool_read(t.size, -1);
	t.at = hugemap_make(HUGEMAP_PRIVATE, PAGES, NULL).addr;
	t.victim = hugemap_make(HUGEMAP_PRIVATE, PAGES, NULL).addr;
	hugemap_fill_pages(t.at, t.size, 0, 2);
	hugemap_fill_pages(t.victim, t.size, 0, 2);
	return t;
}

/* A mapping of base pages that is cut into as many mappings as a process may have. */
static void fill_the_mappings(size_t page)
{
	long max = file_read_long("/proc/sys/vm/max_map_count"), n = 0;
	char *p;

	if (max < 0 || max > 200000)
		mm_skip("needs a process that may have few mappings, max_map_count is %ld",
			max);
	p = mmap(NULL, (2 * max + 2) * page, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		mm_broken("mmap of %ld base pages of address space: %m", 2 * max);
	while (n < 2 * max && !mprotect(p + n * page, page, PROT_READ))
		n += 2;
	if (errno != ENOMEM)
		mm_broken("mprotect, mapping %ld: %m", n);
}

static void refused(const struct two *t, const char *what, bool failed)
{
	mm_expect(failed && errno == ENOMEM, "%s: expected ENOMEM, found %s", what,
		  failed ? strerror(errno) : "success");
	hugepage_pool_expect(what, t->size, t->base,
			     (struct hugepage_pool){ .free = -4, .reserved = 2 });
	for (size_t i = 0; i < 2; i++) {
		hugemap_check("source after a refusal", t->at, t->size, i);
		hugemap_check("target after a refusal", t->victim, t->size, i);
	}
}

MM_SCENARIO(nothing_is_cut_or_unmapped)
{
	struct two t = make();
	size_t size = t.size, len = PAGES * size;

	fill_the_mappings(page_size());
	refused(&t, "mremap of a middle onto a middle",
		mremap(t.at + size, size, size, FIXED, t.victim + size) == MAP_FAILED);
	refused(&t, "mremap of all onto a mapping",
		mremap(t.at, len, len, FIXED, t.victim) == MAP_FAILED);
	refused(&t, "munmap of a middle", munmap(t.at + size, size));
	refused(&t, "mprotect of a middle", mprotect(t.at + size, size, PROT_READ));
	for (size_t i = 0; i < PAGES; i++)
		mm_expect(!access_write(t.at + i * size, 1),
			  "page %zu: reserved, but writing to it raised a signal", i);
	munmap(t.at, len);
	munmap(t.victim, len);
	hugepage_pool_expect("after munmap", size, t.base, (struct hugepage_pool){ 0 });
}

MM_MAIN
