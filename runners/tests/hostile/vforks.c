/* SPDX-License-Identifier: GPL-2.0-only */
/* Waits for a child of vfork() that never ends: uninterruptible, but for a fatal signal. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("KTAP version 1\n1..1\n# case a");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	if (!vfork())
		for (;;)
			pause();
	return 0;
}
