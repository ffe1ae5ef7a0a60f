/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands on another machine, over one connection that they share. */
#ifndef MG_SSH_H
#define MG_SSH_H

#include "util.h"

#include <stdbool.h>
#include <sys/types.h>

/* Exit status of a command that the connection, and not the command itself, ended. */
#define SSH_LOST 255

struct ssh {
	char *host;	  /* as ssh takes it */
	char *control;	  /* private directory with the socket of the connection */
	struct strv argv; /* ssh and its options */
};

/* A command that runs there. */
struct ssh_call {
	pid_t pid;
	int out; /* what it prints, non-blocking */
	int err; /* what it complains about, a file of ours */
};

/* @host is an alias, [user@]host or ssh://[user@]host[:port].  0, or -1 with a message. */
int ssh_open(struct ssh *s, const char *host);
void ssh_close(struct ssh *s);

/*
 * Start @script, a line for sh without single quotes, with the arguments @args (NULL at the
 * end) as $1 ...; it reads from @in (-1: nothing).  0, or -1 with a message.
 */
int ssh_start(const struct ssh *s, struct ssh_call *c, const char *script,
	      const char *const args[], int in);
/* Wait for its end, or end it when @kill is set.  Its exit status, or SSH_LOST. */
int ssh_end(struct ssh_call *c, bool kill);
/* The last line it complained with, "" without one; the caller frees.  Before ssh_free(). */
char *ssh_complaint(const struct ssh_call *c);
void ssh_free(struct ssh_call *c);

/*
 * Run a command to its end, at most @seconds long.  Its exit status, or SSH_LOST; @out is what
 * it printed and @complaint as above, both never NULL and the caller's.
 */
struct ssh_result {
	int status;
	char *out, *complaint;
	size_t len; /* of out, which may hold any bytes */
};
struct ssh_result ssh_run(const struct ssh *s, const char *script, const char *const args[],
			  int in, double seconds);
void ssh_result_free(struct ssh_result *r);
#endif
