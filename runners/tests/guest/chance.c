// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases that panic at a random point while they run. The kernel's command line has
 * "chance=SEED,N,MS": N of them do, chosen by SEED, and the others take MS milliseconds.
 */
#include "chance.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char needs[] __attribute__((section(".mmguard.needs"), used, aligned(1))) =
	"area: deaths\nprogram: chance\n"
	"scenario: a\nscenario: b\nscenario: c\nscenario: d\nscenario: e\n"
	"scenario: f\nscenario: g\nscenario: h\nscenario: i\nscenario: j\n"
	"kind: k0\nkind: k1\nkind: k2\nkind: k3\nkind: k4\n"
	"kind: k5\nkind: k6\nkind: k7\nkind: k8\nkind: k9\n"
	"seconds: 60\nharm: crashes\n";

static bool asked(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "-t") && !strcmp(argv[i + 1], name))
			return true;
	return argc == 1;
}

static void read_chance(unsigned int *seed, int *n, useconds_t *ms)
{
	int fd = open("/proc/cmdline", O_RDONLY);
	char text[4096];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *at;

	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, "chance=");
	if (!at || sscanf(at, "chance=%u,%d,%u", seed, n, ms) != 3)
		*n = 0;
	close(fd);
}

/* Until the runner has noted which case begins. */
static void noted(void)
{
	const char *ack = getenv("MMGUARD_ACK");
	char byte;

	if (ack && read(atoi(ack), &byte, 1) < 0)
		perror("# MMGUARD_ACK");
}

/* While this process goes on, another one pulls the plug. */
static void die(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!fork()) {
		int fd = open("/proc/sysrq-trigger", O_WRONLY);

		usleep((useconds_t)(now.tv_nsec / 1000 % 30000));
		if (write(fd, "c", 1) != 1)
			_exit(1);
	}
	for (;;) {
		puts("# still here");
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	useconds_t ms = 0;
	int k = 0, total = 0, n = 0;
	unsigned int seed = 0;
	char name[32];

	setvbuf(stdout, NULL, _IOLBF, 0);
	read_chance(&seed, &n, &ms);
	for (int i = 0; i < CHANCE_CASES; i++)
		total += asked(argc, argv, chance_name(i, name, sizeof(name)));
	printf("KTAP version 1\n1..%d\n", total);
	for (int i = 0; i < CHANCE_CASES; i++) {
		if (!asked(argc, argv, chance_name(i, name, sizeof(name))))
			continue;
		printf("# case %s\n", name);
		noted();
		if (chance_dies(seed, n, i))
			die();
		usleep(ms * 1000);
		printf("ok %d %s\n", ++k, name);
	}
	return 0;
}
