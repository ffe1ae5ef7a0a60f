/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a test program needs from its ELF section .mmguard.needs, of any
 * class, byte order and machine, without running it.
 */
#ifndef MMGUARD_NEEDS_H
#define MMGUARD_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

enum needs_harm { HARM_NONE, HARM_RESERVES, HARM_CRASHES };

struct needs {
	char *area;
	char *program;
	char *summary; /* "" when the program gives none */
	char **kinds;
	size_t nkinds;
	char **scenarios;
	size_t nscenarios;
	bool root, swap, block, gup_test;
	unsigned long hugepages; /* pages of the default size added to the pool */
	unsigned long gigantic;	 /* 1 GiB pages */
	unsigned long cpus;	 /* 0: any */
	unsigned long nodes;	 /* 0: any */
	unsigned long memory;	 /* MiB, 0: any */
	unsigned long seconds;	 /* hang guard of the whole program */
	double budget;		 /* of one timed loop, seconds */
	enum needs_harm harm;
	bool full; /* profile: full */
};

/* Hang guard of a program that gives none, seconds. */
#define NEEDS_SECONDS_DEFAULT 60

/* Budget of a program that gives none, seconds; the same number is in lib/needs.h. */
#define NEEDS_BUDGET_DEFAULT 1.0

/* Number of cases: scenarios times kinds, scenarios when there are no kinds. */
size_t needs_ncases(const struct needs *n);

/*
 * Name of case @i in the order of PROG -l, into @buf. Returns the length it has
 * (as snprintf does), -1 when there is no such case.
 */
int needs_case(const struct needs *n, size_t i, char *buf, size_t len);

/*
 * Reads the section of the program at @path. 0, or -1 with "path: what is wrong"
 * in @err. *n is to be freed with needs_free() on success only.
 */
int needs_read(const char *path, struct needs *n, char *err, size_t errlen);

/* The same from the text of the section: "key: value" lines, also NULs between. */
int needs_parse(const char *text, size_t len, struct needs *n, char *err, size_t errlen);

void needs_free(struct needs *n);

#endif
