// SPDX-License-Identifier: GPL-2.0-only
/* The directory of one run; its layout is described in results/README.md. */
#include "common/protocol.h"
#include "common/text.h"
#include "identity.h"
#include "remote.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Seconds that an mmrun has to end after the mmguard that started it. */
#define MMRUN_END 60

/* "20261128T183000Z-6.18.44", the kernel made safe as a file name. */
static char *make_id(const char *release)
{
	time_t now = time(NULL);
	char when[32], *id;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	id = xasprintf("%s-%.80s", when, release);
	for (char *p = id; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+"
			    "-",
			    *p))
			*p = '-';
	return id;
}

/* Two runs may begin in one second. */
static int make_unique(struct run *r)
{
	char *id = make_id(r->release);
	int err = -EEXIST;

	for (int i = 1; i < 100 && err == -EEXIST; i++) {
		free(r->id);
		free(r->dir);
		r->id = i == 1 ? xstrdup(id) : xasprintf("%s.%d", id, i);
		r->dir = xasprintf("%s/%s", r->opt.results, r->id);
		err = mkdir(r->dir, 0777) ? -errno : 0;
	}
	free(id);
	return err;
}

/* A link may have been put there by somebody else, and what is called "latest" be somebody's.
 */
static int check_place(const char *results)
{
	char *latest = xasprintf("%s/latest", results);
	struct stat st;
	int err = -1;

	if (!lstat(results, &st) && S_ISLNK(st.st_mode))
		mg_error("%s is a symbolic link, which is refused; name the directory it leads "
			 "to with --results",
			 results);
	else if (!lstat(latest, &st) && !S_ISLNK(st.st_mode))
		mg_error("%s is not the link to the latest run; move it away", latest);
	else
		err = 0;
	free(latest);
	return err;
}

static void point_latest(const struct run *r)
{
	char *tmp = xasprintf("%s/.latest.%d", r->opt.results, (int)getpid());
	char *latest = xasprintf("%s/latest", r->opt.results);

	unlink(tmp);
	if (symlink(r->id, tmp) || rename(tmp, latest)) {
		mg_error("cannot make %s: %s", latest, strerror(errno));
		unlink(tmp);
	}
	free(tmp);
	free(latest);
}

/* A journal from the beginning: a run that was cut before its first event is still a run. */
static int make_skeleton(const char *dir)
{
	char *tests = xasprintf("%s/%s", dir, MMG_TESTS),
	     *journal = xasprintf("%s/%s", dir, MMG_JOURNAL);
	int err = mkdirs(tests),
	    fd = err ? -1 : open(journal, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (!err && fd < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	free(journal);
	free(tests);
	return err;
}

int rundir_create(struct run *r)
{
	size_t len = strlen(r->opt.results);
	int err;

	while (len > 1 && r->opt.results[len - 1] == '/')
		r->opt.results[--len] = '\0';
	if (check_place(r->opt.results))
		return -1;
	err = mkdirs(r->opt.results);
	if (!err)
		err = make_unique(r);
	if (!err)
		err = make_skeleton(r->dir);
	if (err) {
		mg_error("cannot make a directory for the results in %s: %s", r->opt.results,
			 strerror(-err));
		return -1;
	}
	point_latest(r);
	return 0;
}

/* 0 or -1; the descriptor stays open until we end. */
static int lock_one(const char *path, double seconds)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	double until = now_mono() + seconds;

	if (fd < 0)
		return -1;
	do
		rc = flock(fd, LOCK_EX | LOCK_NB);
	while (rc && errno == EWOULDBLOCK && now_mono() < until && !usleep(100000));
	if (rc)
		close(fd);
	return rc ? -1 : fd;
}

int rundir_lock(const char *dir)
{
	char *info = xasprintf("%s/run.json", dir);
	int fd = lock_one(info, 0), err = -1;

	if (fd < 0) {
		mg_error("%s: the run still goes on (%s)", dir, strerror(errno));
	} else {
		fd = lock_one(dir, MMRUN_END);
		if (fd < 0)
			mg_error("%s: its mmrun is still there after %d s", dir, MMRUN_END);
		else
			err = close(fd);
	}
	free(info);
	return err;
}

static json_t *json_strings(const struct strv *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(a, json_string(s->v[i]));
	return a;
}

static json_t *json_plan(const struct plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->n; i++) {
		char *hash = identity_file(p->v[i].path);

		json_array_append_new(a, json_pack("{s:s s:I s:o s:s*}", "program",
						   p->v[i].program, "seconds",
						   (json_int_t)p->v[i].seconds, "cases",
						   json_strings(&p->v[i].cases), "hash", hash));
		free(hash);
	}
	return a;
}

static json_t *json_held(const struct held *h)
{
	json_t *a = json_array();

	for (size_t i = 0; i < h->n; i++)
		json_array_append_new(a,
				      json_pack("{s:s s:s s:b}", "name", h->v[i].name, "reason",
						h->v[i].reason, "skip", h->v[i].skip));
	return a;
}

