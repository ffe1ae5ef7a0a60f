/* SPDX-License-Identifier: GPL-2.0-only */
/* Hostile to nobody: two cases that pass, one that is skipped. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..3\n# case a\nok 1 a\n# time a 0.001");
	puts("# case b\nok 2 b\n# case c\nok 3 c # SKIP needs more");
	return 0;
}
