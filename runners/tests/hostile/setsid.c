/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves its session with a child that ignores SIGTERM, and both wait for ever. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("KTAP version 1\n1..1\n# case a");
	fflush(stdout);
	if (!fork()) {
		setsid();
		signal(SIGTERM, SIG_IGN);
	}
	for (;;)
		pause();
}
