/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts itself into a frozen version 1 freezer cgroup, where no signal reaches it.
 * With "thaw" as argument it sets the ones free that earlier runs left there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *dir, const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/mmguard-freeze/%s", dir, file);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

int main(int argc, char **argv)
{
	static const char dir[] = "/tmp/mmguard-freezer";
	char sub[256], pid[16];
	int broken;

	mkdir(dir, 0755);
	if (mount("cgroup", dir, "cgroup", 0, "freezer") && errno != EBUSY)
		perror("mount of the freezer");
	snprintf(sub, sizeof(sub), "%s/mmguard-freeze", dir);
	if (argc > 1 && !strcmp(argv[1], "thaw")) {
		put(dir, "freezer.state", "THAWED");
		for (int i = 0; rmdir(sub) && errno == EBUSY && i < 100; i++)
			usleep(20000);
		umount(dir);
		rmdir(dir);
		return 0;
	}
	mkdir(sub, 0755);
	puts("KTAP version 1\n1..3\n# case a\nok 1 a\n# case b");
	fflush(stdout);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	broken = put(dir, "cgroup.procs", pid) || put(dir, "freezer.state", "FROZEN");
	if (broken)
		puts("ok 2 b # SKIP no version 1 freezer\n# case c\nok 3 c # SKIP no freezer");
	fflush(stdout);
	if (broken)
		return 4;
	for (;;)
		pause();
}
