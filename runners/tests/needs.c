/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The needs of a program: the text, this very file's section, and damaged files.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../common/needs.h"
#include "unit.h"

#define TEXT                                                                               \
	"area: x\nprogram: y\n\0kind: anon\nkind: memfd\nscenario: one\nscenario: two\n\0" \
	"seconds: 7\nbudget: 0.25\nharm: reserves\nprofile: full\nroot: yes\nhugepages: 4\n"

/* TEXT holds NULs: its size is that of the array. */
static const char section[] __attribute__((section(".mmguard.needs"), used)) = TEXT;

static bool right(const struct needs *n)
{
	static const char *const cases[] = { "one.anon", "one.memfd", "two.anon", "two.memfd" };
	char name[64];

	for (size_t i = 0; i < 4; i++)
		if (needs_case(n, i, name, sizeof(name)) < 0 || strcmp(name, cases[i]))
			return false;
	return needs_ncases(n) == 4 && needs_case(n, 4, name, sizeof(name)) == -1 &&
	       !strcmp(n->area, "x") && !strcmp(n->program, "y") && n->seconds == 7 &&
	       n->budget == 0.25 && n->harm == HARM_RESERVES && n->full && n->root &&
	       n->hugepages == 4 && !n->swap;
}

static bool refused(const char *text, const char *why)
{
	struct needs n;
	char err[200];

	if (!needs_parse(text, strlen(text), &n, err, sizeof(err))) {
		needs_free(&n);
		return false;
	}
	return strstr(err, why) != NULL;
}

/* Guard and budget of a program that declares neither. */
static bool defaults(void)
{
	static const char text[] = "area: x\nprogram: y\nscenario: one\n";
	struct needs n;
	char err[200];
	bool good;

	if (needs_parse(text, strlen(text), &n, err, sizeof(err)))
		return false;
	good = n.seconds == NEEDS_SECONDS_DEFAULT && n.budget == NEEDS_BUDGET_DEFAULT;
	needs_free(&n);
	return good;
}

/* Writes the first @len bytes with one byte changed, and reads that. */
static void read_damaged(char *data, size_t len, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	size_t at = (size_t)rand() % (rand() % 2 ? 64 : len);
	char old = data[at], err[200];
	struct needs n;

	data[at] = (char)rand();
	if (fd >= 0 && write(fd, data, len) == (ssize_t)len && !needs_read(path, &n, err, 200))
		needs_free(&n);
	data[at] = old;
	close(fd);
}

/* Survives every damage; the sanitizers and SIGSEGV are the judges. */
static bool survives(const char *self)
{
	char path[] = "/tmp/mmguard-needs.XXXXXX";
	FILE *f = fopen(self, "re");
	char *data = malloc(1 << 20);
	size_t len = f && data ? fread(data, 1, 1 << 20, f) : 0;
	int fd = mkstemp(path);

	for (int i = 0; i < 300 && len > 64; i++)
		read_damaged(data, i % 3 ? len : 64 + (size_t)rand() % (len - 64), path);
	if (f)
		fclose(f);
	close(fd);
	unlink(path);
	free(data);
	return len > 64;
}

int main(int argc, char **argv)
{
	struct unit u = { 0 };
	struct needs n;
	char err[200] = "";
	bool ok;

	(void)argc;
	unit_begin();
	ok = !needs_parse(section, sizeof(section) - 1, &n, err, sizeof(err));
	unit_ok(&u, ok && right(&n), "text");
	if (ok)
		needs_free(&n);
	ok = !needs_read(argv[0], &n, err, sizeof(err));
	unit_ok(&u, ok && right(&n), "own_file");
	if (ok)
		needs_free(&n);
	unit_ok(&u, needs_read("/dev/null", &n, err, sizeof(err)) == -1, "no_elf");
	unit_ok(&u, refused("area: x\n", "no program"), "refused.no_program");
	unit_ok(&u, refused("area: x\narea: y\n", "twice"), "refused.twice");
	unit_ok(&u, refused("area x\n", "key: value"), "refused.no_colon");
	unit_ok(&u, refused("colour: red\n", "unknown key"), "refused.unknown_key");
	unit_ok(&u, refused("seconds: soon\n", "not a number"), "refused.no_number");
	unit_ok(&u, refused("budget: -1\n", "not a number"), "refused.budget.sign");
	unit_ok(&u, refused("budget: 0\n", "above 0"), "refused.budget.none");
	unit_ok(&u, defaults(), "defaults");
	unit_ok(&u, refused("harm: some\n", "not a known word"), "refused.unknown_word");
	unit_ok(&u, survives(argv[0]), "damaged_files");
	return unit_end(&u);
}
