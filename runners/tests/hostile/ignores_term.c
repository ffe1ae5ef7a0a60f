/* SPDX-License-Identifier: GPL-2.0-only */
/* Ignores SIGTERM and never ends; its second case is running. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	signal(SIGTERM, SIG_IGN);
	puts("KTAP version 1\n1..3\n# case a\nok 1 a\n# case b");
	fflush(stdout);
	for (;;)
		pause();
}
