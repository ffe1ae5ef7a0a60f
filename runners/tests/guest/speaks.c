// SPDX-License-Identifier: GPL-2.0-only
/* A dynamically linked program that is not one of ours: it says how it was called. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	printf("TAP version 13\n1..2\n");
	printf("%s 1 in its directory\n", access("settings", R_OK) ? "not ok" : "ok");
	printf("%s 2 with %d arguments\n", argc < 2 || *argv[1] ? "ok" : "not ok", argc - 1);
	return 0;
}
