// SPDX-License-Identifier: GPL-2.0-only
/*
 * deaths KERNEL [PANICS [CUTS [SEED]]]: programs that take the machine down, run by mmguard in
 * a guest. The culprits are named, nothing else is lost, nothing runs twice. With numbers, so
 * many panics at random points, and so many power cuts (QEMU is killed) and kills of mmguard.
 */
#include "wanted.h"
#include "../once.h"
#include "../unit.h"
#include "../victim.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Panics of one run, and cuts after which a run is left alone. */
#define PANICS_OF_RUN 50
#define CUTS_OF_RUN   25
/* From the start of a boot to its cut, milliseconds; a case takes CASE_MS. */
#define CUT_MIN_MS 400
#define CUT_MAX_MS 1600
#define CASE_MS	   60

struct deaths {
	const char *kernel;
	char here[PATH_MAX];
	char *results;
	unsigned int seed;
	int panics;	    /* of this run: so many cases die */
	int cuts;	    /* of this run */
	const char *repeat; /* rounds */
	int died;	    /* cases that are CRASH though they were not to die */
	struct unit u;
};

/* Starts mmguard on a new run, or on the newest. */
static pid_t start(const struct deaths *d, const char *what, int ms, bool resume)
{
	char *mmguard = xasprintf("%s/../../mmguard", d->here);
	char *latest = xasprintf("%s/latest", d->results);
	char *append = xasprintf("chance=%u,%d,%d", d->seed, d->panics, ms);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		if (resume)
			execl(mmguard, "mmguard", "run", "--resume", latest, NULL);
		else
			execl(mmguard, "mmguard", "run", "--kernel", d->kernel, "--results",
			      d->results, "--crashes", "1000", "--append", append, "--memory",
			      "512M", "--nodes", "1", "--repeat", d->repeat, what, NULL);
		perror(mmguard);
		_exit(127);
	}
	free(append);
	free(latest);
	free(mmguard);
	return pid;
}

static bool as_wanted(json_t *result, void *arg)
{
	struct deaths *d = arg;
	const char *name = json_string_value(json_object_get(result, "name"));
	const char *verdict = json_string_value(json_object_get(result, "verdict"));
	const char *want = wanted(name, d->seed, d->panics);

	if (!verdict)
		return false;
	if (!strcmp(verdict, want))
		return true;
	/* Whoever ran when the power was cut. */
	return !strcmp(verdict, "CRASH") && d->died++ < d->cuts;
}

