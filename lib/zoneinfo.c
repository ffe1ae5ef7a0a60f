// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "pagemap.h"
#include "report.h"
#include "zoneinfo.h"

#define MEMINFO "/proc/meminfo"

static void parse_line(struct zones *zones, const char *line)
{
	struct zone *z = zones->n ? &zones->zone[zones->n - 1] : NULL;
	struct zone new = { .isolated = -1 };
	unsigned long start;
	long value;

	if (sscanf(line, "Node %d, zone %15s", &new.node, new.name) == 2) {
		if (zones->n == ZONES_MAX)
			mm_broken("/proc/zoneinfo: more than %d zones", ZONES_MAX);
		zones->zone[zones->n++] = new;
	} else if (!z) {
		return;
	} else if (sscanf(line, " pages free %ld", &value) == 1) {
		z->free = value;
	} else if (sscanf(line, " spanned %ld", &value) == 1) {
		z->spanned = value;
	} else if (sscanf(line, " present %ld", &value) == 1) {
		z->present = value;
	} else if (sscanf(line, " managed %ld", &value) == 1) {
		z->managed = value;
	} else if (sscanf(line, " start_pfn: %lu", &start) == 1) {
		z->start = start;
	} else if (sscanf(line, " count: %ld", &value) == 1) {
		zones->pcp += value;
	}
}

/* The column "Isolate" of the table below "Number of blocks type". */
static void read_isolated(struct zones *zones)
{
	FILE *f = fopen("/proc/pagetypeinfo", "re");
	char line[512], name[16];
	int column = -1, node;

	while (f && fgets(line, sizeof(line), f)) {
		int i = 0, skip = 0;
		struct zone *z;
		char *word;

		if (!strncmp(line, "Number of blocks type", 21)) {
			for (word = strtok(line + 21, " \n"); word;
			     word = strtok(NULL, " \n"), i++)
				if (!strcmp(word, "Isolate"))
					column = i;
			continue;
		}
		if (column < 0 || sscanf(line, "Node %d, zone %15s%n", &node, name, &skip) != 2)
			continue;
		z = zoneinfo_find(zones, node, name);
		word = strtok(line + skip, " \n");
		while (word && i++ < column)
			word = strtok(NULL, " \n");
		if (z && word)
			sscanf(word, "%ld", &z->isolated);
	}
	if (f)
		fclose(f);
}

void zoneinfo_read(struct zones *zones)
{
	char line[256];
	FILE *f;

	memset(zones, 0, sizeof(*zones));
	file_write("/proc/sys/vm/stat_refresh", "1");
	f = fopen("/proc/zoneinfo", "re");
	if (!f)
		mm_broken("/proc/zoneinfo: %m");
	while (fgets(line, sizeof(line), f))
		parse_line(zones, line);
	fclose(f);
	zones->total = file_field(MEMINFO, "MemTotal:") / (long)(page_size() / 1024);
	read_isolated(zones);
}

struct zone *zoneinfo_find(struct zones *zones, int node, const char *name)
{
	for (size_t i = 0; i < zones->n; i++)
		if (zones->zone[i].node == node && !strcmp(zones->zone[i].name, name))
			return &zones->zone[i];
	return NULL;
}

long zoneinfo_accounted(void)
{
	static const char *const uses[] = {
		"MemFree:",	  "Buffers:", "Cached:",      "SwapCached:",
		"AnonPages:",	  "Slab:",    "KernelStack:", "PageTables:",
		"SecPageTables:", "Percpu:",  "Hugetlb:",
	};
	struct zones zones;
	long kib = 0;

	zoneinfo_read(&zones);
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		long value = file_field(MEMINFO, uses[i]);

		kib += value > 0 ? value : 0;
	}
	return kib / (long)(page_size() / 1024) + zones.pcp;
}
