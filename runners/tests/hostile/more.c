/* SPDX-License-Identifier: GPL-2.0-only */
/* One planned, three reported. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..1\nok 1 a\nok 2 b\nok 3 c");
	return 0;
}
