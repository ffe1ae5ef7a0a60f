// SPDX-License-Identifier: GPL-2.0-only
#include <numa.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "file.h"
#include "guard.h"
#include "hugepage.h"
#include "memblock.h"
#include "needs.h"
#include "report.h"
#include "swap.h"

#define GIGANTIC (1UL << 30)

/* One pointer per MM_RECORD, put side by side by the linker. */
extern const char *const __start_mm_records[] __attribute__((weak));
extern const char *const __stop_mm_records[] __attribute__((weak));

/* The value of "key: " in any record, NULL when there is none. */
static const char *need(const char *key)
{
	size_t len = strlen(key);

	/* cppcheck-suppress comparePointers ; the linker puts them around one array */
	for (const char *const *r = __start_mm_records; r < __stop_mm_records; r++)
		for (const char *line = *r; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (!strncmp(line, key, len) && line[len] == ':')
				return line + len + 1;
		}
	return NULL;
}

void needs_print(void)
{
	/* cppcheck-suppress comparePointers ; the linker puts them around one array */
	for (const char *const *r = __start_mm_records; r < __stop_mm_records; r++)
		fputs(*r, stdout);
	if (!need("budget"))
		printf("budget: %g\n", NEEDS_BUDGET_DEFAULT);
}

double needs_budget(void)
{
	const char *value = need("budget");
	double budget = value ? strtod(value, NULL) : 0;

	return budget > 0 ? budget : NEEDS_BUDGET_DEFAULT;
}

static long need_number(const char *key)
{
	const char *value = need(key);

	return value ? strtol(value, NULL, 10) : 0;
}

struct unmet {
	char *text;
	size_t size;
};

static void MM_PRINTF(2, 3) add(struct unmet *u, const char *fmt, ...)
{
	size_t len = strlen(u->text);
	va_list args;

	if (len && len + 2 < u->size)
		len += snprintf(u->text + len, u->size - len, "; ");
	va_start(args, fmt);
	vsnprintf(u->text + len, u->size - len, fmt, args);
	va_end(args);
}

static void check_machine(struct unmet *u)
{
	long cpus = need_number("cpus"), nodes = need_number("nodes");
	long memory = need_number("memory");
	cpu_set_t set;

	if (cpus && !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) < cpus)
		add(u, "needs %ld CPUs, found %d", cpus, CPU_COUNT(&set));
	if (nodes) {
		int found = numa_available() < 0 ? 1 : numa_num_configured_nodes();

		if (found < nodes)
			add(u, "needs %ld NUMA nodes, found %d; run in a VM (--target vm)",
			    nodes, found);
	}
	if (memory) {
		long found = file_field("/proc/meminfo", "MemAvailable:") / 1024;

		if (found < memory)
			add(u, "needs %ld MiB of available memory, found %ld", memory, found);
	}
}

static void add_pool(struct unmet *u, size_t size, long want)
{
	char path[128];
	long got;

	if (want <= 0)
		return;
	if (!hugepage_pool_exists(size)) {
		add(u, "needs %zukB huge pages, which this kernel or CPU does not have",
		    size / 1024);
		return;
	}
	hugepage_pool_path(size, -1, "nr_hugepages", path, sizeof(path));
	got = guard_add(GUARD_PROGRAM, path, want);
	if (got < want)
		add(u,
		    "needs %ld more %zukB pages in the pool, got %ld; free memory or reserve "
		    "them at boot (hugepagesz=, hugepages=)",
		    want, size / 1024, got > 0 ? got : 0);
}

/*
 * Pages that large are mostly reserved at boot, for nothing else can make them:
 * what is free of those is used, and only the rest added.
 */
static long gigantic_free(void)
{
	struct hugepage_pool pool;

	if (!hugepage_pool_exists(GIGANTIC))
		return 0;
	pool = hugepage_pool_read(GIGANTIC, -1);
	return pool.free > pool.reserved ? pool.free - pool.reserved : 0;
}

bool needs_met(char *unmet, size_t size)
{
	struct unmet u = { unmet, size };

	unmet[0] = '\0';
	check_machine(&u);
	if (need("root") && geteuid()) {
		add(&u, "needs root, found uid %d; run it with sudo", geteuid());
		return false;
	}
	if (need("gup_test") && access("/sys/kernel/debug/gup_test", R_OK | W_OK))
		add(&u, "needs CONFIG_GUP_TEST and debugfs, /sys/kernel/debug/gup_test is not "
			"there");
	if (need("block") && !memblock_any_removable())
		add(&u, "needs a removable memory block, found none that is online in "
			"ZONE_MOVABLE or free; boot with movablecore=");
	if (need("swap") && !swap_possible())
		add(&u, "needs a zram device to swap to, found none; load the zram module");
	if (u.text[0])
		return false;
	add_pool(&u, hugepage_default_size(), need_number("hugepages"));
	add_pool(&u, GIGANTIC, need_number("gigantic") - gigantic_free());
	return !u.text[0];
}
