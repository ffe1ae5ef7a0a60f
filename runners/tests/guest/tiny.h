/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program of three cases without lib/: the second one is a function of its own. */
#ifndef MMGUARD_TINY_H
#define MMGUARD_TINY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TINY(name)                                                               \
	static const char tiny_needs[]                                           \
		__attribute__((section(".mmguard.needs"), used, aligned(1))) =   \
			"area: deaths\nprogram: " #name                          \
			"\nscenario: first\nscenario: second\nscenario: third\n" \
			"seconds: 20\nharm: crashes\n"

static bool tiny_asked(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "-t") && !strcmp(argv[i + 1], name))
			return true;
	return argc == 1;
}

/* Until the runner has noted which case begins. */
static void tiny_noted(void)
{
	const char *ack = getenv("MMGUARD_ACK");
	char byte;

	if (ack && read(atoi(ack), &byte, 1) < 0)
		perror("# MMGUARD_ACK");
}

static int tiny_main(int argc, char **argv, void (*second)(void))
{
	static const char *const names[] = { "first", "second", "third" };
	int k = 0, total = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < 3; i++)
		total += tiny_asked(argc, argv, names[i]);
	printf("KTAP version 1\n1..%d\n", total);
	for (int i = 0; i < 3; i++) {
		if (!tiny_asked(argc, argv, names[i]))
			continue;
		printf("# case %s\n", names[i]);
		tiny_noted();
		if (i == 1)
			second();
		printf("ok %d %s\n", ++k, names[i]);
	}
	return 0;
}

#endif
