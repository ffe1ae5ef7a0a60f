/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun as the first process of a guest: mounts, modules, and the way out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "mmrun.h"

#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

static void mount_one(const char *type, const char *where, const char *data)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, data) && errno != EBUSY)
		say("mount %s on %s: %s", type, where, strerror(errno));
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3 && fd >= 0; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void load_module(char *line)
{
	size_t n = strcspn(line, " \t");
	const char *params = line[n] ? line + n + 1 : "";
	bool plain;
	int fd;

	line[n] = '\0';
	plain = n > 3 && !strcmp(line + n - 3, ".ko");
	fd = open(line, O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    (syscall(SYS_finit_module, fd, params, plain ? 0 : MODULE_INIT_COMPRESSED_FILE) &&
	     errno != EEXIST))
		say("module %s: %s", line, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_modules(void)
{
	FILE *f = fopen(MMG_GUEST_MODULES, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			load_module(line);
	}
	if (f)
		fclose(f);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr))
		say("lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

void pid1_setup(void)
{
	mount_one("devtmpfs", "/dev", "mode=0755");
	open_console();
	mount_one("proc", "/proc", "");
	mount_one("sysfs", "/sys", "");
	mount_one("tmpfs", "/tmp", "mode=1777");
	mount_one("tmpfs", "/dev/shm", "mode=1777");
	mount_one("debugfs", "/sys/kernel/debug", "");
	mount_one("cgroup2", "/sys/fs/cgroup", "");
	/* One by one: a kernel may lack any of them. */
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+hugetlb");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
	load_modules();
	loopback_up();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/", 1);
	if (chdir("/tmp"))
		say("/tmp: %s", strerror(errno));
}

int pid1_options(struct options *o)
{
	static char text[1024];
	char *argv[24] = { (char *)"mmrun", (char *)"--plan", (char *)MMG_GUEST_PLAN,
			   (char *)"--stream", (char *)MMG_GUEST_STREAM };
	char *word, *rest = text;
	int argc = 5;

	read_file(MMG_GUEST_OPTIONS, text, sizeof(text));
	while (argc < 23 && (word = strsep(&rest, " \t\n")))
		if (*word)
			argv[argc++] = word;
	return options_parse(o, argc, argv);
}

/* Runs a step that may hang for ever; true when it ended in time. */
static bool in_time(void (*step)(void), double seconds)
{
	double until = now() + seconds;
	pid_t pid = fork();

	if (!pid) {
		step();
		_exit(0);
	}
	while (pid > 0 && now() < until) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(2000);
	}
	return false;
}

static void power_off(void)
{
	reboot(RB_POWER_OFF);
}

_Noreturn void pid1_power_off(double slow)
{
	if (!in_time(sync, 5 * slow))
		say("sync does not return");
	in_time(power_off, 10 * slow);
	write_file("/proc/sysrq-trigger", "o");
	usleep(5000000);
	write_file("/proc/sysrq-trigger", "b");
	for (;;)
		pause();
}
