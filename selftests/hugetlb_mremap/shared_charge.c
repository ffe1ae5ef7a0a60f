// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: one hugetlb cgroup pays for the huge pages of another; or a
 * removed group is freed while reservations still refer to it, and the kernel writes
 * to freed memory; or it is never freed.
 *
 * Mechanism: each range of a file's reservations, and each reservation map of a private
 * mapping, refers to the group that was charged, once for each VMA that uses the map.
 * Ranges that meet become one only when they belong to the same group; a range that is
 * cut in two refers twice.
 *
 * Introduced by: unknown. Fixed by: d85aecf2844f ("hugetlb_cgroup: fix imbalanced css_get
 * and css_put pair for shared mappings") for ranges of a file.
 *
 * Proves: two groups that share a file are charged for their own pages in each order; a
 * removed group lives exactly as long as its charges. Does not prove: limits.
 */
#include "mmtest.h"

#include <sys/mman.h>

#include "access.h"
#include "cgroup.h"
#include "child.h"
#include "hugefile.h"
#include "thp.h"

#define PAGES 6

MM_PROGRAM(hugetlb_mremap, shared_charge,
	   "each group is charged for its own, as long as it lasts");
MM_NEEDS("root: yes\nhugepages: 6\nseconds: 60\nharm: reserves\n");

MM_NO_KINDS

struct pair {
	struct cgroup a, b;
	struct hugefile f;
};

static struct pair start(void)
{
	struct pair p = { .a = cgroup_make() };

	if (cgroup_pages(&p.a, hugepage_default_size(), true) < 0)
		mm_skip("needs the rsvd counters of the hugetlb cgroup, which came with Linux "
			"5.7");
	p.b = cgroup_sibling(&p.a);
	p.f = hugefile_make(HUGEMAP_SHARED_FILE, PAGES);
	return p;
}

static void join(const struct cgroup *cg)
{
	int ret = cgroup_join(cg);

	if (ret)
		mm_broken("joining a cgroup: %s", strerror(-ret));
}

/* Pages in use and reserved of both groups. */
static void expect(const struct pair *p, const char *step, long a_used, long a, long b_used,
		   long b)
{
	char name[100];

	snprintf(name, sizeof(name), "that came first, %s", step);
	cgroup_expect(name, &p->a, p->f.size, a_used, a);
	snprintf(name, sizeof(name), "that came second, %s", step);
	cgroup_expect(name, &p->b, p->f.size, b_used, b);
	hugefile_expect(&p->f, step, a_used + b_used, a_used + b_used, a + b - a_used - b_used);
}

static void end(const struct pair *p)
{
	cgroup_leave(&p->a);
	hugefile_end(&p->f);
	cgroup_expect("that came first, at the end", &p->a, p->f.size, 0, 0);
	cgroup_expect("that came second, at the end", &p->b, p->f.size, 0, 0);
	cgroup_rmdir(&p->b);
	cgroup_remove(&p->a);
}

/* The second group's range lies on both sides of the first one's. */
MM_SCENARIO(two_groups_reserve_one_file)
{
	struct pair p = start();
	char *inner, *all;

	join(&p.a);
	inner = hugefile_map(&p.f, 2, 4, MAP_SHARED);
	expect(&p, "with pages 2 and 3 mapped", 0, 2, 0, 0);
	join(&p.b);
	all = hugefile_map(&p.f, 0, PAGES, MAP_SHARED);
	expect(&p, "with all mapped by the second", 0, 2, 0, 4);
	hugefile_touch(&p.f, all, 0, 3);
	hugefile_touch(&p.f, all, 0, 4);
	expect(&p, "after the second touched a page of each", 0, 2, 2, 4);
	munmap(inner, 2 * p.f.size);
	munmap(all, PAGES * p.f.size);
	expect(&p, "after munmap", 0, 2, 2, 4);
	hugefile_punch(&p.f, 3 * p.f.size, p.f.size);
	expect(&p, "after a page of the first was punched", 0, 1, 1, 4);
	hugefile_punch(&p.f, 4 * p.f.size, p.f.size);
	expect(&p, "after a page of the second was punched", 0, 1, 0, 3);
	hugefile_truncate(&p.f, 2);
	expect(&p, "after truncation to two pages", 0, 0, 0, 2);
	end(&p);
}

/* Neighbours of different groups must not become one range, on either side. */
MM_SCENARIO(two_groups_side_by_side)
{
	struct pair p = start();
	char *m[3];

	for (int i = 0; i < 3; i++) {
		join(i == 1 ? &p.b : &p.a);
		m[i] = hugefile_map(&p.f, 2 * i, 2 * i + 2, MAP_SHARED);
	}
	expect(&p, "with two pages each in turn", 0, 4, 0, 2);
	join(&p.a);
	hugefile_touch(&p.f, m[0], 0, 1);
	hugefile_touch(&p.f, m[1], 2, 2);
	hugefile_touch(&p.f, m[2], 4, 4);
	expect(&p, "after the first touched one of each", 3, 4, 0, 2);
	for (size_t i = 0; i < 3; i++)
		munmap(m[i], 2 * p.f.size);
	hugefile_punch(&p.f, 2 * p.f.size, p.f.size);
	expect(&p, "after a page of the second was punched", 2, 4, 0, 1);
	hugefile_punch(&p.f, p.f.size, p.f.size);
	expect(&p, "after a page of the first was punched", 1, 3, 0, 1);
	hugefile_truncate(&p.f, 3);
	expect(&p, "after truncation to three pages", 0, 1, 0, 0);
	end(&p);
}

/* Ranges that meet and are one group's become one; each page is still paid for once. */
MM_SCENARIO(ranges_that_meet)
{
	struct pair p = start();
	char *m[3];

	join(&p.a);
	m[0] = hugefile_map(&p.f, 0, 1, MAP_SHARED);
	m[1] = hugefile_map(&p.f, 2, 3, MAP_SHARED);
	expect(&p, "with two pages apart", 0, 2, 0, 0);
	m[2] = hugefile_map(&p.f, 0, 4, MAP_SHARED);
	expect(&p, "with the pages between and behind", 0, 4, 0, 0);
	for (size_t i = 0; i < 4; i++)
		hugefile_touch(&p.f, m[2], 0, i);
	hugefile_punch(&p.f, p.f.size, 2 * p.f.size);
	expect(&p, "after a hole in the middle", 2, 2, 0, 0);
	munmap(m[0], p.f.size);
	munmap(m[1], p.f.size);
	munmap(m[2], 4 * p.f.size);
	cgroup_leave(&p.a);
	cgroup_rmdir(&p.a);
	cgroup_expect_held("with two pages in use", &p.a, 1);
	hugefile_punch(&p.f, 0, p.f.size);
	cgroup_expect_held("with a page in use", &p.a, 1);
	hugefile_end(&p.f);
	cgroup_expect_held("after the end of the file", &p.a, 0);
}

/* The file's reservations outlive their group. */
MM_SCENARIO(removed_group_of_a_file)
{
	struct pair p = start();
	char *at;

	join(&p.a);
	at = hugefile_map(&p.f, 0, 3, MAP_SHARED);
	cgroup_leave(&p.a);
	cgroup_rmdir(&p.a);
	cgroup_expect_held("with a file reserved", &p.a, 1);
	hugefile_touch(&p.f, at, 0, 1);
	hugefile_punch(&p.f, p.f.size, p.f.size);
	cgroup_expect_held("with a range cut in two", &p.a, 1);
	hugefile_truncate(&p.f, 2);
	cgroup_expect_held("with the first page reserved", &p.a, 1);
	hugefile_expect(&p.f, "with the first page reserved", 0, 0, 1);
	munmap(at, 3 * p.f.size);
	hugefile_end(&p.f);
	cgroup_expect_held("after the end of the file", &p.a, 0);
}

static long exit_now(void *arg)
{
	return (long)arg;
}

/* One map of three VMAs, a child without it, a move: each gives back its own part. */
MM_SCENARIO(removed_group_of_a_split_mapping)
{
	struct pair p = start();
	size_t size = p.f.size;
	struct child child;
	char *at, *to;

	hugemap_needs_mremap();
	join(&p.a);
	at = hugefile_map(&p.f, 0, 3, MAP_PRIVATE);
	cgroup_leave(&p.a);
	if (mprotect(at + size, size, PROT_READ))
		mm_broken("mprotect of a page: %m");
	cgroup_expect("with the mapping split", &p.a, size, 0, 3);
	child = child_fork();
	child_call(&child, exit_now, NULL);
	child_end(&child);
	cgroup_expect("after a child's end", &p.a, size, 0, 3);
	munmap(at, size);
	cgroup_expect("after munmap of the head", &p.a, size, 0, 2);
	cgroup_rmdir(&p.a);
	cgroup_expect_held("with two parts left", &p.a, 1);
	to = aligned_hole(size, size);
	if (!hugemap_move(at + 2 * size, size, to))
		return;
	cgroup_expect_held("after a move of the tail", &p.a, 1);
	munmap(at + size, size);
	cgroup_expect_held("with the tail left", &p.a, 1);
	hugefile_expect(&p.f, "with the tail left", 0, 0, 1);
	munmap(to, size);
	cgroup_expect_held("with nothing left", &p.a, 0);
	hugefile_end(&p.f);
}

/* A page without a reservation is charged to its group until it is freed. */
MM_SCENARIO(removed_group_of_a_page)
{
	struct pair p = start();
	char *at;

	join(&p.a);
	at = hugefile_map(&p.f, 0, 1, MAP_PRIVATE | MAP_NORESERVE);
	hugefile_touch(&p.f, at, 0, 0);
	cgroup_expect("with a page without reservation", &p.a, p.f.size, 1, 1);
	cgroup_leave(&p.a);
	cgroup_rmdir(&p.a);
	cgroup_expect_held("with a page in use", &p.a, 1);
	hugefile_check(&p.f, "page of a removed group", at, 0, 0);
	munmap(at, p.f.size);
	cgroup_expect_held("after munmap", &p.a, 0);
	hugefile_end(&p.f);
}

MM_MAIN
