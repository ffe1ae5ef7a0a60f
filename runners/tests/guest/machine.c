// SPDX-License-Identifier: GPL-2.0-only
/* QEMU as a machine that nobody watches: no -no-reboot, its network forwarded from loopback. */
#include "machine.h"
#include "mmguard/program.h"
#include "mmguard/qemu.h"
#include "mmguard/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds until ssh gets in, on a machine under load. */
#define UP_S 240

static int run(const char *const argv[])
{
	int status = program_run((char *const *)argv, NULL);

	if (status)
		mg_error("%s ended with %d", argv[0], status);
	return status ? -1 : 0;
}

static int make_key(const char *path)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N",
				     "",	   "-f", path, NULL };

	return run(argv);
}

/* Keys of both ends, and a disk that holds root's home. */
static int make_files(const struct machine *m)
{
	char *host = xasprintf("%s/host", m->dir), *user = xasprintf("%s/user", m->dir);
	char *authorized = xasprintf("%s/authorized", m->dir);
	char *public = xasprintf("%s.pub", user), *disk = xasprintf("%s/disk", m->dir);
	const char *const mkfs[] = { "/sbin/mke2fs", "-q", "-t", "ext4", disk, "256M", NULL };
	int err = make_key(host) ?: make_key(user) ?: run(mkfs);

	if (!err && rename(public, authorized))
		err = -1;
	free(disk);
	free(public);
	free(authorized);
	free(user);
	free(host);
	return err;
}

char *machine_ssh_config(const struct machine *m)
{
	return xasprintf("%s/ssh.conf", m->dir);
}

static int write_config(const struct machine *m)
{
	char *public = xasprintf("%s/host.pub", m->dir), *key = file_read(public, 4096, NULL);
	char *known = xasprintf("%s/known", m->dir), *config = machine_ssh_config(m);
	char *line = xasprintf("[127.0.0.1]:%d %s", m->port, key ?: "");
	char *text = xasprintf("Host machine\n HostName 127.0.0.1\n Port %d\n User root\n"
			       " IdentityFile %s/user\n IdentitiesOnly yes\n"
			       " UserKnownHostsFile %s\n GlobalKnownHostsFile none\n"
			       " StrictHostKeyChecking yes\n",
			       m->port, m->dir, known);
	int err =
		file_write(known, line, strlen(line)) ?: file_write(config, text, strlen(text));

	free(text);
	free(line);
	free(config);
	free(known);
	free(key);
	free(public);
	return err ? -1 : 0;
}

/* A port that nobody uses now; 0 without one. */
static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&a, len) &&
	    !getsockname(fd, (struct sockaddr *)&a, &len))
		port = ntohs(a.sin_port);
	close(fd);
	return port;
}

static void exec_qemu(const struct machine *m)
{
	char *argv[] = { QEMU_PROGRAM,
			 "-accel",
			 "tcg,thread=multi",
			 "-cpu",
			 "max,la57=off",
			 "-smp",
			 "2",
			 "-m",
			 "512M",
			 "-nodefaults",
			 "-no-user-config",
			 "-display",
			 "none",
			 "-serial",
			 xasprintf("file:%s/console.log", m->dir),
			 "-drive",
			 xasprintf("file=%s/disk,format=raw,if=virtio", m->dir),
			 "-netdev",
			 xasprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:22", m->port),
			 "-device",
			 "virtio-net-pci,netdev=net,romfile=",
			 "-kernel",
			 m->kernel.image,
			 "-initrd",
			 xasprintf("%s/initramfs", m->dir),
			 "-append",
			 xasprintf("console=ttyS0 panic=1 no_timer_check "
				   "memmap=1M$0x10000000 %s",
				   m->append ?: ""),
			 NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDWR), STDOUT_FILENO);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

char *machine_run(const struct machine *m, const char *command)
{
	char *config = machine_ssh_config(m);
	char *argv[] = { "timeout",
			 "30",
			 "ssh",
			 "-F",
			 config,
			 "-oBatchMode=yes",
			 "-oConnectTimeout=15",
			 "machine",
			 (char *)command,
			 NULL };
	char *out = program_output(argv, 1 << 20, NULL);

	free(config);
	return out;
}

static int wait_until_up(struct machine *m)
{
	double until = now_mono() + UP_S;

	while (now_mono() < until) {
		char *out = machine_run(m, "true");

		free(out);
		if (out)
			return 0;
		if (waitpid(m->qemu, NULL, WNOHANG) == m->qemu) {
			m->qemu = 0;
			mg_error("QEMU ended; see %s", m->dir);
			return -1;
		}
		usleep(500000);
	}
	mg_error("ssh does not get into the machine; see %s/console.log", m->dir);
	return -1;
}

int machine_start(struct machine *m)
{
	char *initramfs = xasprintf("%s/initramfs", m->dir);
	int err = make_files(m) ?: machine_initramfs(m, initramfs);

	free(initramfs);
	m->port = free_port();
	err = err ?: write_config(m);
	if (err)
		return -1;
	fflush(stdout);
	m->qemu = fork();
	if (!m->qemu)
		exec_qemu(m);
	return wait_until_up(m);
}

void machine_stop(struct machine *m)
{
	if (m->qemu > 0) {
		kill(m->qemu, SIGKILL);
		waitpid(m->qemu, NULL, 0);
	}
	m->qemu = 0;
	kimage_free(&m->kernel);
}
