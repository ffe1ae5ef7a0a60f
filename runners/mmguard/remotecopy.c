// SPDX-License-Identifier: GPL-2.0-only
/* Programs are named by their contents: what is there is never copied again, or replaced. */
#include "remote.h"
#include "hash.h"
#include "program.h"
#include "remotescript.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* Seconds that copying may take, and MiB that results may need. */
#define COPY_S	    1800
#define RESULTS_MIB 64

/* "<hash>/<file name>"; NULL with a message when it cannot be read.  The caller frees. */
static char *store_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char hex[HASH_NAME];
	struct hash h;
	int err;

	hash_init(&h);
	err = hash_file(&h, path);
	if (err) {
		mg_error("cannot read %s: %s", path, strerror(-err));
		return NULL;
	}
	hash_text(&h, slash ? slash + 1 : path);
	hash_name(&h, hex);
	return xasprintf("%s/%s", hex, slash ? slash + 1 : path);
}

/* One of ours lies in the store by itself. */
static char *path_there(const struct remote *m, const struct plan_entry *e, const char *store)
{
	char *name, *path = NULL;

	if (plan_foreign(e))
		return remote_tree_path(&m->tree, store, e->path);
	name = store_name(e->path);
	if (name)
		path = xasprintf("%s/%s", store, name);
	free(name);
	return path;
}

static int add_entry_there(const struct remote *m, const struct plan_entry *e,
			   struct plan *there)
{
	char *store = xasprintf("%s/store", m->facts.dir), *path = path_there(m, e, store);
	struct plan_entry *to = path ? plan_add(there, e->program, path, e->seconds) : NULL;

	if (to && e->cwd)
		to->cwd = remote_tree_path(&m->tree, store, e->cwd);
	for (size_t i = 0; to && i < e->args.n; i++) {
		char *arg = remote_tree_path(&m->tree, store, e->args.v[i]);

		strv_add(&to->args, arg);
		free(arg);
	}
	for (size_t i = 0; to && i < e->cases.n; i++)
		strv_add(&to->cases, e->cases.v[i]);
	free(path);
	free(store);
	return to ? 0 : -1;
}

int remote_plan(const struct remote *m, const struct plan *here, struct plan *there)
{
	*there = (struct plan){ .again = here->again,
				.round = here->round,
				.repeat = here->repeat };
	for (size_t i = 0; i < here->n; i++) {
		if (add_entry_there(m, &here->v[i], there)) {
			plan_free(there);
			return -1;
		}
	}
	return 0;
}

/* What "uname -m" says of the machines an ELF file is for, NULL when unknown. */
static const char *elf_machine(const char *path)
{
	static const struct {
		unsigned int machine;
		const char *name;
	} known[] = { { EM_X86_64, "x86_64" },	      { EM_AARCH64, "aarch64" },
		      { EM_RISCV, "riscv64" },	      { EM_PPC64, "ppc64" },
		      { EM_S390, "s390x" },	      { EM_386, "i686" },
		      { EM_LOONGARCH, "loongarch64" } };
	size_t len = 0;
	char *head = file_read(path, 20, &len);
	const char *name = NULL;
	unsigned int machine;

	if (head && len == 20 && !memcmp(head, ELFMAG, SELFMAG)) {
		const unsigned char *e = (const unsigned char *)head + 18;

		machine =
			head[EI_DATA] == ELFDATA2MSB ? e[0] * 256u + e[1] : e[1] * 256u + e[0];
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].machine == machine)
				name = known[i].name;
	}
	free(head);
	return name;
}

static bool runs_there(const struct remote *m, const char *path)
{
	const char *machine = elf_machine(path);

	/* ppc64le runs the ppc64 of its own byte order, x86_64 also i686. */
	if (!machine || !strncmp(m->facts.arch, machine, strlen(machine)) ||
	    (!strcmp(machine, "i686") && !strcmp(m->facts.arch, "x86_64")))
		return true;
	mg_error("%s is %s, and %s is for %s; build for it, as with make "
		 "CC=%s-linux-gnu-gcc O=build-%s",
		 m->ssh.host, m->facts.arch, path, machine, m->facts.arch, m->facts.arch);
	return false;
}

/* A directory of links to what is to be copied, laid out as it will be there. */
struct staging {
	char dir[64];
	struct strv names; /* "<hash>" of programs */
	struct strv tree;  /* what of the tree tar is to take */
	unsigned long long bytes;
};

static int stage(struct staging *s, const char *name, const char *path)
{
	char *dir = xasprintf("%s/%.*s", s->dir, (int)strcspn(name, "/"), name);
	char *link = xasprintf("%s/%s", s->dir, name), *whole = realpath(path, NULL);
	int err = !whole || (mkdir(dir, 0700) && errno != EEXIST) ||
		  (symlink(whole, link) && errno != EEXIST);

	if (err)
		mg_error("cannot make %s: %s", link, strerror(errno));
	else if (!strv_has(&s->names, strrchr(dir, '/') + 1))
		strv_add(&s->names, strrchr(dir, '/') + 1);
	free(whole);
	free(link);
	free(dir);
	return err ? -1 : 0;
}

