// SPDX-License-Identifier: GPL-2.0-only
/*
 * deaths KERNEL: programs that take the machine down, run by mmguard in a
 * guest. The culprits are named, nothing else is lost, nothing runs twice.
 */
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name, *verdict;
} wanted[] = {
	{ "deaths.panics.first", "PASS" },     { "deaths.panics.second", "CRASH" },
	{ "deaths.panics.third", "PASS" },     { "deaths.passes.first", "PASS" },
	{ "deaths.passes.second", "PASS" },    { "deaths.passes.third", "PASS" },
	{ "deaths.powers_off.first", "PASS" }, { "deaths.powers_off.second", "CRASH" },
	{ "deaths.powers_off.third", "PASS" },
};
#define WANTED (sizeof(wanted) / sizeof(wanted[0]))

/* Runs mmguard on the programs beside this one; returns its exit status. */
static int run_mmguard(const char *here, const char *kernel, const char *results)
{
	char mmguard[PATH_MAX + 32], libexec[PATH_MAX + 32];
	int status;
	pid_t pid;

	snprintf(mmguard, sizeof(mmguard), "%s/../../mmguard", here);
	snprintf(libexec, sizeof(libexec), "%s/libexec", here);
	pid = fork();
	if (pid == 0) {
		setenv("MMGUARD_LIBEXEC", libexec, 1);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(mmguard, "mmguard", "run", "--kernel", kernel, "--results", results,
		      "deaths", NULL);
		perror(mmguard);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The verdict of a test in results.json, "" when it is not there exactly once. */
static const char *verdict_of(json_t *tests, const char *name)
{
	const char *found = "";
	int times = 0;
	json_t *test;
	size_t i;

	json_array_foreach(tests, i, test)
	{
		const char *n = json_string_value(json_object_get(test, "name"));

		if (!n || strcmp(n, name))
			continue;
		found = json_string_value(json_object_get(test, "verdict"));
		times++;
	}
	return times == 1 && found ? found : "";
}

/* A file of the newest run below @results: there is one run only. */
static json_t *load(const char *results)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/latest/results.json", results);
	return json_load_file(path, 0, NULL);
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], dir[] = "/tmp/mmguard-deaths.XXXXXX", results[64];
	int status, failed = 0;
	json_t *tests;

	if (argc != 2 || !realpath(argv[0], self) || !mkdtemp(dir)) {
		fprintf(stderr, "usage: deaths KERNEL (as for mmguard run --kernel)\n");
		return 2;
	}
	snprintf(results, sizeof(results), "%s/run", dir);
	status = run_mmguard(dirname(self), argv[1], results);
	tests = json_object_get(load(results), "tests");
	printf("KTAP version 1\n1..%zu\n", WANTED + 2);
	for (size_t i = 0; i < WANTED; i++) {
		const char *got = verdict_of(tests, wanted[i].name);
		bool good = !strcmp(got, wanted[i].verdict);

		if (!good)
			printf("# expected %s, found %s\n", wanted[i].verdict, got);
		printf("%sok %zu %s\n", good ? "" : "not ", i + 1, wanted[i].name);
		failed |= !good;
	}
	printf("%sok %zu nothing_else\n", json_array_size(tests) == WANTED ? "" : "not ",
	       WANTED + 1);
	printf("# exit status %d\n%sok %zu exit_status\n", status, status == 5 ? "" : "not ",
	       WANTED + 2);
	failed |= status != 5 || json_array_size(tests) != WANTED;
	if (failed)
		printf("# see %s\n", results);
	return failed;
}
