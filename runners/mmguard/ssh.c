// SPDX-License-Identifier: GPL-2.0-only
/* ssh as a program: what it takes from the user's configuration is not ours to know. */
#include "ssh.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Most that a command may print, bytes. */
#define OUTPUT_MAX (4u << 20)

/* In a directory of our own, below a path that is short enough for a socket. */
static int make_control(struct ssh *s)
{
	s->control = xstrdup("/tmp/mmguard-ssh.XXXXXX");
	if (mkdtemp(s->control))
		return 0;
	mg_error("cannot make %s: %s", s->control, strerror(errno));
	free(s->control);
	s->control = NULL;
	return -1;
}

int ssh_open(struct ssh *s, const char *host)
{
	/* Nobody is there at night to type a password or to confirm a key. */
	static const char *const options[] = { "-T",
					       "-x",
					       "-oBatchMode=yes",
					       "-oConnectTimeout=15",
					       "-oServerAliveInterval=5",
					       "-oServerAliveCountMax=3",
					       "-oControlMaster=auto",
					       "-oControlPersist=60" };
	char *path;

	*s = (struct ssh){ .host = xstrdup(host) };
	if (make_control(s))
		return -1;
	strv_add(&s->argv, "ssh");
	/* Of two values ssh takes the first. */
	strv_split(&s->argv, getenv("MMGUARD_SSH") ?: "", " \t\n");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		strv_add(&s->argv, options[i]);
	path = xasprintf("-oControlPath=%s/socket", s->control);
	strv_add(&s->argv, path);
	free(path);
	return 0;
}

/* As one word for a shell. */
static char *quote(const char *word)
{
	char *out = xrealloc(NULL, strlen(word) * 4 + 3), *p = out;

	*p++ = '\'';
	for (; *word; word++)
		if (*word == '\'')
			p = stpcpy(p, "'\\''");
		else
			*p++ = *word;
	strcpy(p, "'");
	return out;
}

/* What the login shell gets, whichever it is. */
static char *command_line(const char *script, const char *const args[])
{
	char *line = xasprintf("exec sh -c '%s' mmguard", script);

	for (; *args; args++) {
		char *word = quote(*args), *longer = xasprintf("%s %s", line, word);

		free(word);
		free(line);
		line = longer;
	}
	return line;
}

static void exec_ssh(const struct strv *argv, int in, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	/* A group of its own: ^C is for us alone. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	dup2(in >= 0 ? in : null, 0);
	dup2(out, 1);
	dup2(err, 2);
	execvp(argv->v[0], argv->v);
	dprintf(2, "cannot run %s: %s\n", argv->v[0], strerror(errno));
	_exit(SSH_LOST);
}

static int spawn(struct ssh_call *c, const struct strv *argv, int in)
{
	int p[2] = { -1, -1 };

	*c = (struct ssh_call){ .pid = -1, .out = -1, .err = memfd_create("ssh", MFD_CLOEXEC) };
	if (c->err < 0 || pipe2(p, O_CLOEXEC)) {
		mg_error("cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	c->pid = fork();
	if (!c->pid)
		exec_ssh(argv, in, p[1], c->err);
	close(p[1]);
	c->out = p[0];
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	if (c->pid < 0)
		mg_error("cannot fork: %s", strerror(errno));
	return c->pid < 0 ? -1 : 0;
}

/* ssh's options, the host, and @extra. */
static void full_argv(const struct ssh *s, struct strv *argv, const char *extra)
{
	for (size_t i = 0; i < s->argv.n; i++)
		strv_add(argv, s->argv.v[i]);
	strv_add(argv, "--");
	strv_add(argv, s->host);
	strv_add(argv, extra);
}

int ssh_start(const struct ssh *s, struct ssh_call *c, const char *script,
	      const char *const args[], int in)
{
	char *line = command_line(script, args);
	struct strv argv = { 0 };
	int err;

	full_argv(s, &argv, line);
	err = spawn(c, &argv, in);
	strv_free(&argv);
	free(line);
	return err;
}

int ssh_end(struct ssh_call *c, bool end)
{
	int status = 0;

	if (c->pid <= 0)
		return SSH_LOST;
	if (end)
		kill(c->pid, SIGTERM);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SSH_LOST;
}

char *ssh_complaint(const struct ssh_call *c)
{
	char text[4096] = "";
	off_t size = c->err < 0 ? 0 : lseek(c->err, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0;
	char *line, *last = text;
	ssize_t n = c->err < 0 ? 0 : pread(c->err, text, sizeof(text) - 1, from);

	text[n > 0 ? n : 0] = '\0';
	line = strip(text);
	last = strrchr(line, '\n');
	return xstrdup(strip(last ? last + 1 : line));
}

void ssh_free(struct ssh_call *c)
{
	if (c->out >= 0)
		close(c->out);
	if (c->err >= 0)
		close(c->err);
	c->out = c->err = -1;
}

/* Until the command closes its output; false when that takes too long. */
static bool read_all(struct ssh_call *c, char **out, size_t *len, double until)
{
	size_t have = 0;

	for (;;) {
		struct pollfd p = { .fd = c->out, .events = POLLIN };
		ssize_t n;

		poll(&p, 1, 200);
		*out = xrealloc(*out, have + 65536 + 1);
		n = read(c->out, *out + have, 65536);
		have += n > 0 ? (size_t)n : 0;
		(*out)[have] = '\0';
		*len = have;
		if (n == 0)
			return true;
		if ((n < 0 && errno != EAGAIN && errno != EINTR) || have > OUTPUT_MAX ||
		    now_mono() > until)
			return false;
	}
}

struct ssh_result ssh_run(const struct ssh *s, const char *script, const char *const args[],
			  int in, double seconds)
{
	struct ssh_result r = { .status = SSH_LOST, .out = xstrdup("") };
	double until = now_mono() + seconds;
	struct ssh_call c;

	if (ssh_start(s, &c, script, args, in)) {
		r.complaint = xstrdup("");
	} else if (read_all(&c, &r.out, &r.len, until)) {
		r.status = ssh_end(&c, false);
		r.complaint = ssh_complaint(&c);
	} else {
		ssh_end(&c, true);
		r.complaint = xasprintf("no answer within %.0f s", seconds);
	}
	ssh_free(&c);
	return r;
}

void ssh_result_free(struct ssh_result *r)
{
	free(r->out);
	free(r->complaint);
}

void ssh_close(struct ssh *s)
{
	struct ssh_call c;
	struct strv argv = { 0 };
	char *socket;

	if (s->control) {
		socket = xasprintf("%s/socket", s->control);
		if (!access(socket, F_OK)) {
			strv_add(&argv, "ssh");
			strv_add(&argv, "-Oexit");
			strv_add(&argv, "-S");
			strv_add(&argv, socket);
			strv_add(&argv, "--");
			strv_add(&argv, s->host);
			if (!spawn(&c, &argv, -1))
				ssh_end(&c, false);
			ssh_free(&c);
			strv_free(&argv);
		}
		free(socket);
		remove_tree(s->control);
	}
	free(s->control);
	free(s->host);
	strv_free(&s->argv);
}
