// SPDX-License-Identifier: GPL-2.0-only
/* A process stuck in a kernel bug counts as load for ever, though it takes no time from
 * anybody. */
#include "load.h"
#include "util.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_stuck(const char *pid)
{
	char *path = xasprintf("/proc/%s/stat", pid), *text = file_read(path, 1024, NULL);
	const char *end = text ? strrchr(text, ')') : NULL;
	bool stuck = end && !strncmp(end, ") D", 3);

	free(text);
	free(path);
	return stuck;
}

static unsigned int count_stuck(void)
{
	DIR *d = opendir("/proc");
	unsigned int n = 0;
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			n += is_stuck(e->d_name);
	if (d)
		closedir(d);
	return n;
}

double load_per_cpu(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double load;

	if (getloadavg(&load, 1) != 1 || cpus < 1)
		return 0;
	load -= count_stuck();
	return load > 0 ? load / (double)cpus : 0;
}
