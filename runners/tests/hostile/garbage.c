/* SPDX-License-Identifier: GPL-2.0-only */
/* NULs, bytes that are no text, and a line of 1 MB between two results. */
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char line[1 << 20];

	puts("KTAP version 1\n1..2\n# case a\nok 1 a");
	fwrite(line, 1, 4096, stdout);
	putchar('\n');
	for (int i = 0; i < 4096; i++)
		putchar(i * 7 % 256 == '\n' ? 0xff : i * 7 % 256);
	putchar('\n');
	memset(line, 'y', sizeof(line));
	fwrite(line, 1, sizeof(line), stdout);
	puts("\n# case b\nok 2 b");
	return 0;
}