/* Is it there, whole?  Otherwise it is staged. */
static int need(const struct remote *m, struct staging *s, const char *path, char **name)
{
	struct stat st;
	char *entry;
	int err = 0;

	if (!runs_there(m, path) || stat(path, &st) || !(*name = store_name(path)))
		return -1;
	entry = xasprintf("%s %lld", *name, (long long)st.st_size);
	if (!strv_has(&m->facts.store, entry)) {
		err = stage(s, *name, path);
		s->bytes += (unsigned long long)st.st_size;
	}
	free(entry);
	return err;
}

static bool in_tree(const struct run *r, const char *path)
{
	size_t n = r->opt.from ? strlen(r->opt.from) : 0;

	return n && !strncmp(path, r->opt.from, n) && path[n] == '/';
}

/* All of the run's programs at once, so that each boot finds the same tree. */
static int need_tree(struct remote *m, struct staging *s, const struct run *r)
{
	if (!r->opt.from || (m->tree.name && strv_has(&m->facts.store, m->tree.entry)))
		return 0;
	remote_tree_free(&m->tree);
	if (remote_tree_survey(&m->tree, r->opt.from, &r->plan))
		return -1;
	if (strv_has(&m->facts.store, m->tree.entry))
		return 0;
	s->bytes += m->tree.bytes;
	return remote_tree_stage(&m->tree, s->dir, &s->tree);
}

static int need_all(struct remote *m, struct staging *s, const struct run *r,
		    const struct plan *p)
{
	char *name = NULL;
	int err;

	free(m->mmrun);
	m->mmrun = NULL;
	err = need(m, s, r->paths.mmrun, &m->mmrun);
	for (size_t i = 0; i < p->n && !err; i++) {
		if (plan_foreign(&p->v[i])) {
			err = in_tree(r, p->v[i].path) && !runs_there(m, p->v[i].path);
			continue;
		}
		err = need(m, s, p->v[i].path, &name);
		free(name);
		name = NULL;
	}
	return err ? -1 : need_tree(m, s, r);
}

/* tar as a child that writes to a pipe; its reading end, or -1. @how: its options. */
static int start_tar(const struct staging *s, const char *how, const struct strv *names,
		     pid_t *pid)
{
	struct strv argv = { 0 };
	int p[2];

	strv_split(&argv, how, " ");
	strv_add(&argv, s->dir);
	for (size_t i = 0; i < names->n; i++)
		strv_add(&argv, names->v[i]);
	*pid = pipe2(p, O_CLOEXEC) ? -1 : fork();
	if (!*pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		dup2(p[1], 1);
		execvp(argv.v[0], argv.v);
		_exit(127);
	}
	strv_free(&argv);
	if (*pid < 0)
		return -1;
	close(p[1]);
	return p[0];
}

static int send_staged(struct remote *m, const struct staging *s, const char *how,
		       const struct strv *names)
{
	const char *const args[] = { m->facts.dir, NULL };
	struct ssh_result r;
	pid_t tar;
	int fd = names->n ? start_tar(s, how, names, &tar) : -1, status;

	if (!names->n)
		return 0;

	if (fd < 0) {
		mg_error("cannot start tar: %s", strerror(errno));
		return -1;
	}
	r = ssh_run(&m->ssh, REMOTE_UNPACK, args, fd, COPY_S);
	close(fd);
	status = program_wait(tar);
	if (r.status) {
		char *why = remote_why(m, &r);

		mg_error("cannot copy the tests to %s: %s", m->ssh.host,
			 r.status == SSH_LOST ? r.complaint : why);
		free(why);
	} else if (status) {
		mg_error("tar failed (exit status %d)", status);
	}
	status = r.status || status ? -1 : 0;
	ssh_result_free(&r);
	return status;
}

static int copy_staged(struct remote *m, const struct staging *s)
{
	unsigned long mib = (unsigned long)(s->bytes >> 20);

	if (m->facts.free_mib < mib + RESULTS_MIB) {
		mg_error("%s: no space in %s: %lu MiB are free, %lu are needed; --remote-dir "
			 "chooses another place",
			 m->ssh.host, m->facts.dir, m->facts.free_mib, mib + RESULTS_MIB);
		return -1;
	}
	if (!s->names.n && !s->tree.n)
		return 0;
	printf("mmguard: copying %zu programs%s, %lu MiB, to %s\n", s->names.n,
	       s->tree.n ? " and a tree" : "", mib, m->ssh.host);
	fflush(stdout);
	/* Of ours links lead to each; the links of a tree are part of it. */
	return send_staged(m, s, "tar -chf - --owner=0 --group=0 -C", &s->names) ||
			       send_staged(m, s, "tar -cf - --owner=0 --group=0 -C", &s->tree)
		       ? -1
		       : 0;
}

int remote_copy(struct remote *m, const struct run *r, const struct plan *p)
{
	struct staging s = { .dir = "/tmp/mmguard-copy.XXXXXX" };
	int err;

	if (!mkdtemp(s.dir)) {
		mg_error("cannot make %s: %s", s.dir, strerror(errno));
		return -1;
	}
	err = need_all(m, &s, r, p);
	if (!err)
		err = copy_staged(m, &s);
	remove_tree(s.dir);
	strv_free(&s.names);
	strv_free(&s.tree);
	return err;
}
