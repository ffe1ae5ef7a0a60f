// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "caseloop.h"
#include "file.h"
#include "guard.h"
#include "memblock.h"
#include "pagemap.h"
#include "report.h"

#define MEMORY_DIR "/sys/devices/system/memory/"
#define PICK_TRIES 12

size_t memblock_size(void)
{
	char text[32];

	if (file_read(MEMORY_DIR "block_size_bytes", text, sizeof(text)) <= 0)
		return 0;
	return strtoul(text, NULL, 16);
}

static void block_path(int id, const char *file, char *path, size_t size)
{
	snprintf(path, size, MEMORY_DIR "memory%d/%s", id, file);
}

static bool state_is(int id, const char *state)
{
	char path[96], text[32];

	block_path(id, "state", path, sizeof(path));
	return file_read(path, text, sizeof(text)) > 0 && !strcmp(text, state);
}

bool memblock_is_online(const struct memblock *block)
{
	return state_is(block->id, "online");
}

/* The node is a link "nodeN" in the block's folder; 0 without NUMA. */
static int block_node(int id)
{
	char path[96];
	struct dirent *d;
	int node = 0;
	DIR *dir;

	block_path(id, "", path, sizeof(path));
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (sscanf(d->d_name, "node%d", &node) == 1)
			break;
	if (dir)
		closedir(dir);
	return node;
}

static struct memblock block_info(int id)
{
	struct memblock b = { .id = id, .node = block_node(id) };
	char path[96], text[64] = "";

	block_path(id, "phys_index", path, sizeof(path));
	file_read(path, text, sizeof(text));
	b.frames = memblock_size() / page_size();
	b.first = strtoull(text, NULL, 16) * b.frames;
	block_path(id, "valid_zones", path, sizeof(path));
	text[0] = '\0';
	file_read(path, text, sizeof(text));
	b.movable = !strncmp(text, "Movable", 7);
	snprintf(b.zone, sizeof(b.zone), "%.15s", text);
	return b;
}

/* Online blocks, best candidates first; returns how many. */
static int candidates(struct memblock *blocks, int max)
{
	DIR *dir = opendir(MEMORY_DIR);
	struct dirent *d;
	int n = 0, id;

	while (dir && (d = readdir(dir)))
		if (sscanf(d->d_name, "memory%d", &id) == 1 && n < max &&
		    state_is(id, "online"))
			blocks[n++] = block_info(id);
	if (dir)
		closedir(dir);
	return n;
}

/* Of initialised memory that is free, the first frame shows it. */
bool memblock_initialised(const struct memblock *block)
{
	uint64_t flags[1024];
	ssize_t n = kpageflags_read(block->first, flags, 1024);

	for (ssize_t i = 0; i < n; i++)
		if (flags[i])
			return true;
	return n <= 0;
}

static int lower(const void *a, const void *b)
{
	const struct memblock *x = a, *y = b;

	return x->id - y->id;
}

size_t memblock_list(struct memblock *blocks, size_t max)
{
	int n = candidates(blocks, max);

	qsort(blocks, n, sizeof(blocks[0]), lower);
	return n;
}

bool memblock_find(uint64_t pfn, struct memblock *block)
{
	size_t size = memblock_size();
	int id = size ? pfn / (size / page_size()) : 0;

	if (!size || !state_is(id, "online"))
		return false;
	*block = block_info(id);
	return memblock_holds(block, pfn);
}

static int better(const void *a, const void *b)
{
	const struct memblock *x = a, *y = b;

	if (x->movable != y->movable)
		return y->movable - x->movable;
	return y->id - x->id;
}

bool memblock_any_removable(void)
{
	struct memblock blocks[1024];

	return memblock_size() && candidates(blocks, 1024) > 0;
}

static void interrupt(int sig)
{
	(void)sig;
}

int memblock_offline(const struct memblock *block, double seconds)
{
	struct sigaction old, act = { .sa_handler = interrupt }; /* no SA_RESTART */
	struct itimerval timer = { 0 }, off = { 0 };
	char path[96];
	int ret;

	seconds *= mm_slow();
	timer.it_value.tv_sec = seconds;
	timer.it_value.tv_usec = (seconds - timer.it_value.tv_sec) * 1e6;
	timer.it_interval.tv_usec = 50000;
	block_path(block->id, "state", path, sizeof(path));
	guard_undo_later(GUARD_CASE, GUARD_WRITE, path,
			 block->movable ? "online_movable" : "online");
	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &timer, NULL);
	ret = file_write(path, "offline");
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old, NULL);
	return ret;
}

int memblock_online(const struct memblock *block)
{
	char path[96];

	block_path(block->id, "state", path, sizeof(path));
	return file_write(path, block->movable ? "online_movable" : "online");
}

bool memblock_holds(const struct memblock *block, uint64_t pfn)
{
	return pfn >= block->first && pfn < block->first + block->frames;
}

struct memblock memblock_pick(void)
{
	struct memblock blocks[1024];
	int n = candidates(blocks, 1024), tried = 0, ret = 0;

	if (!n)
		mm_skip("needs memory blocks, " MEMORY_DIR " has none online");
	qsort(blocks, n, sizeof(blocks[0]), better);
	for (int i = 0; i < n && tried < PICK_TRIES; i++) {
		if (!memblock_initialised(&blocks[i]))
			continue;
		tried++;
		ret = memblock_offline(&blocks[i], 1);
		if (ret)
			continue;
		ret = memblock_online(&blocks[i]);
		if (ret)
			mm_broken("memory block %d: online after offline: %s", blocks[i].id,
				  strerror(-ret));
		return blocks[i];
	}
	mm_skip("needs a memory block that goes offline, tried %d: %s; boot with movablecore=",
		tried, strerror(-ret));
}

struct memblock memblock_movable(void)
{
	struct memblock block = memblock_pick();
	char path[96];
	int ret;

	if (block.movable)
		return block;
	/* Undone last first: offline, then online where the kernel puts it. */
	block_path(block.id, "state", path, sizeof(path));
	guard_undo_later(GUARD_CASE, GUARD_WRITE, path, "online");
	guard_undo_later(GUARD_CASE, GUARD_OFFLINE, path, NULL);
	ret = memblock_offline(&block, 1);
	block.movable = true;
	if (!ret)
		ret = memblock_online(&block);
	if (ret)
		mm_broken("memory block %d: moving it to ZONE_MOVABLE: %s", block.id,
			  strerror(-ret));
	return block_info(block.id);
}
