/* SPDX-License-Identifier: GPL-2.0-only */
/* Passes, and writes a warning to the kernel log as a user may. */
#include <stdio.h>

int main(void)
{
	FILE *f = fopen("/dev/kmsg", "w");

	puts("KTAP version 1\n1..1\n# case a");
	if (f) {
		fputs("<4>mmguard-marker hello\n", f);
		fclose(f);
	}
	puts("ok 1 a");
	return 0;
}
