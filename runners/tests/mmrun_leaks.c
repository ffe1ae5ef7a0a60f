/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that leave the machine changed: mmrun names what, before, after and who,
 * gives it back before the next program, and does so after it was killed itself.
 */
#include <signal.h>
#include <stdbool.h>
#include "../common/state.h"
#include "mmrun_run.h"

static const struct {
	const char *how;  /* case of hostile/leaks */
	const char *line; /* in the summary */
} table[] = {
	{ "pool", "hugepages.hugepages-2048kB.nr_hugepages: " },
	{ "node_pool", "node0.hugepages.hugepages-2048kB.nr_hugepages: " },
	{ "overcommit", "hugepages.hugepages-2048kB.nr_overcommit_hugepages: " },
	{ "thp", "thp.defrag: " },
	{ "mthp", "thp.hugepages-64kB.enabled: " },
	{ "ksm", "ksm.pages_to_scan: " },
	{ "numa", "kernel.numa_balancing: " },
	{ "zswap", "zswap.max_pool_percent: " },
	{ "sysctl", "vm.overcommit_kbytes: " },
	{ "mount", "mount./tmp/mmguard\\040leak: none -> hugetlbfs (given back)" },
	{ "sysv", ": none -> 8192 bytes (given back)" },
	{ "posix", "shm.posix.mmguard\\040leak: none -> there (given back)" },
	{ "cgroup", "mmguard-leak: none -> there (given back)" },
	{ "swap", "swap./dev/zram" },
	{ "block", "memory.block." },
};

static bool skipped(const struct mmrun_run *r)
{
	return strstr(r->out, "1 SKIP") && !strstr(r->out, "LEAK");
}

/* Every leak is told and is gone; the program after it finds the machine as it was. */
static void one_leak(struct unit *u, const char *argv0, size_t i)
{
	char before[65536], after[65536], name[64];
	struct mmrun_run r;
	bool good;

	run_init(&r, argv0);
	run_plan(&r, "leaks", table[i].how, 30);
	run_plan(&r, "last", "a", 20);
	run_mmrun(&r, "");
	if (skipped(&r)) {
		printf("ok %d %s # SKIP this machine cannot leak it\n", ++u->n, table[i].how);
		run_end(&r);
		return;
	}
	run_file(&r, "results/tests/test.leaks/state-before", before, sizeof(before));
	run_file(&r, "results/tests/test.last/state-before", after, sizeof(after));
	good = r.status == 1 && strstr(r.out, "LEAK    test.leaks") &&
	       strstr(r.out, table[i].line) && strstr(r.out, "(given back)") &&
	       !strstr(r.out, "(kept") && strstr(r.out, "PASS    test.last");
	if (!good)
		run_show(&r);
	unit_ok(u, good, table[i].how);
	snprintf(name, sizeof(name), "%s.is_gone", table[i].how);
	unit_ok(u, before[0] && !state_compare(before, after, NULL, NULL), name);
	run_end(&r);
}

static bool wait_for(const struct mmrun_run *r, const char *file, const char *text)
{
	double until = run_clock() + 60;
	char buf[65536];

	while (run_clock() < until) {
		if (strstr(run_file(r, file, buf, sizeof(buf)), text))
			return true;
		usleep(20000);
	}
	return false;
}

/* mmrun is killed while the machine is changed; the next one finds that in the files. */
static void killed(struct unit *u, const char *argv0, const char *options, const char *name)
{
	char given[4096];
	struct mmrun_run r;
	bool good;
	pid_t pid;

	run_init(&r, argv0);
	run_plan(&r, "leaks", "thp ksm sysv mount wait", 60);
	pid = run_start(&r, "");
	good = wait_for(&r, "results/tests/test.leaks/stdout", "# case wait");
	kill(pid, SIGKILL);
	run_wait(&r, pid);
	snprintf(given, sizeof(given), "rm %s/plan", r.dir);
	good &= r.status == -1 && !system(given);
	if (!*options)
		run_plan(&r, "last", "a", 20);
	run_mmrun(&r, options);
	run_file(&r, "results/tests/test.leaks/given-back", given, sizeof(given));
	good &= r.status == 0 && strstr(given, "thp.defrag given back") &&
		strstr(given, "ksm.pages_to_scan given back") && strstr(given, "shm.sysv.") &&
		strstr(given, "leak given back") && !strstr(given, "kept");
	if (!good) {
		printf("# %s\n", given);
		run_show(&r);
	}
	unit_ok(u, good, name);
	run_end(&r);
}

int main(int argc, char **argv)
{
	struct unit u = { 0 };

	(void)argc;
	unit_begin();
	for (size_t i = 0; i < COUNT(table); i++)
		one_leak(&u, argv[0], i);
	killed(&u, argv[0], "", "killed.next_run");
	killed(&u, argv[0], "--clean-up", "killed.clean_up");
	return unit_end(&u);
}
