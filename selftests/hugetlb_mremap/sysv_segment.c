// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: a System V segment of huge pages loses its reservation, or keeps
 * it for ever, or ends while somebody has it attached, after it was moved or cut.
 *
 * Mechanism: shmget(SHM_HUGETLB) reserves all pages at once; attaching reserves nothing.
 * The mapping has operations of its own around those of hugetlbfs, which must pass on each
 * one: opening, closing and cutting at huge pages only. A move opens one and closes one.
 *
 * Introduced by: unknown. Fixed by: unknown.
 *
 * Proves: counters, attachments and data over attach, move, cut, detach and removal, in
 * each order, and that a refused segment leaves nothing.
 * Does not prove: limits of System V memory itself.
 */
#include "mmtest.h"

#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "access.h"
#include "child.h"
#include "hugemap.h"
#include "pagemap.h"
#include "thp.h"

#ifndef SHM_HUGETLB
#define SHM_HUGETLB 04000
#endif

#define PAGES 3

MM_PROGRAM(hugetlb_mremap, sysv_segment, "a System V segment keeps its pages and reservations");
MM_NEEDS("root: yes\nhugepages: 3\nseconds: 60\nharm: reserves\n");

MM_NO_KINDS

struct segment {
	struct hugepage_pool base;
	size_t size, len;
	int id;
	char *at;
};

/* The system call itself: libhugetlbfs, which is linked in, has a shmget() of its own. */
static int get_segment(size_t len)
{
	return syscall(SYS_shmget, IPC_PRIVATE, len, SHM_HUGETLB | IPC_CREAT | 0600);
}

static void expect(const struct segment *s, const char *step, long used, long reserved)
{
	hugepage_pool_expect(step, s->size, s->base,
			     (struct hugepage_pool){ .free = -used, .reserved = reserved });
}

static void attached(const struct segment *s, const char *step, unsigned long want)
{
	struct shmid_ds ds;

	if (shmctl(s->id, IPC_STAT, &ds))
		mm_fail("segment %s: it is gone: %m", step);
	else
		mm_expect(ds.shm_nattch == want,
			  "segment %s: expected %lu attachments, found %lu", step, want,
			  (unsigned long)ds.shm_nattch);
}

/* Attached once, and to be removed with its last attachment, however the case ends. */
static struct segment make(void)
{
	struct segment s = { .size = hugepage_default_size() };

	if (!s.size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	s.len = PAGES * s.size;
	s.base = hugepage_pool_read(s.size, -1);
	s.id = get_segment(s.len);
	if (s.id < 0)
		mm_skip("needs a System V segment of huge pages, found %m");
	s.at = shmat(s.id, NULL, 0);
	if (shmctl(s.id, IPC_RMID, NULL) || s.at == (void *)-1)
		mm_broken("shmat or IPC_RMID of a segment: %m");
	expect(&s, "after shmget", 0, PAGES);
	attached(&s, "after shmat", 1);
	return s;
}

static void touch(const struct segment *s, char *at, size_t i)
{
	int sig = access_write(at + i * s->size, 1);

	if (mm_expect(!sig, "page %zu: reserved, but writing to it raised signal %d", i, sig))
		hugemap_fill(at, s->size, i);
}

MM_SCENARIO(moved_segment)
{
	struct segment s = make();
	char *to;

	hugemap_needs_mremap();
	to = aligned_hole(s.len, s.size);
	touch(&s, s.at, 1);
	expect(&s, "after a page was touched", 1, PAGES - 1);
	if (!hugemap_move(s.at, s.len, to))
		return;
	attached(&s, "after mremap", 1);
	expect(&s, "after mremap", 1, PAGES - 1);
	hugemap_check("moved segment", to, s.size, 1);
	touch(&s, to, 0);
	touch(&s, to, 2);
	expect(&s, "after all pages were touched", PAGES, 0);
	if (shmdt(to))
		mm_fail("shmdt of the moved segment: %m");
	access_expect_unmapped("detached segment", to);
	expect(&s, "after shmdt", 0, 0);
}

/* Cut in three by a move of the middle; the segment ends with the last part. */
MM_SCENARIO(moved_part)
{
	struct segment s = make();
	char *to;

	hugemap_needs_mremap();
	to = aligned_hole(s.size, s.size);
	touch(&s, s.at, 1);
	if (!hugemap_move(s.at + s.size, s.size, to))
		return;
	attached(&s, "after a part was moved", 3);
	expect(&s, "after a part was moved", 1, PAGES - 1);
	pattern_check("moved part", to, s.size, 2);
	munmap(s.at, s.size);
	attached(&s, "after munmap of the head", 2);
	touch(&s, s.at, 2);
	expect(&s, "after another page was touched", 2, 1);
	munmap(s.at + 2 * s.size, s.size);
	attached(&s, "after munmap of the tail", 1);
	expect(&s, "after munmap of the tail", 2, 1);
	munmap(to, s.size);
	expect(&s, "after munmap of the rest", 0, 0);
}

MM_SCENARIO(cut_at_huge_pages_only)
{
	struct segment s = make();
	size_t page = page_size();

	touch(&s, s.at, 0);
	mm_expect(munmap(s.at + page, s.size) && errno == EINVAL,
		  "munmap within a page: expected EINVAL, found another result");
	mm_expect(mprotect(s.at, page, PROT_READ) && errno == EINVAL,
		  "mprotect within a page: expected EINVAL, found another result");
	hugemap_check("segment after refusals", s.at, s.size, 0);
	expect(&s, "after refusals", 1, PAGES - 1);
	attached(&s, "after refusals", 1);
	shmdt(s.at);
	expect(&s, "after shmdt", 0, 0);
}

static long write_last(void *arg)
{
	struct segment *s = arg;

	touch(s, s->at, PAGES - 1);
	return 0;
}

/* Attached twice here and once in a child, detached in turn. */
MM_SCENARIO(ends_with_its_last_attachment)
{
	struct segment s = make();
	char *again = shmat(s.id, NULL, 0);
	struct child child;

	if (again == (void *)-1)
		mm_skip("needs a removed segment that can still be attached, found %m");
	expect(&s, "after a second shmat", 0, PAGES);
	touch(&s, again, 0);
	hugemap_check("first attachment", s.at, s.size, 0);
	child = child_fork();
	attached(&s, "after fork", 4);
	child_call(&child, write_last, &s);
	hugemap_check("page of the child", again, s.size, PAGES - 1);
	shmdt(again);
	shmdt(s.at);
	expect(&s, "after both were detached here", 2, 1);
	attached(&s, "after both were detached here", 2);
	child_end(&child);
	expect(&s, "after the child's end", 0, 0);
}

MM_SCENARIO(refused_segment)
{
	size_t size = hugepage_default_size(), held;
	struct hugepage_pool base;
	int id;

	if (!size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	hugepage_pool_leave(size, 1, &held);
	base = hugepage_pool_read(size, -1);
	id = get_segment(2 * size);
	mm_expect(id < 0 && errno == ENOMEM,
		  "segment of more than is free: expected ENOMEM, found another result");
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	hugepage_pool_expect("after a refused segment", size, base,
			     (struct hugepage_pool){ 0 });
	id = get_segment(size);
	if (!mm_expect(id >= 0, "segment of what is free: %m"))
		return;
	hugepage_pool_expect("after a segment", size, base,
			     (struct hugepage_pool){ .reserved = 1 });
	shmctl(id, IPC_RMID, NULL);
	hugepage_pool_expect("after its removal", size, base, (struct hugepage_pool){ 0 });
}

MM_MAIN