/* The machine the tests see: this one, or the guest. */
static json_t *json_machine(const struct run *r)
{
	struct utsname u;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	if (r->remote)
		return remote_json(r->remote);
	uname(&u);
	if (r->opt.vm)
		return json_pack("{s:s s:I s:I s:I s:s}", "arch", u.machine, "cpus",
				 (json_int_t)(r->opt.nodes > 2 ? r->opt.nodes : 2),
				 "memory_mib", (json_int_t)r->opt.memory, "nodes",
				 (json_int_t)r->opt.nodes, "accel", r->opt.accel);
	return json_pack("{s:s s:I s:I}", "arch", u.machine, "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "memory_mib",
			 (json_int_t)(pages / 1024 * (size / 1024)));
}

/* Which kernel, and from where relative paths start, to be able to go on. */
static void add_identity(json_t *o, const char *image)
{
	char *cwd = getcwd(NULL, 0), *hash = image ? identity_file(image) : NULL;
	char *build = image ? NULL : identity_kernel();

	if (cwd)
		json_object_set_new(o, "directory", json_string(cwd));
	if (image)
		json_object_set_new(o, "image", json_string(image));
	if (hash)
		json_object_set_new(o, "image_hash", json_string(hash));
	if (build)
		json_object_set_new(o, "build", json_string(build));
	free(build);
	free(hash);
	free(cwd);
}

static bool asks_for_results(const struct run *r)
{
	bool any = false;

	for (size_t i = 0; i < r->opt.selectors.n; i++)
		any |= select_results(r->opt.selectors.v[i]);
	return any;
}

/* Only what differs from doing everything once in its usual order. */
static void add_order(json_t *o, const struct run *r)
{
	const struct order *order = &r->opt.order;
	const struct repeat *repeat = &r->opt.repeat;

	if (order->shuffle)
		json_object_set_new(o, "shuffle", json_integer(order->seed));
	if (order->shards)
		json_object_set_new(o, "shard",
				    json_sprintf("%u/%u", order->shard, order->shards));
	if (repeat->rounds > 1)
		json_object_set_new(o, "rounds",
				    repeat->rounds == ROUNDS_ENDLESS
					    ? json_null()
					    : json_integer((json_int_t)repeat->rounds));
	if (repeat->seconds > 0)
		json_object_set_new(o, "soak", json_real(repeat->seconds));
	if (repeat->until_fail)
		json_object_set_new(o, "until_fail", json_true());
}

int rundir_write_info(const struct run *r, const char *image)
{
	char *path = xasprintf("%s/run.json", r->dir), *text;
	json_t *o =
		json_pack("{s:i s:s s:I s:s s:s s:s s:f s:o s:o s:o s:o}", "schema", MMG_SCHEMA,
			  "id", r->id, "time", (json_int_t)time(NULL), "target",
			  r->opt.vm    ? "vm"
			  : r->opt.ssh ? "ssh"
				       : "host",
			  "kernel", r->release, "version", r->version, "slow", r->slow,
			  "command", json_strings(&r->opt.command), "machine", json_machine(r),
			  "selection", json_plan(&r->plan), "held", json_held(&r->held));
	int err;

	json_object_set_new(o, "profile",
			    r->opt.profile ? json_string(r->opt.profile) : json_null());
	if (!r->remote)
		add_identity(o, image);
	if (r->opt.from)
		json_object_set_new(o, "from", json_string(r->opt.from));
	if (r->opt.from && asks_for_results(r))
		json_object_set_new(o, "only", json_strings(&r->opt.selectors));
	add_order(o, r);
	if (*r->opt.append)
		json_object_set_new(o, "append", json_string(r->opt.append));
	text = json_dumps(o, JSON_INDENT(2));
	err = text ? file_write(path, text, strlen(text)) : -1;
	free(text);
	json_decref(o);
	free(path);
	return err ? -1 : 0;
}

int rundir_event(const char *dir, const char *event, unsigned int boot, const char *reason)
{
	json_t *o = json_pack("{s:s s:I}", "event", event, "time", (json_int_t)time(NULL));
	char *path = xasprintf("%s/%s", dir, MMG_JOURNAL), *text, *line;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666), err = -1;

	if (boot)
		json_object_set_new(o, "boot", json_integer(boot));
	if (reason) {
		char *copy = xstrdup(reason);

		text_printable(copy);
		json_object_set_new(o, "reason", json_string(copy));
		free(copy);
	}
	text = json_dumps(o, JSON_COMPACT);
	line = xasprintf("%s\n", text ? text : "{}");
	if (fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line) && !fsync(fd))
		err = 0;
	else
		mg_error("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(line);
	free(text);
	free(path);
	json_decref(o);
	return err;
}
