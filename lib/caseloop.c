// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "caseloop.h"
#include "guard.h"
#include "needs.h"
#include "report.h"
#include "tasks.h"

#define SELECT_MAX 512

struct loop {
	const struct mm_case *cases;
	size_t n;
	bool (*call)(void *test, void *variant);
	const char *select[SELECT_MAX];
	int selects;
	struct mm_outcome *outcome; /* shared with the case */
	pid_t keep[8];		    /* not to be killed: the guard, and what cannot be */
	int keeps;
	int passed, failed, skipped;
};

double mm_slow(void)
{
	const char *text = getenv("MMGUARD_SLOW");
	double factor = text ? strtod(text, NULL) : 1;

	return factor >= 1 ? factor : 1;
}

double mm_budget(void)
{
	return needs_budget() * mm_slow();
}

static void case_name(const struct mm_case *c, char *name, size_t size)
{
	snprintf(name, size, "%s%s%s", c->scenario, c->kind ? "." : "", c->kind ? c->kind : "");
}

static bool selected(const struct loop *loop, const struct mm_case *c)
{
	char name[128];

	case_name(c, name, sizeof(name));
	for (int i = 0; i < loop->selects; i++)
		if (!fnmatch(loop->select[i], name, 0) || !strcmp(loop->select[i], c->scenario))
			return true;
	return !loop->selects;
}

/*
 * The program is told to end. Should what is not safe in a handler hang, the
 * alarm kills the program, and the guard does the same work from outside.
 */
static void on_term(int sig)
{
	pid_t guard = guard_pid();

	alarm(3);
	tasks_end_all(&guard, 1, 1);
	guard_give_back(GUARD_PROGRAM);
	_exit(128 + sig);
}

static void loop_signals(void (*handler)(int), int how)
{
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(how, &chld, NULL);
	signal(SIGTERM, handler);
	signal(SIGINT, handler);
	signal(SIGHUP, handler);
}

static pid_t start_case(struct loop *loop, const struct mm_case *c)
{
	pid_t pid;

	memset(loop->outcome, 0, sizeof(*loop->outcome));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		loop_signals(SIG_DFL, SIG_UNBLOCK);
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!loop->call(c->test, c->variant))
			mm_fail("a check of the harness failed, see above");
		fflush(NULL);
		_exit(0);
	}
	return pid;
}

/* Waits for the case, or for its deadline: false. */
static bool wait_case(pid_t pid, double deadline, int *status)
{
	struct timespec wait;
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	for (;;) {
		double left = deadline - seconds_now();

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		left = left < 0.2 ? left : 0.2;
		wait.tv_sec = 0;
		wait.tv_nsec = left * 1e9;
		sigtimedwait(&chld, NULL, &wait);
	}
}

