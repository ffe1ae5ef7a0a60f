/* SPDX-License-Identifier: GPL-2.0-only */
/* Dies by a signal in its second case of three. */
#include <signal.h>
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..3\n# case a\nok 1 a\n# case b");
	fflush(stdout);
	raise(SIGSEGV);
	return 0;
}
