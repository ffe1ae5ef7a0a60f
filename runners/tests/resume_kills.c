// SPDX-License-Identifier: GPL-2.0-only
/*
 * resume_kills [KILLS [SEED]]: mmrun, mmguard or both are killed at random points of runs of
 * trivial programs, the journal is torn now and then, and the runs go on until they are
 * finished. Every case has exactly one result and is done at most once, and nothing of a killed
 * program stays, neither processes nor what it had changed on the machine.
 */
#include "kills/setting.h"
#include "once.h"
#include "unit.h"
#include "victim.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A run is about so long, milliseconds. */
#define RUN_MS 800
/* Kills without an end after which a run is not killed any more. */
#define KILLS_OF_RUN 12

struct campaign {
	char here[PATH_MAX]; /* where the programs lie */
	char *results;
	char *dir; /* of the run, NULL before it is known */
	int kills, wanted;
	int of_run; /* kills of this run */
	int runs, reboots;
	bool rebooted; /* this run saw another boot_id */
	char *setting; /* as it was at the beginning */
};

/* Starts mmguard on a new run, or on the one that is there. */
static pid_t start(const struct campaign *c, bool again)
{
	char *mmguard = xasprintf("%s/../mmguard", c->here);
	char *log = xasprintf("%s/log", c->results);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen(log, "a", stdout) || dup2(1, 2) < 0)
			_exit(127);
		if (c->dir)
			execl(mmguard, "mmguard", "run", "--resume", c->dir,
			      again ? "--again" : NULL, NULL);
		else
			execl(mmguard, "mmguard", "run", "--results", c->results, "kills",
			      NULL);
		_exit(127);
	}
	free(log);
	free(mmguard);
	return pid;
}

/* true: it was killed; false: it ended before. */
static bool kill_at_random(pid_t mmguard)
{
	long whom = victim_draw(3);
	int status;
	pid_t mmrun;

	usleep((useconds_t)victim_draw(RUN_MS) * 1000);
	if (waitpid(mmguard, &status, WNOHANG) == mmguard)
		return false;
	mmrun = victim_child(mmguard, "mmrun");
	if (whom != 0)
		kill(mmguard, SIGKILL);
	if (whom != 1 && mmrun > 0)
		kill(mmrun, SIGKILL);
	waitpid(mmguard, &status, 0);
	/* mmrun alone was to be killed and was not there: nothing happened. */
	return WIFSIGNALED(status) || mmrun > 0;
}

/* What a power cut does to a journal whose last line was not on the disk. */
static void tear(const char *dir)
{
	char *path = xasprintf("%s/journal.jsonl", dir);
	size_t len = 0;
	char *text = file_read(path, 1 << 20, &len), *last;
	FILE *f = fopen(path, "a");

	if (text && len > 1) {
		text[len - 1] = '\0';
		last = strrchr(text, '\n') ?: text;
		if (victim_draw(2) && strstr(last, "\"end\"") &&
		    truncate(path, (off_t)len - 1 - victim_draw((long)strlen(last) - 1)))
			perror("# truncate");
		else if (f && victim_draw(2))
			fputs("{\"event\":\"sta", f);
		else if (f)
			fwrite("\0\0\0\0\0\0\0\0", 1, 8, f);
	}
	if (f)
		fclose(f);
	free(text);
	free(path);
}

/* The journal as it looks after a reboot: its boot is another one. */
static void reboot_machine(struct campaign *c)
{
	char *path = xasprintf("%s/journal.jsonl", c->dir);
	char *text = file_read(path, 1 << 20, NULL), *p = text;

	while (p && (p = strstr(p, "\"boot_id\":\""))) {
		p += strlen("\"boot_id\":\"");
		if (*p != '"')
			*p = *p == 'x' ? 'x' : 'x';
	}
	if (text && !file_write(path, text, strlen(text))) {
		c->rebooted = true;
		c->reboots++;
	}
	free(text);
	free(path);
}

/* The run's directory, as soon as there is one that can go on. */
static void find_dir(struct campaign *c)
{
	char *latest = xasprintf("%s/latest", c->results);
	char *info = xasprintf("%s/run.json", latest);

	free(c->dir);
	c->dir = access(info, F_OK) ? NULL : realpath(latest, NULL);
	free(info);
	free(latest);
}

/* A case passed, or was the one that ran. */
static bool as_wanted(json_t *result, void *arg)
{
	const struct campaign *c = arg;
	const char *verdict = json_string_value(json_object_get(result, "verdict"));
	const char *reason = json_string_value(json_object_get(result, "reason"));

	if (!verdict || !reason)
		return false;
	return !strcmp(verdict, "PASS") || (!strcmp(verdict, "CRASH") && c->rebooted) ||
	       (!strcmp(verdict, "MISSING") && !strncmp(reason, "stopped while it ran", 20));
}

