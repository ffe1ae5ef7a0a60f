// SPDX-License-Identifier: GPL-2.0-only
/*
 * sshguest KERNEL [SEED]: mmguard run --target ssh: against a machine that panics twice, once
 * in a case of chance that SEED chooses, and boots again by itself. The culprits are named with
 * the kernel's last words, the rest runs after the reboot, nothing is lost or runs twice.
 */
#include "machine.h"
#include "wanted.h"
#include "../once.h"
#include "../unit.h"
#include "mmguard/program.h"

#include <libgen.h>
#include <limits.h>
#include <unistd.h>

/* Panics of chance, and the one of panics that never fails to come. */
#define CHANCES 1
#define DEATHS	(CHANCES + 1)

struct trial {
	struct machine machine;
	char here[PATH_MAX];
	char *results;
	unsigned int seed;
	int words; /* deaths that are told with the kernel's last words */
	struct unit u;
};

static bool as_wanted(json_t *result, void *arg)
{
	struct trial *t = arg;
	const char *name = json_string_value(json_object_get(result, "name"));
	const char *verdict = json_string_value(json_object_get(result, "verdict"));
	const char *reason = json_string_value(json_object_get(result, "reason"));

	if (!name || !verdict)
		return false;
	if (!strcmp(verdict, "CRASH")) {
		if (reason && strstr(reason, "sysrq triggered crash"))
			t->words++;
		else
			printf("# %s: %s\n", name, reason ?: "no reason");
	}
	return !strcmp(verdict, wanted(name, t->seed, CHANCES));
}

/* mmguard on the machine; its exit status. */
static int run_there(const struct trial *t)
{
	char *mmguard = xasprintf("%s/../../mmguard", t->here);
	char *log = xasprintf("%s/mmguard.log", t->machine.dir);
	char *argv[] = {
		mmguard,	 "run",		  "--target", "ssh:machine",  "--results",
		t->results,	 "--crashes",	  "1000",     "--allow-harm", "deaths.chance",
		"deaths.panics", "deaths.passes", NULL
	};
	int status = program_logged(argv, NULL, log);

	free(log);
	free(mmguard);
	return status;
}

static void judge(struct trial *t, int status)
{
	char *dir = xasprintf("%s/latest", t->results), name[80];
	int bad = once_check(dir, as_wanted, t);
	char *runs = machine_run(&t->machine, "ls .cache/mmguard/runs");

	snprintf(name, sizeof(name), "%d panics, each named, none lost or doubled", DEATHS);
	if (!unit_ok(&t->u, !bad, name))
		printf("# %d cases are wrong\n", bad);
	if (!unit_ok(&t->u, t->words == DEATHS, "the last words of each are kept"))
		printf("# of %d deaths %d are told with them\n", DEATHS, t->words);
	if (!unit_ok(&t->u, status == 5, "exit status"))
		printf("# expected 5, found %d\n", status);
	if (!unit_ok(&t->u, runs && !*runs, "nothing of the run is left there"))
		printf("# runs there: %s\n", runs ?: "no answer");
	free(runs);
	free(dir);
}

static int prepare(struct trial *t, const char *kernel, char *dir)
{
	char *configs = xasprintf("%s/libexec/configs", t->here), *text;
	int err = kimage_find(&t->machine.kernel, kernel, configs);

	free(configs);
	if (err)
		return -1;
	t->machine.dir = dir;
	t->machine.init = xasprintf("%s/machine_init.sh", t->here);
	t->machine.append = xasprintf("chance=%u,%d,1", t->seed, CHANCES);
	t->results = xasprintf("%s/results", dir);
	text = xasprintf("%s/libexec", t->here);
	setenv("MMGUARD_LIBEXEC", text, 1);
	free(text);
	text = xasprintf("-F %s/ssh.conf", dir);
	setenv("MMGUARD_SSH", text, 1);
	free(text);
	return machine_start(&t->machine);
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], dir[] = "/tmp/mmguard-sshguest.XXXXXX";
	struct trial t = { .seed = argc > 2 ? (unsigned int)atoi(argv[2]) : 1 };

	if (argc < 2 || !realpath("/proc/self/exe", self) || !mkdtemp(dir)) {
		fprintf(stderr, "usage: sshguest KERNEL [SEED]\n");
		return 2;
	}
	snprintf(t.here, sizeof(t.here), "%s", dirname(self));
	unit_begin();
	if (unit_ok(&t.u, !prepare(&t, argv[1], dir), "the machine comes up"))
		judge(&t, run_there(&t));
	machine_stop(&t.machine);
	if (t.u.failed)
		printf("# see %s\n", dir);
	else
		remove_tree(dir);
	free(t.machine.append);
	free((char *)t.machine.init);
	free(t.results);
	return unit_end(&t.u);
}
