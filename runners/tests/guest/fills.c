// SPDX-License-Identifier: GPL-2.0-only
/* Fills all memory of the guest, once it is sure that not mmrun but itself has to go. */
#include <sys/mman.h>

#include "tiny.h"

#define STEP (1UL << 20)

TINY(fills);

/* The oom_score_adj of a process, -1 when it cannot be read. */
static int score(pid_t pid)
{
	char path[64];
	int adj = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%d", &adj) != 1)
		adj = -1;
	if (f)
		fclose(f);
	return adj;
}

static void second(void)
{
	int parent = score(getppid()), own = score(getpid());

	printf("# oom_score_adj of mmrun %d, of this program %d\n", parent, own);
	/* Passes then, which is not what is wanted of it. */
	if (parent != -1000 || own)
		return;
	for (;;) {
		char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p != MAP_FAILED)
			memset(p, 1, STEP);
	}
}

int main(int argc, char **argv)
{
	return tiny_main(argc, argv, second);
}
