// SPDX-License-Identifier: GPL-2.0-only
/* Whole runs of mmguard with a program that prints what it should not, into places that
 * somebody has prepared, with a full disk, under sudo. */
#include "common/text.h"
#include "mmguard/debsource.h"
#include "mmguard/known.h"
#include "mmguard/select.h"
#include "mmguard/util.h"
#include "mmguard_check.h"

#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a name and as a reason; the bytes are NUL, CSI as one byte and as a character, a mark that
 * turns the direction of writing, and what is no UTF-8. */
#define EVIL                                                                           \
	"</script><img src=x onerror=alert(1)>]]>\"' \033[2J\033]0;x\a $(touch pwned)" \
	"`touch pwned`;touch pwned \x9b\xc2\x9b\xe2\x80\xae\xff\xfe\xc0\xaf\xed\xa0\x80"

static const char payload[] = "KTAP version 1\n1..2\n# case " EVIL "\n# " EVIL "\0" EVIL
			      "\nnot ok 1 " EVIL "\n# " EVIL "\nnot ok 2 " EVIL "\n";

static int shell(const char *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* "mmguard run" with the arguments, as a shell reads them; @before is its environment. */
static int run(const char *before, const char *args)
{
	char *command = xasprintf("%s \"$MMGUARD\" run %s >out 2>&1", before, args);
	int status = shell(command);

	free(command);
	return status;
}

static void show(const char *path)
{
	char *text = file_read(path, 4096, NULL), *save = text, *line;

	while ((line = strsep(&save, "\n"))) {
		text_printable(line);
		printf("# %s: %s\n", path, line);
	}
	free(text);
}

static bool is(int found, int wanted)
{
	if (found == wanted)
		return true;
	printf("# fail: exit status: expected %d, found %d\n", wanted, found);
	show("out");
	return false;
}

static bool has(const char *path, const char *part)
{
	char *text = file_read(path, 1 << 20, NULL);
	bool hit = text && strstr(text, part);

	if (!hit) {
		printf("# fail: %s has not \"%s\"\n", path, part);
		show(path);
	}
	free(text);
	return hit;
}

/* One line of ours on the way out, which says @part, and nothing else. */
static bool one_line(const char *part)
{
	bool one = !shell("test $(wc -l <out) = 1 && grep -q '^mmguard: ' out");

	if (!one)
		show("out");
	return one && has("out", part);
}

/* Nothing in it moves a cursor; with @markup nothing in it is markup of the payload either. */
static bool harmless(const char *path, bool markup)
{
	static const char *const parts[] = { "<script", "</script", "<img", "]]>" };
	size_t len = 0;
	char *text = file_read(path, 1 << 20, &len);
	bool good = text && len && strlen(text) == len;

	for (size_t i = 0; good && i < len;) {
		size_t n = text_char(text + i);

		good = n && text[i] != '\033' && text[i] != '\r' && text[i] != 0x7f;
		i += n;
	}
	for (size_t i = 0; good && markup && i < sizeof(parts) / sizeof(parts[0]); i++)
		good = !strstr(text, parts[i]);
	if (good && !markup)
		good = !strstr(text, "\xc2\x9b") && !strstr(text, "\xe2\x80\xae");
	if (!good)
		show(path);
	free(text);
	return good;
}

static void hostile_output(struct unit *u)
{
	json_t *o;

	file_write("tree/payload", payload, sizeof(payload) - 1);
	check(u, is(run("", "--from tree"), 1), "what it says fails");
	check(u, harmless("out", false), "the terminal");
	check(u, harmless("results/latest/summary.txt", false), "summary.txt");
	check(u, harmless("results/latest/report.html", true), "report.html");
	check(u, harmless("results/latest/junit.xml", true), "junit.xml");
	check(u, !shell("xmllint --noout results/latest/junit.xml"), "junit.xml is XML");
	o = json_load_file("results/latest/results.json", 0, NULL);
	check(u, json_integer_value(json_object_get(json_object_get(o, "counts"), "FAIL")) == 2,
	      "results.json has both failures");
	json_decref(o);
	check(u, !shell("cmp -s tree/payload results/latest/tests/*/stdout"),
	      "the raw output is kept as it came");
	check(u, shell("find . -name pwned | grep ."), "nothing was executed");
}

static void modes_and_owner(struct unit *u)
{
	check(u, is(run("umask 077;", "--from good --results strict"), 0), "umask 077");
	check(u,
	      shell("find strict '(' -type f ! -perm 644 -o -type d ! -perm 755 ')' | grep ."),
	      "files are 0644, directories 0755");
	if (geteuid()) {
		printf("ok %d owner # SKIP needs root\n", ++u->n);
		return;
	}
	check(u, is(run("SUDO_UID=12345 SUDO_GID=12346", "--from good --results given"), 0),
	      "under sudo");
	check(u, shell("find given '(' ! -uid 12345 -o ! -gid 12346 ')' | grep ."),
	      "all belongs to who called sudo");
}

static void prepared_places(struct unit *u)
{
	shell("mkdir real && ln -s real link && mkdir -p taken/latest");
	check(u, is(run("", "--from good --results link"), 3) && one_line("symbolic link"),
	      "linked results are refused");
	check(u, is(run("", "--from good --results link/"), 3) && one_line("symbolic link"),
	      "also with a slash");
	check(u, is(run("", "--from good --results taken"), 3) && one_line("taken/latest"),
	      "a directory called latest is refused");
	check(u, shell("find real taken -mindepth 1 ! -path taken/latest | grep ."),
	      "and nothing was made there");
	check(u, is(run("", "--from good --results \"$(printf 'a b\\nc\\033[2Jd')\""), 0),
	      "a name with a blank, a newline and more");
	check(u, harmless("out", false), "does not reach the terminal");
	check(u, !shell("test -s \"$(printf 'a b\\nc\\033[2Jd')\"/latest/summary.txt"),
	      "and has the results");
}

static void full_disk(struct unit *u)
{
	mkdir("small", 0755);
	if (mount("none", "small", "tmpfs", 0, "size=1m")) {
		printf("ok %d full_disk # SKIP needs to mount a tmpfs\n", ++u->n);
		return;
	}
	check(u, is(run("", "--from flood --results small/results"), 3), "a full disk");
	check(u,
	      !shell("test $(grep -c '^mmrun: .*No space left' out) = 1") &&
		      !shell("test $(grep -c '^mmguard: .*No space left' out) = 0"),
	      "one line says so");
	check(u,
	      has("small/results/latest/results.json", "\"status\": 3") &&
		      has("small/results/latest/summary.txt", "No space left"),
	      "the reports say so, too");
	check(u, has("small/results/latest/tests/flood.first/stdout", "ok 1 a"),
	      "what was there is kept");
	umount2("small", MNT_DETACH);
}

static int load(const char *path)
{
	struct deb_source kernel = { 0 };
	struct known_issues known;
	struct profile profile;

	if (strstr(path, "profiles"))
		return profile_load(&profile, "configs/profiles", "x");
	if (strstr(path, "known"))
		return known_load(&known, "configs/known-issues");
	return deb_source_load(&kernel, "configs", "x");
}

/* The file is refused with one line that begins with its name and the line. */
static void malformed(struct unit *u, const char *path, const char *text, size_t len,
		      const char *line)
{
	char *want = xasprintf("mmguard: %s%s: ", path, line);
	int status;
	pid_t pid;

	file_write(path, text, len);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen("out", "w", stderr))
			_exit(3);
		status = load(path) == -1;
		fflush(stderr);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	check(u, is(WEXITSTATUS(status), 1) && one_line(want), "%s%s", path, line);
	unlink(path);
	free(want);
}

