// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's command line, and its life bound to ours. */
#include "qemu.h"
#include "common/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

unsigned long qemu_cpus(const struct run_options *o)
{
	return o->nodes > 2 ? o->nodes : 2;
}

static void add(struct strv *argv, const char *option, char *value)
{
	strv_add(argv, option);
	strv_add(argv, value);
	free(value);
}

/* With one node there is nothing to describe. */
static void add_nodes(struct strv *argv, const struct run_options *o)
{
	unsigned long share = o->memory / o->nodes;

	for (unsigned long i = 0; o->nodes > 1 && i < o->nodes; i++) {
		add(argv, "-object",
		    xasprintf("memory-backend-ram,id=m%lu,size=%luM", i, share));
		add(argv, "-numa", xasprintf("node,nodeid=%lu,cpus=%lu,memdev=m%lu", i, i, i));
	}
}

/* A quarter of the memory, at most 768 MiB, is movable: huge pages and hot-removal want it. */
static char *kernel_command_line(const struct run_options *o)
{
	unsigned long movable = o->memory / 4 < 768 ? o->memory / 4 : 768;

	return xasprintf("console=ttyS0 panic=-1 no_timer_check movablecore=%luM%s%s", movable,
			 *o->append ? " " : "", o->append);
}

static void make_argv(struct strv *argv, const struct vm *vm, const struct run_options *o,
		      int initramfs, int console)
{
	bool kvm = !strcmp(o->accel, "kvm");

	strv_add(argv, QEMU_PROGRAM);
	add(argv, "-accel", xstrdup(kvm ? "kvm" : "tcg,thread=multi"));
	add(argv, "-cpu", xstrdup(kvm ? "host" : "max,la57=off"));
	add(argv, "-smp", xasprintf("%lu,sockets=%lu", qemu_cpus(o), qemu_cpus(o)));
	add(argv, "-m", xasprintf("%luM", o->memory / o->nodes * o->nodes));
	add_nodes(argv, o);
	strv_add(argv, "-nodefaults");
	strv_add(argv, "-no-user-config");
	strv_add(argv, "-no-reboot");
	add(argv, "-display", xstrdup("none"));
	add(argv, "-add-fd", xasprintf("fd=%d,set=1", console));
	add(argv, "-chardev", xstrdup("file,id=console,path=/dev/fdset/1,append=on"));
	add(argv, "-serial", xstrdup("chardev:console"));
	add(argv, "-serial", xstrdup("stdio"));
	add(argv, "-kernel", xstrdup(vm->image));
	add(argv, "-initrd", xasprintf("/proc/self/fd/%d", initramfs));
	add(argv, "-append", kernel_command_line(o));
}

static void exec_qemu(struct strv *argv, int out, int err, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);

	/* A group of its own, so that ^C reaches only us. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	execvp(argv->v[0], argv->v);
	_exit(127);
}

int qemu_start(struct qemu *q, const struct vm *vm, const struct run *r, int initramfs,
	       const char *console)
{
	int p[2] = { -1, -1 }, log = open(console, O_WRONLY | O_CREAT | O_APPEND, 0666);
	struct strv argv = { 0 };
	pid_t self = getpid();

	*q = (struct qemu){ .pid = -1,
			    .frames = -1,
			    .errors = memfd_create("qemu", MFD_CLOEXEC) };
	if (log < 0 || q->errors < 0 || pipe2(p, O_CLOEXEC)) {
		mg_error("cannot make %s and a pipe: %s", console, strerror(errno));
		if (log >= 0)
			close(log);
		return -1;
	}
	make_argv(&argv, vm, &r->opt, initramfs, log);
	q->pid = fork();
	if (!q->pid)
		exec_qemu(&argv, p[1], q->errors, self);
	strv_free(&argv);
	close(log);
	close(p[1]);
	q->frames = p[0];
	fcntl(q->frames, F_SETFL, O_NONBLOCK);
	if (q->pid < 0)
		mg_error("cannot fork: %s", strerror(errno));
	return q->pid < 0 ? -1 : 0;
}

bool qemu_dead(struct qemu *q)
{
	if (!q->dead && q->pid > 0)
		q->dead = waitpid(q->pid, &q->status, WNOHANG) == q->pid;
	return q->dead;
}

void qemu_stop(struct qemu *q)
{
	if (q->pid > 0 && !q->dead) {
		kill(q->pid, SIGKILL);
		while (waitpid(q->pid, &q->status, 0) < 0 && errno == EINTR)
			;
		q->dead = true;
	}
	if (q->frames >= 0)
		close(q->frames);
	if (q->errors >= 0)
		close(q->errors);
	q->frames = q->errors = -1;
}

char *qemu_complaint(const struct qemu *q)
{
	char text[1024] = "";
	ssize_t n = pread(q->errors, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return xstrdup(strip(text));
}
