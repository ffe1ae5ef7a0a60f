/* SPDX-License-Identifier: GPL-2.0-only */
/* Says how its parent stands in memory, and what it was given itself. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *who, int pid)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6) || !strncmp(line, "VmLck:", 6))
			printf("# %s %.6s %s", who, line, line + 6 + strspn(line + 6, " \t"));
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	f = fopen(path, "r");
	if (f && fgets(line, sizeof(line), f))
		printf("# %s oom_score_adj %s", who, line);
	if (f)
		fclose(f);
}

int main(void)
{
	mode_t mask = umask(0);

	puts("KTAP version 1\n1..1\n# case a");
	show("parent", getppid());
	show("own", getpid());
	printf("# own policy %d\n# umask %04o\n", sched_getscheduler(0), (unsigned int)mask);
	puts("ok 1 a");
	return 0;
}
