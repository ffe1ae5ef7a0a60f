/* SPDX-License-Identifier: GPL-2.0-only */
/* Hostile to nobody: comes after one that was. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..1\n# case a\nok 1 a");
	return 0;
}
