// SPDX-License-Identifier: GPL-2.0-only
/* fork and exec without a shell: no word of ours is ever parsed again. */
#include "program.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(char *const argv[], const char *dir, int out, int err)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	int null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(err >= 0 ? err : null, 2);
	if (!dir || !chdir(dir))
		execvp(argv[0], argv);
	_exit(127);
}

int program_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_run(char *const argv[], const char *dir)
{
	pid_t pid = start(argv, dir, -1, -1);

	return pid < 0 ? -1 : program_wait(pid);
}

int program_logged(char *const argv[], const char *dir, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	pid_t pid;

	if (fd < 0) {
		mg_error("cannot open %s: %s", log, strerror(errno));
		return -1;
	}
	pid = start(argv, dir, fd, fd);
	close(fd);
	return pid < 0 ? -1 : program_wait(pid);
}

char *program_output(char *const argv[], size_t max, size_t *len)
{
	size_t have = 0, room = 65536;
	char *buf;
	ssize_t n = 0;
	pid_t pid;
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return NULL;
	buf = xrealloc(NULL, room);
	pid = start(argv, NULL, p[1], -1);
	close(p[1]);
	do {
		if (have + 1 >= room) {
			room *= 2;
			buf = xrealloc(buf, room);
		}
		n = read(p[0], buf + have, room - have - 1);
		have += n > 0 ? (size_t)n : 0;
	} while ((n > 0 || (n < 0 && errno == EINTR)) && have <= max);
	close(p[0]);
	buf[have] = '\0';
	if (pid < 0 || program_wait(pid) || n < 0 || have > max) {
		free(buf);
		return NULL;
	}
	if (len)
		*len = have;
	return buf;
}

int program_exists(const char *name)
{
	struct strv dirs = { 0 };
	int found = 0;

	strv_split(&dirs, getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin", ":");
	for (size_t i = 0; i < dirs.n && !found; i++) {
		char *path = xasprintf("%s/%s", dirs.v[i], name);

		found = !access(path, X_OK);
		free(path);
	}
	strv_free(&dirs);
	return found;
}