static void judge_exit(int status)
{
	if (WIFSIGNALED(status))
		mm_fail("the case was ended by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		mm_fail("the case exited with status %d", WEXITSTATUS(status));
}

static void print_result(struct loop *loop, int k, const char *name, const char *late)
{
	const struct mm_outcome *o = loop->outcome;

	if (late || o->kind == MM_FAILED || o->kind == MM_BROKEN)
		loop->failed++;
	else if (o->kind == MM_SKIPPED)
		loop->skipped++;
	else
		loop->passed++;
	if (late)
		printf("not ok %d %s # TIMEOUT %s\n", k, name, late);
	else if (o->kind == MM_FAILED)
		printf("not ok %d %s\n", k, name);
	else if (o->kind == MM_BROKEN)
		printf("not ok %d %s # ERROR %s\n", k, name, o->reason);
	else if (o->kind == MM_SKIPPED)
		printf("ok %d %s # SKIP %s\n", k, name, o->reason);
	else
		printf("ok %d %s\n", k, name);
}

/* What is left of the case is killed; says so in @late when it cannot be. */
static void end_case(struct loop *loop, char *late, size_t size)
{
	pid_t stuck = tasks_end_all(loop->keep, loop->keeps, 2);

	if (!stuck)
		return;
	if (loop->keeps < (int)(sizeof(loop->keep) / sizeof(loop->keep[0])))
		loop->keep[loop->keeps++] = stuck;
	tasks_print_stack(stuck);
	snprintf(late, size, "stuck: task %d cannot be killed, its kernel stack is above",
		 stuck);
}

/*
 * Waits until the runner has taken down which case begins, if it says that it
 * does (MMGUARD_ACK): should the case take the machine down, it is known.
 */
static void wait_noted(void)
{
	const char *fd = getenv("MMGUARD_ACK");
	struct pollfd p = { .fd = fd ? atoi(fd) : -1, .events = POLLIN };
	char byte;

	fflush(stdout);
	if (fd && poll(&p, 1, 2000 * mm_slow()) == 1 && read(p.fd, &byte, 1) < 0)
		perror("# MMGUARD_ACK");
}

static void run_case(struct loop *loop, const struct mm_case *c, int k)
{
	double start = seconds_now(), limit = c->seconds * mm_slow();
	char name[128], late[128] = "";
	int status = 0;
	pid_t pid;

	case_name(c, name, sizeof(name));
	printf("# case %s\n", name);
	wait_noted();
	pid = start_case(loop, c);
	if (pid < 0) {
		mm_fail("fork: %s", strerror(errno));
	} else {
		guard_case_group(pid);
		if (wait_case(pid, start + limit, &status)) {
			judge_exit(status);
		} else {
			snprintf(late, sizeof(late), "not over after %.0f s", limit);
			tasks_print_stack(pid);
		}
		end_case(loop, late, sizeof(late));
		guard_case_group(0);
	}
	guard_give_back(GUARD_CASE);
	print_result(loop, k, name, late[0] ? late : NULL);
	printf("# time %s %.3f\n", name, seconds_now() - start);
	fflush(stdout);
}

static int run_all(struct loop *loop)
{
	char unmet[400] = "";
	int total = 0, k = 0;

	for (size_t i = 0; i < loop->n; i++)
		total += selected(loop, &loop->cases[i]);
	printf("KTAP version 1\n1..%d\n", total);
	fflush(stdout);
	guard_start();
	loop->keep[loop->keeps++] = guard_pid();
	loop_signals(on_term, SIG_BLOCK);
	if (!needs_met(unmet, sizeof(unmet)))
		printf("# %s\n", unmet);
	for (size_t i = 0; i < loop->n; i++) {
		char name[128];

		if (!selected(loop, &loop->cases[i]))
			continue;
		k++;
		if (!unmet[0]) {
			run_case(loop, &loop->cases[i], k);
			continue;
		}
		case_name(&loop->cases[i], name, sizeof(name));
		printf("ok %d %s # SKIP %s\n", k, name, unmet);
		loop->skipped++;
	}
	fflush(stdout);
	guard_end();
	if (loop->failed)
		return 1;
	return loop->passed ? 0 : 4;
}

static int usage(const char *program, int ret)
{
	fprintf(ret ? stderr : stdout,
		"usage: %s [-l] [-t GLOB]... [--needs]\n"
		"  -l       list the cases\n"
		"  -t GLOB  run the cases that match (may be repeated)\n"
		"  --needs  what this program needs of the machine\n",
		program);
	return ret;
}

static int options(struct loop *loop, int argc, char **argv)
{
	static const struct option longs[] = { { "needs", no_argument, NULL, 'n' },
					       { "list", no_argument, NULL, 'l' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	int opt;

	while ((opt = getopt_long(argc, argv, "lt:h", longs, NULL)) != -1) {
		char name[128];

		switch (opt) {
		case 'n':
			needs_print();
			exit(0);
		case 'l':
			for (size_t i = 0; i < loop->n; i++) {
				case_name(&loop->cases[i], name, sizeof(name));
				puts(name);
			}
			exit(0);
		case 't':
			if (loop->selects == SELECT_MAX) {
				fprintf(stderr, "%s: more than %d -t\n", argv[0], SELECT_MAX);
				return 2;
			}
			loop->select[loop->selects++] = optarg;
			break;
		case 'h':
			exit(usage(argv[0], 0));
		default:
			return usage(argv[0], 2);
		}
	}
	return optind < argc ? usage(argv[0], 2) : 0;
}

static void any_selected(const struct loop *loop, const char *program)
{
	for (size_t i = 0; i < loop->n; i++)
		if (selected(loop, &loop->cases[i]))
			return;
	fprintf(stderr, "%s: no case matches -t %s; -l lists them\n", program, loop->select[0]);
	exit(2);
}

int mm_main(int argc, char **argv, const struct mm_case *cases, size_t n,
	    bool (*call)(void *test, void *variant))
{
	struct loop loop = { .cases = cases, .n = n, .call = call };
	int ret = options(&loop, argc, argv);

	if (ret)
		return ret;
	if (n > MM_CASES_MAX) {
		fprintf(stderr, "%s: %zu cases, at most %d fit\n", argv[0], n, MM_CASES_MAX);
		return 1;
	}
	any_selected(&loop, argv[0]);
	loop.outcome = mmap(NULL, sizeof(*loop.outcome), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (loop.outcome == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	mm_outcome_use(loop.outcome);
	tasks_adopt_orphans();
	return run_all(&loop);
}
