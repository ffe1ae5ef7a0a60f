/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmrun against who prepares its results directory, fills its disk, interrupts it; and
 * what it takes of the machine itself.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include "mmrun_run.h"

static int count_lines(const char *text, const char *what)
{
	int n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* Something planted where mmrun is about to write is refused with one line; nothing is written.
 */
static void planted(struct unit *u, const char *argv0, const char *where, const char *how)
{
	char command[1024], name[64];
	struct mmrun_run r;
	struct stat st = { 0 };
	bool good;

	run_init(&r, argv0);
	run_plan(&r, "last", "a", 20);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p results/tests victim && >victim/file && %s results%s",
		 r.dir, how, where);
	good = !system(command);
	run_mmrun(&r, "");
	snprintf(command, sizeof(command), "%s/victim/file", r.dir);
	good &= r.status == 3 && strstr(r.out, "refused") &&
		count_lines(r.out, "mmrun: ") == 1 && !strstr(r.out, "PASS") &&
		!stat(command, &st) && !st.st_size;
	snprintf(command, sizeof(command), "%s/victim/stdout", r.dir);
	good &= access(command, F_OK) != 0;
	snprintf(name, sizeof(name), "planted%s", where);
	for (char *p = name; (p = strchr(p, '/'));)
		*p = '.';
	if (!good)
		run_show(&r);
	unit_ok(u, good, name);
	run_end(&r);
}

/* A file system of 1 MB: what fits is kept, what does not is not claimed. */
static void full_disk(struct unit *u, const char *argv0)
{
	char path[128], journal[8192], first[4096];
	struct mmrun_run r;
	bool good;

	run_init(&r, argv0);
	snprintf(path, sizeof(path), "%s/results", r.dir);
	mkdir(path, 0755);
	if (mount("none", path, "tmpfs", 0, "size=1m")) {
		printf("ok %d full_disk # SKIP needs to mount a tmpfs\n", ++u->n);
		run_end(&r);
		return;
	}
	run_plan(&r, "good", "a b c", 20);
	run_plan(&r, "flood", "a b", 60);
	run_plan(&r, "last", "a", 20);
	run_mmrun(&r, "");
	run_file(&r, "results/journal.jsonl", journal, sizeof(journal));
	run_file(&r, "results/tests/test.good/stdout", first, sizeof(first));
	good = r.status == 3 && count_lines(r.out, "mmrun: ") == 1 &&
	       strstr(r.out, "test.flood/stdout: No space left on device") &&
	       strstr(r.out, "PASS    test.good") && !strstr(r.out, "PASS    test.flood") &&
	       !strstr(r.out, "test.last") && strstr(first, "ok 2 b") &&
	       strstr(journal, "{\"event\":\"runner\",\"reason\":\"cannot write to") &&
	       !strstr(journal, "\"event\":\"end\",\"program\":\"test.flood\"");
	umount2(path, MNT_DETACH);
	if (!good)
		run_show(&r);
	unit_ok(u, good, "full_disk");
	run_end(&r);
}

static bool wait_for(const struct mmrun_run *r, const char *file, const char *text)
{
	double until = run_clock() + 60;
	char buf[8192];

	while (run_clock() < until) {
		if (strstr(run_file(r, file, buf, sizeof(buf)), text))
			return true;
		usleep(20000);
	}
	return false;
}

/* ^C ends the run with a complete journal that names what was interrupted. */
static void interrupted(struct unit *u, const char *argv0)
{
	char journal[8192];
	struct mmrun_run r;
	bool good;
	pid_t pid;

	run_init(&r, argv0);
	run_plan(&r, "ignores_term", "a b c", 60);
	run_plan(&r, "last", "a", 20);
	pid = run_start(&r, "");
	good = wait_for(&r, "results/tests/test.ignores_term/stdout", "# case b");
	kill(pid, SIGINT);
	run_wait(&r, pid);
	run_file(&r, "results/journal.jsonl", journal, sizeof(journal));
	good &= r.status == 6 && strstr(r.out, "(interrupted)") &&
		!strstr(r.out, "test.last") &&
		strstr(journal, "\"event\":\"end\",\"program\":\"test.ignores_term\"") &&
		strstr(journal, "\"interrupted\":true") &&
		strstr(journal, "{\"event\":\"interrupted\",\"reason\":\"Interrupt\"") &&
		!strstr(journal, "\"event\":\"done\"");
	if (!good)
		run_show(&r);
	unit_ok(u, good, "interrupted");
	run_end(&r);
}

/* Modes are the same whatever the umask; the program has its own. Names may hold anything. */
static void modes_and_names(struct unit *u, const char *argv0)
{
	char command[4096];
	struct mmrun_run r;
	bool good;

	run_init(&r, argv0);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir 'a b\nc' && cp \"$OLDPWD/%s/hostile/self\" 'a b\nc/x y\nz' && "
		 "umask "
		 "0077 && \"$OLDPWD/%s/../mmrun\" --results 'res\n ults' 'a b\nc/x y\nz' >out "
		 "2>&1",
		 r.dir, r.tests, r.tests);
	good = !system(command);
	snprintf(command, sizeof(command),
		 "cd %s/'res\n ults' && [ \"$(find . -type f ! -perm 0644 -o -type d ! -perm "
		 "0755)\" = '' ] && "
		 "grep -q '^# umask 0077$' tests/local.*/stdout",
		 r.dir);
	good &= !system(command);
	run_file(&r, "out", r.out, sizeof(r.out));
	if (!good)
		run_show(&r);
	unit_ok(u, good, "modes_and_names");
	run_end(&r);
}

