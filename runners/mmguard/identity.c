// SPDX-License-Identifier: GPL-2.0-only
/* A report of two kernels, or of two versions of a test, would be a report of none. */
#include "identity.h"
#include "hash.h"
#include "remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

char *identity_file(const char *path)
{
	char name[HASH_NAME];
	struct hash h;
	int err;

	hash_init(&h);
	err = hash_file(&h, path);
	if (err) {
		errno = -err;
		return NULL;
	}
	hash_name(&h, name);
	return xstrdup(name);
}

char *identity_kernel(void)
{
	struct utsname u;

	uname(&u);
	return xasprintf("%s %s", u.release, u.version);
}

static const struct plan_entry *find(const struct plan *p, const char *program)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].program, program))
			return &p->v[i];
	return NULL;
}

/* What is another about the file, NULL nothing; the caller frees. */
static char *differs(const char *path, const char *want, const char *what)
{
	char *now = want ? identity_file(path) : NULL, *why = NULL;

	if (want && !now)
		why = xasprintf("%s: cannot read %s: %s", what, path, strerror(errno));
	else if (want && strcmp(now, want))
		why = xasprintf("%s: %s has changed since the run began", what, path);
	free(now);
	return why;
}

static char *other_program(const struct run *r, json_t *info)
{
	char *why = NULL;
	json_t *e;
	size_t i;

	json_array_foreach(json_object_get(info, "selection"), i, e)
	{
		const char *name = json_string_value(json_object_get(e, "program"));
		const struct plan_entry *p = name ? find(&r->plan, name) : NULL;

		if (name && !p)
			why = xasprintf("%s: there is no such program any more", name);
		else if (p)
			why = differs(p->path, json_string_value(json_object_get(e, "hash")),
				      name);
		if (why)
			break;
	}
	return why;
}

/* What "uname -rv" printed when the run began, NULL unknown; the caller frees. */
static char *kernel_then(const struct run *r, json_t *info)
{
	const char *release = json_string_value(json_object_get(info, "kernel"));
	const char *build = json_string_value(json_object_get(info, "build"));

	if (!r->remote)
		return build ? xstrdup(build) : NULL;
	build = json_string_value(json_object_get(json_object_get(info, "machine"), "build"));
	return release && build ? xasprintf("%s %s", release, build) : NULL;
}

static char *kernel_now(const struct run *r)
{
	return r->remote
		       ? xasprintf("%s %s", r->remote->facts.release, r->remote->facts.version)
		       : identity_kernel();
}

static char *other_kernel(const struct run *r, json_t *info, const char *image)
{
	char *now, *why = NULL, *was;

	if (image)
		return differs(image, json_string_value(json_object_get(info, "image_hash")),
			       "kernel image");
	was = kernel_then(r, info);
	now = kernel_now(r);
	if (was && strcmp(was, now))
		why = xasprintf(
			"wrong kernel booted: the run began on Linux %s, this is Linux %s", was,
			now);
	free(now);
	free(was);
	return why;
}

int identity_check(const struct run *r, json_t *info, const char *image, bool force)
{
	char *why = other_kernel(r, info, image);

	if (!why)
		why = other_program(r, info);
	if (why)
		mg_error("%s%s", why,
			 force ? "; going on all the same" : " (--force goes on all the same)");
	if (why && !force) {
		free(why);
		return -1;
	}
	free(why);
	return 0;
}