static bool passed_or_crashed(json_t *result, void *arg)
{
	const struct campaign *c = arg;
	const char *verdict = json_string_value(json_object_get(result, "verdict"));

	return verdict &&
	       (!strcmp(verdict, "PASS") || (!strcmp(verdict, "CRASH") && c->rebooted));
}

/* Processes that carry the name of the run. */
static int count_leftovers(const char *dir)
{
	char *entry = xasprintf("MMGUARD_RUN=%s", dir);
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		char *path = xasprintf("/proc/%s/environ", e->d_name);
		size_t len = 0;
		char *text = atoi(e->d_name) > 0 ? file_read(path, 1 << 20, &len) : NULL;

		n += text && memmem(text, len, entry, strlen(entry) + 1);
		free(text);
		free(path);
	}
	if (d)
		closedir(d);
	free(entry);
	return n;
}

/* Did the machine get its setting back?  After a restart that was none nobody gives it back. */
static bool given_back(const struct campaign *c)
{
	char *now = file_read(KILLS_SETTING, 100, NULL);
	bool same = !now || !c->setting || !strcmp(now, c->setting);
	FILE *f;

	if (!same) {
		if (!c->rebooted)
			printf("# " KILLS_SETTING ": expected %s, found %s", c->setting, now);
		f = fopen(KILLS_SETTING, "w");
		if (f) {
			fputs(c->setting, f);
			fclose(f);
		}
	}
	free(now);
	return same || c->rebooted;
}

/* Lets a run be killed until it ends by itself. */
static void run_to_its_end(struct campaign *c)
{
	c->of_run = 0;
	c->rebooted = false;
	free(c->dir);
	c->dir = NULL;
	for (;;) {
		pid_t pid = start(c, false);
		bool tired = c->kills >= c->wanted || c->of_run >= KILLS_OF_RUN;
		int status;

		if (tired) {
			waitpid(pid, &status, 0);
			return;
		}
		if (!kill_at_random(pid))
			return;
		c->kills++;
		c->of_run++;
		find_dir(c);
		if (!c->dir)
			continue;
		if (!victim_draw(3))
			tear(c->dir);
		if (!c->rebooted && !victim_draw(4))
			reboot_machine(c);
	}
}

static void one_run(struct campaign *c, struct unit *u)
{
	char name[120];
	bool good;
	int status;
	pid_t pid;

	run_to_its_end(c);
	find_dir(c);
	c->runs++;
	good = c->dir && !once_check(c->dir, as_wanted, c);
	if (good) {
		pid = start(c, true);
		waitpid(pid, &status, 0);
		good = !once_check(c->dir, passed_or_crashed, c);
	}
	snprintf(name, sizeof(name), "run %d, killed %d times%s", c->runs, c->of_run,
		 c->rebooted ? ", rebooted once" : "");
	if (!unit_ok(u, good, name))
		printf("# see %s\n", c->dir ? c->dir : c->results);
	snprintf(name, sizeof(name), "nothing is left of run %d", c->runs);
	unit_ok(u, c->dir && !count_leftovers(c->dir) && given_back(c), name);
	fflush(stdout);
	/* latest must not be the run before when the next one dies early. */
	if (c->dir && good)
		remove_tree(c->dir);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/mmguard-kills.XXXXXX", self[PATH_MAX], *libexec;
	unsigned int seed = argc > 2 ? (unsigned int)atoi(argv[2]) : (unsigned int)time(NULL);
	struct campaign c = { .wanted = argc > 1 ? atoi(argv[1]) : 10 };
	struct unit u = { 0 };

	if (!realpath("/proc/self/exe", self) || !mkdtemp(dir))
		return 2;
	snprintf(c.here, sizeof(c.here), "%s", dirname(self));
	c.results = dir;
	libexec = xasprintf("%s/kills/libexec", c.here);
	c.setting = file_read(KILLS_SETTING, 100, NULL);
	setenv("MMGUARD_LIBEXEC", libexec, 1);
	setenv("MMGUARD_LOCK", xasprintf("%s/lock", dir), 1);
	unit_begin();
	printf("# seed %u\n", seed);
	srandom(seed);
	while (c.kills < c.wanted)
		one_run(&c, &u);
	printf("# %d kills in %d runs, %d reboots\n", c.kills, c.runs, c.reboots);
	if (!u.failed)
		remove_tree(dir);
	return unit_end(&u);
}
