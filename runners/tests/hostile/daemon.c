/* SPDX-License-Identifier: GPL-2.0-only */
/* Passes, and leaves a daemon behind that holds its stdout open. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("KTAP version 1\n1..1\n# case a\nok 1 a");
	fflush(stdout);
	if (fork())
		return 0;
	setsid();
	signal(SIGTERM, SIG_IGN);
	if (fork())
		_exit(0);
	for (;;)
		pause();
}
