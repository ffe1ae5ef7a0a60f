/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun --clean-up kills what carries the name of its run, and is not held up by a
 * process whose environment cannot be read: here one that lies behind a file system of
 * which nobody answers.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include "mmrun_run.h"

#define NAME "mmguard-test-leftovers"

/* A process that waits, with the entry in its environment or without. */
static pid_t sleeper(bool marked)
{
	char *argv[] = { "sleep", "600", NULL };
	char *none[] = { NULL }, *entry[] = { "MMGUARD_RUN=" NAME, NULL };
	pid_t pid = fork();

	if (!pid) {
		execve("/bin/sleep", argv, marked ? entry : none);
		_exit(127);
	}
	return pid;
}

/* From now on, in this mount namespace, to open its environment is to wait. */
static bool cover(pid_t pid)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char path[64], options[96];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fd);
	return fd >= 0 && !unshare(CLONE_NEWNS) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", path, "fuse", 0, options);
}

/* Sets *@pid to 0 when it is gone. */
static bool killed(pid_t *pid)
{
	int status = 0;

	if (waitpid(*pid, &status, WNOHANG) != *pid)
		return false;
	*pid = 0;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	pid_t before = sleeper(true), stuck = sleeper(false), behind = sleeper(true);
	bool covered = cover(stuck);
	struct unit u = { 0 };
	struct mmrun_run r;
	char say[96];

	(void)argc;
	unit_begin();
	setenv("MMGUARD_RUN", NAME, 1);
	run_init(&r, argv[0]);
	/* Until both have become what they are to be. */
	usleep(300000);
	run_mmrun(&r, "--clean-up");
	unit_ok(&u, r.status == 0 && strstr(r.out, "left behind: 2 processes"), "clean_up");
	unit_ok(&u, killed(&before) && killed(&behind), "those_of_the_run_are_killed");
	snprintf(say, sizeof(say), "process %d hangs", (int)stuck);
	if (covered)
		unit_ok(&u,
			strstr(r.out, say) && r.seconds < 30 && !waitpid(stuck, NULL, WNOHANG),
			"one_hangs_and_is_left_alone");
	else
		printf("ok %d one_hangs_and_is_left_alone # SKIP needs FUSE and root\n", ++u.n);
	if (u.failed)
		run_show(&r);
	end(stuck);
	end(before);
	end(behind);
	run_end(&r);
	return unit_end(&u);
}
