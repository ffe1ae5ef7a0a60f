// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maplines.h"
#include "report.h"

struct maplines maplines_read(const char *addr, size_t len)
{
	struct maplines m = { .addr = addr, .len = len };
	FILE *f = fopen("/proc/self/maps", "r");
	size_t used = 0;
	char line[256];

	while (f && used < sizeof(m.text) && fgets(line, sizeof(line), f)) {
		uintptr_t start = strtoul(line, NULL, 16);

		if (start >= (uintptr_t)addr && start < (uintptr_t)addr + len)
			used += (size_t)snprintf(m.text + used, sizeof(m.text) - used, "%s",
						 line);
	}
	if (!f || used >= sizeof(m.text))
		mm_broken("/proc/self/maps: cannot be read");
	fclose(f);
	return m;
}

bool maplines_expect(const char *what, const struct maplines *then)
{
	struct maplines now = maplines_read(then->addr, then->len);

	if (mm_expect(!strcmp(now.text, then->text), "%s: the mappings are not what they were",
		      what))
		return true;
	mm_note("before:\n%s# after:\n%s", then->text, now.text);
	return false;
}
