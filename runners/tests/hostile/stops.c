/* SPDX-License-Identifier: GPL-2.0-only */
/* Stops itself in the middle of a case. */
#include <signal.h>
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..2\n# case a");
	fflush(stdout);
	raise(SIGSTOP);
	puts("ok 1 a\n# case b\nok 2 b");
	return 0;
}
