// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks for the user: tools that walk page frames read metadata of memory that
 * is gone, or counts that no page can have; with poisoned metadata the kernel
 * crashes.
 *
 * Mechanism: the metadata of an offline block is stale. /proc/kpageflags and its
 * kin ask whether a frame is online, which offlining has to take back section by
 * section. Frames that are free or hold page tables use the map count for their
 * type, which must not be shown as a count.
 *
 * Introduced by: unknown. Fixed by: aad5f69bc161 ("fs/proc/page.c: don't access
 * uninitialized memmaps in fs/proc/page.c").
 *
 * Proves: every frame of an offline block is no page to every walker, every
 * frame of an online one is a page again, and on the whole machine free, slab and
 * page table frames have no count and no count is absurd. Does not prove: the
 * meaning of the other flags.
 */
#include "mmtest.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

#include "memblock.h"
#include "pagemap.h"

#define CHUNK	  32768 /* frames read at once */
#define COUNT_MAX (1ULL << 30)
#define KPF_SLAB  7
#define NO_PAGE	  (1ULL << KPF_NOPAGE)

MM_PROGRAM(vmemmap_hotplug, pfn_walkers,
	   "frames of offline memory are no pages, frames without mappings have no count");
MM_NEEDS("root: yes\nblock: yes\nseconds: 60\nharm: crashes\n");

MM_NO_KINDS

static uint64_t *frames_alloc(size_t n)
{
	uint64_t *entries = calloc(n, sizeof(*entries));

	if (!entries)
		mm_broken("no memory for %zu entries", n);
	return entries;
}

/* Reads all frames of a block; a short file is a failure of the kernel's. */
static bool read_block(const char *file, const struct memblock *block, uint64_t *entries)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t want = block->frames * sizeof(*entries), done = 0;

	if (fd < 0)
		return false;
	while (done < want) {
		ssize_t n = pread(fd, (char *)entries + done, want - done,
				  block->first * sizeof(*entries) + done);

		if (n <= 0)
			break;
		done += n;
	}
	close(fd);
	return mm_expect(done == want, "%s: block %d: expected %zu bytes, got %zu", file,
			 block->id, want, done);
}

static void all_are(const char *file, const struct memblock *block, uint64_t *entries,
		    uint64_t want)
{
	size_t wrong = 0, first = 0;

	if (!read_block(file, block, entries))
		return;
	for (size_t i = block->frames; i-- > 0;)
		if (entries[i] != want) {
			wrong++;
			first = i;
		}
	mm_expect(
		!wrong,
		"%s: offline block: expected %#llx for all %zu frames, found another value for "
		"%zu, %#llx for frame %zu of the block",
		file, (unsigned long long)want, (size_t)block->frames, wrong,
		(unsigned long long)entries[first], first);
}

static struct memblock take_offline(void)
{
	struct memblock block = memblock_pick();
	int ret = memblock_offline(&block, 5);

	if (ret)
		mm_skip("needs a block that goes offline, block %d: %s", block.id,
			strerror(-ret));
	return block;
}

MM_SCENARIO(offline_frames_have_no_flags)
{
	struct memblock block = take_offline();

	all_are("/proc/kpageflags", &block, frames_alloc(block.frames), NO_PAGE);
}

MM_SCENARIO(offline_frames_have_no_count)
{
	struct memblock block = take_offline();

	all_are("/proc/kpagecount", &block, frames_alloc(block.frames), 0);
}

MM_SCENARIO(offline_frames_have_no_cgroup)
{
	struct memblock block = take_offline();

	if (access("/proc/kpagecgroup", R_OK))
		mm_skip("needs /proc/kpagecgroup (CONFIG_MEMCG), it is not there");
	all_are("/proc/kpagecgroup", &block, frames_alloc(block.frames), 0);
}