/* How often the journal of the newest run has @event, 0 without one. */
static int count_events(const struct deaths *d, const char *event)
{
	char *path = xasprintf("%s/latest/journal.jsonl", d->results);
	char *text = file_read(path, 16u << 20, NULL);
	char *pattern = xasprintf("\"event\":\"%s\"", event);
	int n = 0;

	for (char *p = text; p && (p = strstr(p, pattern)); p++)
		n++;
	free(pattern);
	free(text);
	free(path);
	return n;
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void judge(struct deaths *d, const char *name, int lost)
{
	char *dir = xasprintf("%s/latest", d->results);
	int bad;

	d->died = 0;
	bad = once_check(dir, as_wanted, d);
	if (!unit_ok(&d->u, !bad && count_events(d, "lost") == lost, name))
		printf("# %d cases are wrong, %d boots were lost, expected %d; see %s\n", bad,
		       count_events(d, "lost"), lost, dir);
	fflush(stdout);
	free(dir);
}

/* All programs, and two of the cases of chance die. */
static void short_run(struct deaths *d)
{
	int status;

	d->panics = 2;
	status = wait_for(start(d, "deaths", 1, false));
	judge(d, "every case has one result, culprits are named", d->panics + 2);
	if (!unit_ok(&d->u, status == 5, "exit status"))
		printf("# expected 5, found %d\n", status);
}

/* The case dies in the second round; its run goes on there, and passes in the third. */
static void rounds_run(struct deaths *d)
{
	char *path = xasprintf("%s/latest/results.json", d->results), *text;
	int status, three = 0;

	d->repeat = "3";
	status = wait_for(start(d, "deaths.panics_later", 1, false));
	d->repeat = "1";
	text = file_read(path, 1 << 20, NULL);
	for (char *p = text; p && (p = strstr(p, "\"runs\": 3")); p++)
		three++;
	if (!unit_ok(&d->u, text && strstr(text, "\"FLAKY\"") && three == 3 && status == 5,
		     "a death in the second of three rounds"))
		printf("# exit status %d, %d cases ran three times; see %s\n", status, three,
		       path);
	free(text);
	free(path);
}

static int panic_run(struct deaths *d, int panics)
{
	char name[80];

	d->panics = panics < PANICS_OF_RUN ? panics : PANICS_OF_RUN;
	wait_for(start(d, "deaths.chance", 1, false));
	snprintf(name, sizeof(name), "%d panics, each named, none lost or doubled", d->panics);
	judge(d, name, d->panics);
	return d->panics;
}

/* Waits for the next boot and cuts it.  0: the run ended, 1: QEMU was killed, 2: mmguard. */
static int cut(const struct deaths *d, pid_t mmguard, int *boots)
{
	bool whole = !victim_draw(4);
	int status;
	pid_t qemu;

	while (count_events(d, "boot") <= *boots) {
		if (waitpid(mmguard, &status, WNOHANG) == mmguard)
			return 0;
		usleep(20000);
	}
	*boots = count_events(d, "boot");
	usleep((useconds_t)(CUT_MIN_MS + victim_draw(CUT_MAX_MS - CUT_MIN_MS)) * 1000);
	if (waitpid(mmguard, &status, WNOHANG) == mmguard)
		return 0;
	qemu = victim_child(mmguard, "qemu");
	if (!whole && qemu > 0)
		return kill(qemu, SIGKILL) ? 0 : 1;
	kill(mmguard, SIGKILL);
	waitpid(mmguard, &status, 0);
	return 2;
}

static int cut_run(struct deaths *d, int cuts)
{
	int boots = 0, mmguards = 0, qemus = 0, what;
	int want = cuts < CUTS_OF_RUN ? cuts : CUTS_OF_RUN;
	char *latest = xasprintf("%s/latest", d->results), name[120];
	pid_t pid;

	/* Not the journal of the run before. */
	unlink(latest);
	free(latest);
	d->panics = 0;
	pid = start(d, "deaths.chance", CASE_MS, false);
	while (qemus + mmguards < want && (what = cut(d, pid, &boots))) {
		qemus += what == 1;
		mmguards += what == 2;
		if (what == 2)
			pid = start(d, "", 0, true);
	}
	if (qemus + mmguards >= want)
		wait_for(pid);
	d->cuts = qemus;
	snprintf(name, sizeof(name),
		 "%d power cuts and %d kills of mmguard, none lost or doubled", qemus,
		 mmguards);
	judge(d, name, count_events(d, "lost"));
	d->cuts = 0;
	return qemus + mmguards;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], dir[] = "/tmp/mmguard-deaths.XXXXXX", *libexec;
	int panics = argc > 2 ? atoi(argv[2]) : 0, cuts = argc > 3 ? atoi(argv[3]) : 0;
	struct deaths d = { .repeat = "1",
			    .seed = argc > 4 ? (unsigned int)atoi(argv[4])
					     : (unsigned int)time(NULL) % 100000 };

	if (argc < 2 || !realpath("/proc/self/exe", self) || !mkdtemp(dir)) {
		fprintf(stderr, "usage: deaths KERNEL [PANICS [CUTS [SEED]]]\n");
		return 2;
	}
	d.kernel = argv[1];
	d.results = dir;
	snprintf(d.here, sizeof(d.here), "%s", dirname(self));
	libexec = xasprintf("%s/libexec", d.here);
	setenv("MMGUARD_LIBEXEC", libexec, 1);
	unit_begin();
	printf("# seed %u\n", d.seed);
	srandom(d.seed);
	if (argc == 2) {
		short_run(&d);
		rounds_run(&d);
	}
	for (; panics > 0; d.seed++)
		panics -= panic_run(&d, panics);
	while (cuts > 0)
		cuts -= cut_run(&d, cuts);
	if (!d.u.failed)
		remove_tree(dir);
	return unit_end(&d.u);
}