#define MALFORMED(u, path, text, line) malformed(u, path, text, sizeof(text) - 1, line)

static void settings(struct unit *u)
{
	static const char p[] = "configs/profiles/x", k[] = "configs/known-issues/x",
			  d[] = "configs/kernels/x";

	mkdirs("configs/profiles");
	mkdirs("configs/known-issues");
	mkdirs("configs/kernels");
	MALFORMED(u, p, "*\ncow leak\n", ":2");
	MALFORMED(u, p, "*\n-\n", ":2");
	MALFORMED(u, p, "*\0\n", ":1");
	MALFORMED(u, p, "# nothing\n", "");
	MALFORMED(u, k, "cases: a.b\n\nharm: some\n", ":3");
	MALFORMED(u, k, "cases: a.b\nno colon\n", ":2");
	MALFORMED(u, k, "cases: a.b\n", "");
	MALFORMED(u, d, "suites: sid\nimage: a\nimages: b\n", ":3");
	MALFORMED(u, d, "suites: sid\nimage: a\nimage: b\n", ":3");
	MALFORMED(u, d, "suites: sid\nnonsense\nimage: a\n", ":2");
	MALFORMED(u, d, "suites: sid\n", "");
}

static void put(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text)) || chmod(path, 0755))
		exit(3);
}

static void prepare(void)
{
	static const char good[] = "#!/bin/sh\necho KTAP version 1\necho 1..1\necho ok 1 a\n";

	if (mkdirs("tree") || mkdirs("good") || mkdirs("flood"))
		exit(3);
	put("tree/evil", "#!/bin/sh\ncat payload\nexit 1\n");
	put("good/passes", good);
	put("flood/first", good);
	put("flood/second", "#!/bin/sh\nyes '# much' | head -c 3000000\n");
}

int main(void)
{
	char dir[] = "/tmp/mmguard-safe.XXXXXX", self[PATH_MAX];
	struct unit u = { 0 };

	if (!realpath("/proc/self/exe", self) || !mkdtemp(dir) || chdir(dir))
		return 3;
	setenv("MMGUARD", xasprintf("%s/../mmguard", dirname(self)), 1);
	setenv("MMGUARD_LOCK", "lock", 1);
	prepare();
	hostile_output(&u);
	modes_and_owner(&u);
	prepared_places(&u);
	full_disk(&u);
	settings(&u);
	remove_tree(dir);
	return unit_end(&u);
}