/* One bit a frame. */
MM_SCENARIO(offline_frames_are_not_idle)
{
	const char *file = "/sys/kernel/mm/page_idle/bitmap";
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct memblock block;
	uint64_t *bits, all = ~0ULL;
	size_t bytes;

	if (fd < 0)
		mm_skip("needs %s (CONFIG_IDLE_PAGE_TRACKING), it is not there", file);
	block = take_offline();
	bytes = block.frames / 8;
	bits = frames_alloc(block.frames / 64);
	for (size_t off = 0; off < bytes; off += sizeof(all))
		if (pwrite(fd, &all, sizeof(all), block.first / 8 + off) != sizeof(all))
			mm_broken("%s: write: %m", file);
	if (!mm_expect(pread(fd, bits, bytes, block.first / 8) == (ssize_t)bytes,
		       "%s: short read of an offline block", file))
		return;
	for (size_t i = 0; i < block.frames / 64; i++)
		if (!mm_expect(!bits[i], "%s: frames %zu.. of an offline block are idle: %#llx",
			       file, i * 64, (unsigned long long)bits[i]))
			return;
}

MM_SCENARIO(online_frames_are_pages_again)
{
	struct memblock block = take_offline();
	uint64_t *flags = frames_alloc(block.frames), *counts = frames_alloc(block.frames);
	int ret = memblock_online(&block);
	size_t real = 0;

	if (!mm_expect(!ret, "block %d: online: %s", block.id, strerror(-ret)) ||
	    !read_block("/proc/kpageflags", &block, flags) ||
	    !read_block("/proc/kpagecount", &block, counts))
		return;
	for (size_t i = 0; i < block.frames; i++) {
		if (!mm_expect(!kpf(flags[i], KPF_NOPAGE) && counts[i] < COUNT_MAX,
			       "frame %zu of an online block: flags %#llx, count %llu", i,
			       (unsigned long long)flags[i], (unsigned long long)counts[i]))
			return;
		real += flags[i] != 0;
	}
	mm_expect(real, "online block: no frame has any flag");
}

static bool has_no_count(uint64_t flags)
{
	return kpf(flags, KPF_BUDDY) || kpf(flags, KPF_PGTABLE) || kpf(flags, KPF_SLAB) ||
	       kpf(flags, KPF_OFFLINE) || kpf(flags, KPF_NOPAGE);
}

/* A frame may change its use between two reads, but not every time. */
static bool really_wrong(uint64_t pfn, uint64_t *flags, uint64_t *count)
{
	for (int i = 0; i < 5; i++) {
		uint64_t after;

		*flags = kpageflags(pfn);
		if (kpagecount_read(pfn, count, 1) != 1)
			return false;
		after = kpageflags(pfn);
		if (*count < COUNT_MAX &&
		    !(*count && has_no_count(*flags) && has_no_count(after)))
			return false;
	}
	return true;
}

MM_SCENARIO(frames_without_mappings_have_no_count)
{
	uint64_t *counts = frames_alloc(CHUNK), *flags = frames_alloc(CHUNK);
	size_t mapped = 0, wrong = 0;
	ssize_t n;

	for (uint64_t pfn = 0; (n = kpagecount_read(pfn, counts, CHUNK)) > 0; pfn += n) {
		bool have = false;

		for (ssize_t i = 0; i < n && wrong < 5; i++) {
			if (!counts[i])
				continue;
			mapped++;
			if (!have && kpageflags_read(pfn, flags, n) != n)
				mm_broken("/proc/kpageflags is shorter than /proc/kpagecount");
			have = true;
			if (counts[i] < COUNT_MAX && !has_no_count(flags[i]))
				continue;
			if (!really_wrong(pfn + i, &flags[i], &counts[i]))
				continue;
			wrong++;
			mm_fail("frame %#llx: flags %#llx: expected count 0, found %#llx",
				(unsigned long long)pfn + i, (unsigned long long)flags[i],
				(unsigned long long)counts[i]);
		}
	}
	mm_expect(mapped, "/proc/kpagecount: no frame of the machine is mapped");
}

MM_MAIN
