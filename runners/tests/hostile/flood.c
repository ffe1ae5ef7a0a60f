/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes 1 GiB between two results. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static char block[1 << 20];

	memset(block, 'x', sizeof(block));
	for (size_t i = 79; i < sizeof(block); i += 80)
		block[i] = '\n';
	puts("KTAP version 1\n1..2\n# case a\nok 1 a");
	for (int i = 0; i < 1024; i++)
		fwrite(block, 1, sizeof(block), stdout);
	puts("\n# case b\nok 2 b");
	return 0;
}
