// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's lock against another user who was there first: with a file, a link, a FIFO, a
 * second name, or holding it. Nobody is waited for, nothing of his is written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../common/lock.h"
#include "unit.h"

#define OTHER 65534 /* nobody */

static char dir[] = "/tmp/mmguard-locks.XXXXXX";

static int a_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);

	return fd < 0 || fchmod(fd, 0666) || write(fd, "mine\n", 5) != 5;
}

/* Held for as long as the child lives, which is as long as the test. */
static int a_held_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);

	return fd < 0 || fchmod(fd, 0666) || flock(fd, LOCK_EX) || write(fd, "mine\n", 5) != 5;
}

static int a_link(const char *path)
{
	return symlink("victim", path);
}

static int a_dangling_link(const char *path)
{
	return symlink("nothing", path);
}

static int a_fifo(const char *path)
{
	return mkfifo(path, 0666) || chmod(path, 0666);
}

static int a_directory(const char *path)
{
	return mkdir(path, 0777);
}

/* As the other user, who then waits to be killed. */
static pid_t plant(int (*what)(const char *), const char *path)
{
	int p[2];
	char byte = 'x';
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		exit(3);
	if (!pid) {
		byte = setgid(OTHER) || setuid(OTHER) || what(path) ? 'n' : 'y';
		if (write(p[1], &byte, 1) != 1)
			_exit(3);
		for (;;)
			pause();
	}
	if (read(p[0], &byte, 1) != 1 || byte != 'y')
		byte = 'n';
	close(p[0]);
	close(p[1]);
	if (byte == 'y')
		return pid;
	printf("# nobody could not plant it\n");
	kill(pid, SIGKILL);
	return -1;
}

static bool refused(const char *path, const char *said)
{
	char why[512] = "";
	int fd;

	setenv("MMGUARD_LOCK", path, 1);
	alarm(20);
	fd = lock_take("a test", why, sizeof(why));
	alarm(0);
	if (fd >= 0)
		lock_release(fd);
	if (fd < 0 && strstr(why, said))
		return true;
	printf("# fd %d, '%s'\n", fd, why);
	return false;
}

/* The contents of a file are these; a file that is not there has none. */
static bool holds(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	return n >= 0 && !strcmp(buf, text);
}

static void planted(struct unit *u)
{
	static const struct {
		const char *name;
		int (*plant)(const char *);
	} t[] = { { "file", a_file }, { "held", a_held_file },
		  { "link", a_link }, { "dangling", a_dangling_link },
		  { "fifo", a_fifo }, { "directory", a_directory } };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		pid_t pid = plant(t[i].plant, t[i].name);

		unit_ok(u, pid > 0 && refused(t[i].name, "not a plain file of the user"),
			t[i].name);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
	unit_ok(u, holds("victim", "victim\n") && access("nothing", F_OK),
		"nothing_is_written");
	unit_ok(u, holds("file", "mine\n"), "a_file_of_others_stays");
}

/* Nobody else can open it, so nobody else can hold it. */
static void own(struct unit *u)
{
	struct stat st = { 0 };
	char why[512] = "";
	int fd;

	setenv("MMGUARD_LOCK", "own", 1);
	close(open("own", O_RDWR | O_CREAT, 0644));
	fd = lock_take("a test", why, sizeof(why));
	unit_ok(u, fd >= 0 && !stat("own", &st) && (st.st_mode & 07777) == 0600,
		"own_is_private");
	unit_ok(u, refused("own", "another run has this machine: pid "),
		"a_second_one_is_told");
	lock_release(fd);
	if (link("own", "second"))
		exit(3);
	unit_ok(u, refused("own", "not a plain file of the user"), "a_second_name");
}

/* A user's own place comes before /tmp. */
static void home(struct unit *u)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		char why[512];

		unsetenv("MMGUARD_LOCK");
		unsetenv("XDG_RUNTIME_DIR");
		setenv("HOME", dir, 1);
		_exit(setgid(OTHER) || setuid(OTHER) ||
		      lock_take("a test", why, sizeof(why)) < 0 ||
		      access(".mmguard.lock", F_OK));
	}
	waitpid(pid, &status, 0);
	unit_ok(u, !status, "at_home");
}

int main(void)
{
	struct unit u = { 0 };
	char command[64];
	int fd;

	unit_begin();
	if (geteuid()) {
		puts("ok 1 locks # SKIP needs root, to be two users\n1..1");
		return 0;
	}
	if (!mkdtemp(dir) || chdir(dir) || chmod(".", 01777))
		return 3;
	fd = open("victim", O_WRONLY | O_CREAT, 0666);
	if (fd < 0 || write(fd, "victim\n", 7) != 7)
		return 3;
	close(fd);
	planted(&u);
	own(&u);
	home(&u);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) ? 3 : unit_end(&u);
}
