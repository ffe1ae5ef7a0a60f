/* SPDX-License-Identifier: GPL-2.0-only */
/* Fails with a reason that clears the screen, sets a title and is no UTF-8 at its end. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..2\n# case a");
	puts("# fail: \033[2J\033]0;title\a caf\xc3\xa9 \xff");
	puts("not ok 1 a\n# case b\nok 2 b");
	return 1;
}
