/* SPDX-License-Identifier: GPL-2.0-only */
/* Three planned, one reported, status 0. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..3\n# case a\nok 1 a");
	return 0;
}
