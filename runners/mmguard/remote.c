// SPDX-License-Identifier: GPL-2.0-only
/* A look around on another machine. */
#include "remote.h"
#include "kver.h"
#include "remotescript.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Seconds that a look may take. */
#define LOOK_S 120

static void set(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

/* One line of the answer: a word and what follows. */
static void take_fact(struct remote_facts *f, const char *word, const char *value)
{
	if (!strcmp(word, "arch"))
		set(&f->arch, value);
	else if (!strcmp(word, "release"))
		set(&f->release, value);
	else if (!strcmp(word, "version"))
		set(&f->version, value);
	else if (!strcmp(word, "boot"))
		set(&f->boot_id, value);
	else if (!strcmp(word, "dir"))
		set(&f->dir, value);
	else if (!strcmp(word, "sudo"))
		set(&f->sudo, value);
	else if (!strcmp(word, "cpus"))
		f->cpus = strtoul(value, NULL, 10);
	else if (!strcmp(word, "memory"))
		f->memory_mib = strtoul(value, NULL, 10) / 1024;
	else if (!strcmp(word, "free"))
		f->free_mib = strtoul(value, NULL, 10) / 1024;
	else if (!strcmp(word, "have"))
		strv_add(&f->store, value);
}

/* Whatever the login shell printed before is passed over: our lines begin with "mmguard ". */
static int parse_facts(struct remote_facts *f, char *text)
{
	static const char mark[] = "mmguard ";
	char *line;

	/* Where df knows of no file system, what is free shows when writing fails. */
	*f = (struct remote_facts){ .free_mib = ULONG_MAX };
	while ((line = strsep(&text, "\n"))) {
		char *value = line + strlen(mark), *word;

		if (strncmp(line, mark, strlen(mark)))
			continue;
		word = strsep(&value, " ");
		take_fact(f, word, value ? strip(value) : "");
	}
	return f->arch && f->release && f->version && f->boot_id && f->dir && f->sudo &&
			       *f->boot_id && *f->dir == '/'
		       ? 0
		       : -1;
}

void remote_facts_free(struct remote_facts *f)
{
	free(f->arch);
	free(f->release);
	free(f->version);
	free(f->boot_id);
	free(f->dir);
	free(f->sudo);
	strv_free(&f->store);
	*f = (struct remote_facts){ 0 };
}

char *remote_why(const struct remote *m, const struct ssh_result *r)
{
	const char *host = m->ssh.host, *what = r->complaint;

	if (r->status == SSH_LOST)
		return xasprintf("cannot reach %s: %s", host,
				 *what ? what : "ssh ended without a word");
	if (r->status == REMOTE_NO_ROOT)
		return xasprintf(
			"%s: not root, and sudo -n does not work (%s); log in as root, "
			"or allow sudo without a password",
			host, what);
	if (r->status == REMOTE_NOT_OURS)
		return xasprintf(
			"%s: the directory for mmguard belongs to somebody else or is a "
			"link; remove it, or choose another one with --remote-dir",
			host);
	if (r->status == REMOTE_NO_DIR)
		return xasprintf(
			"%s: no place for mmguard (%s); --remote-dir chooses another one", host,
			what);
	return xasprintf("%s: %s (exit status %d)", host, *what ? what : "a command failed",
			 r->status);
}

/* Ask the machine for its facts.  NULL, or what is wrong; the caller frees. */
static char *look(const struct remote *m, const char *dir, struct remote_facts *f)
{
	const char *const args[] = { dir ? dir : "", NULL };
	struct ssh_result r = ssh_run(&m->ssh, REMOTE_LOOK, args, -1, LOOK_S);
	char *why = NULL;

	*f = (struct remote_facts){ 0 };
	if (r.status)
		why = remote_why(m, &r);
	else if (parse_facts(f, r.out))
		why = xasprintf(
			"%s: does not answer as a Linux machine with a POSIX shell does",
			m->ssh.host);
	if (why)
		remote_facts_free(f);
	ssh_result_free(&r);
	return why;
}

int remote_open(struct run *r)
{
	struct remote *m = xcalloc(1, sizeof(*m));
	char *why;

	r->remote = m;
	if (ssh_open(&m->ssh, r->opt.ssh))
		return -1;
	why = look(m, r->opt.remote_dir, &m->facts);
	if (why) {
		mg_error("%s", why);
		free(why);
		return -1;
	}
	r->release = xstrdup(m->facts.release);
	r->version = kver_source(m->facts.release, m->facts.version);
	return 0;
}

json_t *remote_json(const struct remote *m)
{
	return json_pack("{s:s s:I s:I s:s s:s}", "arch", m->facts.arch, "cpus",
			 (json_int_t)m->facts.cpus, "memory_mib",
			 (json_int_t)m->facts.memory_mib, "host", m->ssh.host, "build",
			 m->facts.version);
}

int remote_look_again(struct remote *m, char **complaint)
{
	struct remote_facts now;
	int other;

	*complaint = look(m, m->facts.dir, &now);
	if (*complaint)
		return -1;
	other = strcmp(now.release, m->facts.release) || strcmp(now.version, m->facts.version);
	if (other)
		*complaint =
			xasprintf("%s came back with Linux %s %s instead of %s %s", m->ssh.host,
				  now.release, now.version, m->facts.release, m->facts.version);
	remote_facts_free(&m->facts);
	m->facts = now;
	return other;
}

void remote_close(struct remote *m)
{
	if (!m)
		return;
	ssh_close(&m->ssh);
	remote_facts_free(&m->facts);
	remote_tree_free(&m->tree);
	free(m->run);
	free(m->mmrun);
	free(m);
}
