// SPDX-License-Identifier: GPL-2.0-only
/* As much of sudo as the ssh target needs: "sudo -n COMMAND...", for everybody. It is made a
 * set-user-ID program only in the directory of a test, for as long as that runs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], "-n"))
		return 2;
	if (setgid(0) || setuid(0)) {
		fputs("sudo: a password is required\n", stderr);
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
