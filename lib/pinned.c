// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "pagemap.h"
#include "pinned.h"
#include "report.h"

/* Is a frame in ZONE_MOVABLE of its node? */
static bool frame_is_movable(uint64_t frame)
{
	unsigned long start, spanned = 0;
	bool movable = false, found = false;
	FILE *f = fopen("/proc/zoneinfo", "re");
	char line[256];

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Node ", 5))
			movable = strstr(line, "zone  Movable") || strstr(line, "zone Movable");
		else if (sscanf(line, " spanned %lu", &spanned) == 1)
			continue;
		else if (movable && sscanf(line, " start_pfn: %lu", &start) == 1)
			found = frame >= start && frame < start + spanned;
	}
	if (f)
		fclose(f);
	return found;
}

const struct pin_provider *pinned_provider(const void *addr)
{
	uint64_t frame = pagemap_pfn(addr);

	if (!frame)
		return &pin_io_uring;
	if (kpf(kpageflags(frame), KPF_HUGE) && frame_is_movable(frame))
		return &pin_readv;
	return &pin_io_uring;
}

struct pinned pinned_take(const struct pin_provider *by, void *addr, size_t len)
{
	struct pinned p = { .pages = len / page_size() };

	p.pin = pin_take(by ? by : pinned_provider(addr), addr, len);
	p.frames = calloc(p.pages, sizeof(*p.frames));
	if (!p.frames)
		mm_broken("memory for %zu frame numbers", p.pages);
	pagemap_frames(0, addr, p.frames, p.pages);
	for (size_t i = 0; i < p.pages; i++)
		if (!p.frames[i])
			mm_broken("pinned page %zu: not present after it was pinned", i);
	return p;
}

static void fill_page(unsigned char *buf, size_t off, unsigned char seed)
{
	for (size_t i = 0; i < page_size(); i++)
		buf[i] = pattern_byte(off + i, seed);
}

static bool page_same(const char *what, const char *step, size_t page,
		      const unsigned char *found, const unsigned char *want)
{
	for (size_t i = 0; i < page_size(); i++)
		if (!mm_expect(found[i] == want[i],
			       "pinned page %zu %s: byte %zu: expected %#04x, %s %#04x", page,
			       step, i, want[i], what, found[i]))
			return false;
	return true;
}

/* Reading through a pin that is read once ends it: its whole story is judged now. */
static void check_once(struct pinned *p)
{
	size_t page = page_size();
	unsigned char *buf = malloc(p->checked_len + page);
	bool ok = true;

	if (!buf)
		mm_broken("memory for %zu bytes", p->checked_len);
	pin_read(&p->pin, p->checked_off, buf + page, p->checked_len);
	for (size_t at = 0; ok && at < p->checked_len; at += page) {
		fill_page(buf, at, p->checked_seed);
		ok = page_same("the pin read", "when it was let go",
			       (p->checked_off + at) / page, buf + page + at, buf);
	}
	free(buf);
}

void pinned_release(struct pinned *p)
{
	if (p->pin.by && p->pin.by->once && p->checked_len)
		check_once(p);
	pin_release(&p->pin);
	free(p->frames);
	p->frames = NULL;
}

bool pinned_frames_check(struct pinned *p, const char *step, const void *addr, size_t off,
			 size_t len)
{
	size_t page = page_size(), n = len / page;
	uint64_t *found = calloc(n, sizeof(*found)), *want = p->frames + off / page;
	bool ok = true;

	if (!found)
		mm_broken("memory for %zu frame numbers", n);
	pagemap_frames(0, addr, found, n);
	for (size_t i = 0; ok && i < n; i++)
		ok = mm_expect(found[i] == want[i],
			       "pinned page %zu %s: expected frame %#llx, found %#llx%s",
			       off / page + i, step, (unsigned long long)want[i],
			       (unsigned long long)found[i], found[i] ? "" : " (not present)");
	free(found);
	return ok;
}

/* One page, which the CPU has filled with @before; with @after when it returns. */
static bool through_pin(struct pinned *p, const char *step, unsigned char *addr, size_t off,
			size_t at, const unsigned char seeds[2])
{
	size_t page = page_size(), nr = (off + at) / page;
	unsigned char *buf = malloc(2 * page);
	bool ok;

	if (!buf)
		mm_broken("memory for two pages");
	fill_page(buf, at, seeds[0]);
	pin_read(&p->pin, off + at, buf + page, page);
	ok = page_same("the pin read", step, nr, buf + page, buf);
	if (ok && p->pin.by->writable) {
		fill_page(buf, at, seeds[1]);
		pin_write(&p->pin, off + at, buf, page);
		ok = page_same("the CPU read", step, nr, addr + at, buf);
	}
	free(buf);
	return ok;
}

bool pinned_check(struct pinned *p, const char *step, void *addr, size_t off, size_t len,
		  unsigned char seed)
{
	size_t page = page_size(), n = len / page;
	size_t samples[] = { 0, 1, n / 2, n - 2, n - 1 };
	unsigned char seeds[] = { seed ^ 0x80, seed };

	for (size_t i = 0; i < n; i++) {
		int sig = access_write((unsigned char *)addr + i * page, 0);

		if (!mm_expect(!sig, "pinned page %zu %s: a write to it raised signal %d",
			       off / page + i, step, sig))
			return false;
	}
	pattern_fill(addr, len, seeds[0]);
	if (!pinned_frames_check(p, step, addr, off, len))
		return false;
	for (size_t i = 0; !p->pin.by->once && i < sizeof(samples) / sizeof(samples[0]); i++) {
		size_t at = samples[i];

		if (at >= n || (i && at <= samples[i - 1]))
			continue;
		if (!through_pin(p, step, addr, off, at * page, seeds))
			return false;
	}
	pattern_fill(addr, len, seed);
	p->checked_off = off;
	p->checked_len = len;
	p->checked_seed = seed;
	return true;
}
