// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "hugemap.h"
#include "pagemap.h"
#include "report.h"
#include "sharedtable.h"
#include "thp.h"

struct byte_at {
	char *addr;
	unsigned char value;
};

static long write_byte(void *arg)
{
	struct byte_at *b = arg;

	return -access_write(b->addr, b->value);
}

static long read_byte(void *arg)
{
	struct byte_at *b = arg;
	unsigned char byte;
	int sig = access_read(b->addr, &byte);

	return sig ? -sig : byte;
}

struct child *sharedtable_member(struct sharedtable *t, int who)
{
	return who ? &t->children[who - 1] : NULL;
}

static long in_member(struct sharedtable *t, int who, child_fn *fn, struct byte_at b)
{
	return who ? child_call_copy(sharedtable_member(t, who), fn, &b, sizeof(b)) : fn(&b);
}

long sharedtable_write(struct sharedtable *t, int who, char *addr, unsigned char value)
{
	return in_member(t, who, write_byte, (struct byte_at){ addr, value });
}

long sharedtable_read(struct sharedtable *t, int who, const char *addr)
{
	return in_member(t, who, read_byte, (struct byte_at){ (char *)addr, 0 });
}

static void map(struct sharedtable *t)
{
	t->window = (char *)aligned_hole(4 * t->table, t->table) + 2 * t->table;
	t->addr = t->window - 2 * t->table;
	t->fd = hugemap_file(HUGEMAP_SHARED_FILE, t->size, 2 * t->table / t->size);
	if (mmap(t->addr, t->table, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED | MAP_NORESERVE, t->fd, 0) != t->addr)
		mm_broken("mmap of %zu bytes of a file: %s", t->table, strerror(errno));
	t->pages[0] = t->addr;
	t->pages[1] = t->addr + t->table / 2 + t->size;
	t->pages[2] = t->addr + t->table - t->size;
}

/* The last page is touched by one child only: where others have it, they share its table. */
static void share(struct sharedtable *t)
{
	for (int who = SHAREDTABLE_CHILDREN; who >= 0; who--)
		if (sharedtable_write(t, who, t->pages[0], 1))
			mm_broken("first page: writing to it raised a signal");
	for (int i = 1; i < SHAREDTABLE_PAGES; i++)
		if (sharedtable_write(t, 1, t->pages[i], i + 1))
			mm_broken("page of a file: writing to it raised a signal");
	if (!(pagemap_entry(t->pages[2]) & PM_PRESENT))
		mm_skip("needs page tables that are shared for HugeTLB, this kernel or CPU "
			"does not share them");
	for (int who = 1; who <= SHAREDTABLE_CHILDREN; who++)
		if (!(pagemap_entry_of(t->children[who - 1].pid, t->pages[2]) & PM_PRESENT))
			mm_broken("child %d: does not share the page table", who);
}

void sharedtable_make(struct sharedtable *t)
{
	memset(t, 0, sizeof(*t));
	t->size = hugepage_default_size();
	if (!t->size)
		mm_skip("needs HugeTLB pages, which this kernel does not have");
	/* A table is one base page of entries of eight bytes. */
	t->table = t->size * (page_size() / 8);
	hugepage_pool_add(GUARD_CASE, t->size, -1, SHAREDTABLE_PAGES + 1);
	t->base = hugepage_pool_read(t->size, -1);
	map(t);
	for (int i = 0; i < SHAREDTABLE_CHILDREN; i++)
		t->children[i] = child_fork();
	share(t);
}

static bool one_page(struct sharedtable *t, const char *step, int who, char *at, int i,
		     unsigned int others)
{
	char *page = at + (t->pages[i] - t->addr);
	unsigned char value = 16 * (who + 1) + i;
	long got = sharedtable_write(t, who, page, value);

	if (!mm_expect(!got, "process %d, page %d %s: writing to it raised signal %ld", who, i,
		       step, -got))
		return false;
	for (int other = 0; other <= SHAREDTABLE_CHILDREN; other++) {
		if (!(others >> other & 1))
			continue;
		got = sharedtable_read(t, other, t->pages[i]);
		if (!mm_expect(got == value,
			       "process %d, page %d %s: process %d wrote %d, it reads %ld",
			       other, i, step, who, value, got))
			return false;
	}
	return true;
}

bool sharedtable_sees(struct sharedtable *t, const char *step, int who, char *at,
		      unsigned int others)
{
	for (int i = 0; i < SHAREDTABLE_PAGES; i++)
		if (!one_page(t, step, who, at, i, others))
			return false;
	return true;
}

bool sharedtable_expect(const struct sharedtable *t, const char *step, long used)
{
	return hugepage_pool_expect(step, t->size, t->base,
				    (struct hugepage_pool){ .free = -used });
}