/* The value of a line "KEY N kB" in what hostile/self says, -1 when it is not there. */
static long said(const struct mmrun_run *r, const char *key)
{
	char text[8192];
	const char *at =
		strstr(run_file(r, "results/tests/test.self/stdout", text, sizeof(text)), key);

	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* Whether root may lower the score of itself here. */
static bool may_be_spared(void)
{
	return !system("{ echo -1000 >/proc/self/oom_score_adj; } 2>/dev/null");
}

/* Not to the disk, where that can be: 1 GiB takes a second or two in memory. */
static void results_in_memory(const struct mmrun_run *r, char *path, size_t len)
{
	snprintf(path, len, "%s/results", r->dir);
	mkdir(path, 0755);
	if (mount("none", path, "tmpfs", 0, "size=1200m"))
		printf("# no tmpfs, 1 GiB goes to %s\n", path);
}

/* Is the file at least as large as what flood writes between its results? */
static bool holds_flood(const struct mmrun_run *r)
{
	struct stat st = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/results/tests/test.flood/stdout", r->dir);
	return !stat(path, &st) && st.st_size > 1 << 30;
}

/* The program says how its parent, mmrun, stands, and itself. */
static void stands_firm(struct unit *u, const char *argv0)
{
	struct mmrun_run r;
	char path[128];
	long peak, locked;

	run_init(&r, argv0);
	results_in_memory(&r, path, sizeof(path));
	run_plan(&r, "flood", "a b", 120);
	run_plan(&r, "self", "a", 20);
	run_mmrun(&r, "");
	peak = said(&r, "# parent VmHWM: ");
	locked = said(&r, "# parent VmLck: ");
	printf("# peak %ld kB, locked %ld kB\n", peak, locked);
	unit_ok(u, holds_flood(&r), "every_byte_of_1_GiB");
	unit_ok(u, r.status == 0 && peak > 0 && peak <= 8192, "resident_at_most_8_MB");
	unit_ok(u, locked > 0, "locked_in_memory");
	if (may_be_spared())
		unit_ok(u, said(&r, "# parent oom_score_adj ") == -1000,
			"spared_by_the_OOM_killer");
	else
		printf("ok %d spared_by_the_OOM_killer # SKIP needs CAP_SYS_RESOURCE\n",
		       ++u->n);
	unit_ok(u, said(&r, "# own oom_score_adj ") == 0 && said(&r, "# own policy ") == 0,
		"its_programs_are_not");
	umount2(path, MNT_DETACH);
	run_end(&r);
}

/* A thousand programs in one plan, of which the first is enough: all are in memory then. */
static void thousand(struct unit *u, const char *argv0)
{
	struct mmrun_run r;
	char path[128];
	long peak;
	pid_t pid;
	FILE *f;

	run_init(&r, argv0);
	run_plan(&r, "self", "a", 20);
	snprintf(path, sizeof(path), "%s/plan", r.dir);
	f = fopen(path, "ae");
	for (int i = 0; f && i < 999; i++)
		fprintf(f, "test.p%d\t20\t/bin/true\ta\n", i);
	if (f)
		fclose(f);
	pid = run_start(&r, "");
	wait_for(&r, "results/tests/test.self/stdout", "ok 1");
	kill(pid, SIGINT);
	run_wait(&r, pid);
	peak = said(&r, "# parent VmHWM: ");
	printf("# peak %ld kB\n", peak);
	unit_ok(u, peak > 0 && peak <= 8192, "a_plan_of_1000_programs");
	run_end(&r);
}

/* What the kernel said while nobody could read is missing, and that is said. */
static void overrun(struct unit *u, const char *argv0)
{
	struct mmrun_run r;
	bool good;

	run_init(&r, argv0);
	run_plan(&r, "overruns", "a", 60);
	run_plan(&r, "last", "a", 20);
	run_mmrun(&r, "");
	if (strstr(r.out, "1 SKIP")) {
		printf("ok %d kernel_log_overrun # SKIP cannot fill the kernel log\n", ++u->n);
	} else {
		good = r.status == 1 &&
		       strstr(r.out, "DIRTY   (program): kernel log overrun: ") &&
		       strstr(r.out, "PASS    test.last");
		if (!good)
			run_show(&r);
		unit_ok(u, good, "kernel_log_overrun");
	}
	run_end(&r);
}

int main(int argc, char **argv)
{
	struct unit u = { 0 };

	(void)argc;
	unit_begin();
	planted(&u, argv[0], "/tests/test.last", "ln -s ../../victim");
	planted(&u, argv[0], "/journal.jsonl", "ln -s ../victim/file");
	planted(&u, argv[0], "/tests/test.last/stdout",
		"mkdir results/tests/test.last && ln -s ../../../victim/file");
	planted(&u, argv[0], "/tests/test.last/stderr/../stdout",
		"mkdir -p results/tests/test.last/stderr && ln victim/file");
	full_disk(&u, argv[0]);
	interrupted(&u, argv[0]);
	modes_and_names(&u, argv[0]);
	stands_firm(&u, argv[0]);
	thousand(&u, argv[0]);
	overrun(&u, argv[0]);
	return unit_end(&u);
}
