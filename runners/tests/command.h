/* SPDX-License-Identifier: GPL-2.0-only */
/* A command of mmguard in a child, with all it says in the file "out". */
#ifndef MMGUARD_TESTS_COMMAND_H
#define MMGUARD_TESTS_COMMAND_H

#include "mmguard/util.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run a command, its words separated by blanks; the exit status, -1 when a signal ended it. */
static inline int run(int (*cmd)(int, char **), const char *words)
{
	struct strv argv = { 0 };
	int status;
	pid_t pid;

	strv_split(&argv, words, " ");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0666);

		dup2(fd, 1);
		dup2(fd, 2);
		optind = 0;
		status = cmd((int)argv.n, argv.v);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	strv_free(&argv);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Did the last command say @part? */
static inline bool said(const char *part)
{
	char *text = file_read("out", 1 << 20, NULL);
	bool hit = text && strstr(text, part);

	if (!hit)
		printf("# fail: expected \"%s\", found \"%s\"\n", part,
		       text ? text : "nothing");
	free(text);
	return hit;
}
#endif
