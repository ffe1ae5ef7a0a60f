// SPDX-License-Identifier: GPL-2.0-only
/* The initramfs of a machine: busybox, the sshd of this machine with its libraries, modules. */
#include "machine.h"
#include "mmguard/cpio.h"
#include "mmguard/elfdeps.h"
#include "mmguard/guestneeds.h"
#include "mmguard/modules.h"
#include "mmguard/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SSHD "/usr/sbin/sshd"
/* Memory that a reset spares, for pstore; the command line keeps it free. */
#define RAMOOPS "mem_address=0x10000000 mem_size=0x100000 record_size=0x20000"

struct archive {
	struct cpio c;
	struct strv dirs;
};

static int put_parents(struct archive *a, const char *path)
{
	int err = 0;

	for (const char *slash = path; !err && (slash = strchr(slash, '/')); slash++) {
		char *dir = strndup(path, (size_t)(slash - path));

		if (!strv_has(&a->dirs, dir)) {
			strv_add(&a->dirs, dir);
			err = cpio_directory(&a->c, dir);
		}
		free(dir);
	}
	return err;
}

static int put_file(struct archive *a, const char *guest, mode_t mode, const char *host)
{
	return put_parents(a, guest + 1) ?: cpio_file(&a->c, guest + 1, mode, host);
}

static int put_text(struct archive *a, const char *guest, const char *text)
{
	return put_parents(a, guest + 1)
		       ?: cpio_data(&a->c, guest + 1, 0600, text, strlen(text));
}

static int put_busybox(struct archive *a)
{
	struct strv applets = { 0 };
	const char *busybox = guestneeds_busybox(&applets);
	int err = busybox ? put_file(a, GUEST_BUSYBOX, 0755, busybox) : -ENOENT;

	for (size_t i = 0; i < applets.n && !err; i++) {
		char *path = xasprintf("bin/%s", applets.v[i]);

		if (strcmp(applets.v[i], "busybox") != 0)
			err = cpio_link(&a->c, path, GUEST_BUSYBOX);
		free(path);
	}
	strv_free(&applets);
	return err;
}

static int put_sshd(struct archive *a, const struct machine *m)
{
	static const char *const keys[] = { "host", "authorized" };
	struct strv files = { 0 }, missing = { 0 };
	int err = put_file(a, SSHD, 0755, SSHD);

	elf_deps_all(SSHD, &files, &missing);
	for (size_t i = 0; i < files.n && !err; i++)
		err = put_file(a, files.v[i], 0755, files.v[i]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !err; i++) {
		char *host = xasprintf("%s/%s", m->dir, keys[i]);
		char *guest = xasprintf("/etc/%s", keys[i]);

		err = put_file(a, guest, 0600, host);
		free(guest);
		free(host);
	}
	strv_free(&missing);
	strv_free(&files);
	return err
		       ?: put_text(a, "/etc/sshd.conf",
				   "HostKey /etc/host\nAuthorizedKeysFile /etc/authorized\n"
				   "PidFile none\nUsePAM no\nStrictModes no\nUseDNS no\n"
				   "PermitRootLogin prohibit-password\n");
}

static int put_modules(struct archive *a, const struct machine *m)
{
	char *list = xstrdup("");
	struct modules mods = { 0 };
	int err =
		m->kernel.modules && modules_collect(&mods, m->kernel.modules, modules_machine)
			? -EIO
			: 0;

	for (size_t i = 0; i < mods.n && !err; i++) {
		const char *name = mods.v[i].name;
		char *path = xasprintf("/ko/%s.ko", name);
		char *longer = xasprintf("%s%s %s\n", list, name,
					 strcmp(name, "ramoops") ? "" : RAMOOPS);

		err = put_parents(a, path + 1)
			      ?: cpio_data(&a->c, path + 1, 0644, mods.v[i].data,
					   mods.v[i].len);
		free(list);
		list = longer;
		free(path);
	}
	modules_free(&mods);
	err = err ?: put_text(a, "/ko/list", list);
	free(list);
	return err;
}

static int put_skeleton(struct archive *a)
{
	static const char *const dirs[] = { "dev/", "proc/", "sys/",
					    "tmp/", "root/", "run/sshd/" };
	int err = 0;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !err; i++)
		err = put_parents(a, dirs[i]);
	/* The shell that is init has no output without it. */
	if (!err)
		err = cpio_device(&a->c, "dev/console", 5, 1);
	return err
		       ?: put_text(a, "/etc/passwd",
				   "root:x:0:0::/root:/bin/sh\n"
				   "sshd:x:100:65534::/run/sshd:/bin/false\n");
}

int machine_initramfs(const struct machine *m, const char *path)
{
	struct archive a = { .c = { .f = fopen(path, "we") } };
	int err = a.c.f ? put_skeleton(&a) : -errno;

	err = err ?: put_file(&a, "/init", 0755, m->init);
	err = err ?: put_busybox(&a);
	err = err ?: put_sshd(&a, m);
	err = err ?: put_modules(&a, m);
	err = err ?: cpio_end(&a.c);
	if (a.c.f && fclose(a.c.f) && !err)
		err = -errno;
	strv_free(&a.dirs);
	if (err)
		mg_error("cannot make %s: %s", path, strerror(-err));
	return err ? -1 : 0;
}
