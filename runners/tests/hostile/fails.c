/* SPDX-License-Identifier: GPL-2.0-only */
/* A case that fails with a reason, one that cannot be set up. */
#include <stdio.h>

int main(void)
{
	puts("KTAP version 1\n1..2\n# case a\n# fail: expected 4, found 8\n# fail: second");
	puts("not ok 1 a\n# case b\nnot ok 2 b # ERROR mmap: no memory");
	return 1;
}
