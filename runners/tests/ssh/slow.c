// SPDX-License-Identifier: GPL-2.0-only
/* A program of eight cases that take their time, built under several names. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASES 8

static const char needs[] __attribute__((section(".mmguard.needs"), used, aligned(1))) =
	"area: ssh\nprogram: " NAME "\nscenario: a\nscenario: b\nscenario: c\nscenario: d\n"
	"scenario: e\nscenario: f\nscenario: g\nscenario: h\nseconds: 60\n";

static bool asked(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "-t") && !strcmp(argv[i + 1], name))
			return true;
	return argc == 1;
}

/* Until it is noted which case begins. */
static void noted(void)
{
	const char *ack = getenv("MMGUARD_ACK");
	char byte;

	if (ack && read(atoi(ack), &byte, 1) < 0)
		perror("# MMGUARD_ACK");
}

int main(int argc, char **argv)
{
	int k = 0, total = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < CASES; i++)
		total += asked(argc, argv, (char[]){ (char)('a' + i), 0 });
	printf("KTAP version 1\n1..%d\n", total);
	for (int i = 0; i < CASES; i++) {
		char name[] = { (char)('a' + i), 0 };

		if (!asked(argc, argv, name))
			continue;
		printf("# case %s\n", name);
		noted();
		usleep(strcmp(NAME, "long") ? 200000 : 5000000);
		printf("ok %d %s\n", ++k, name);
	}
	return 0;
}
