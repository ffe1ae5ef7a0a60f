// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caseloop.h"
#include "report.h"

/* Set once by the case loop, before the case is forked. */
static struct mm_outcome *current;

void mm_outcome_use(struct mm_outcome *outcome)
{
	current = outcome;
}

/* One write(2) per line: processes that print at once do not mix their lines. */
static void print_line(const char *word, const char *text)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "# %s%s\n", word, text);

	if (n >= (int)sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	if (write(STDOUT_FILENO, line, n) < 0)
		_exit(1);
}

static void record(enum mm_outcome_kind kind, const char *reason)
{
	static const char *const words[] = {
		[MM_PASSED] = "",
		[MM_SKIPPED] = "skip: ",
		[MM_BROKEN] = "broken: ",
		[MM_FAILED] = "fail: ",
	};

	print_line(words[kind], reason);
	if (!current || kind <= current->kind)
		return;
	current->kind = kind;
	snprintf(current->reason, sizeof(current->reason), "%s", reason);
}

#define RECORD(kind, fmt)                                     \
	do {                                                  \
		char reason[400];                             \
		va_list args;                                 \
                                                              \
		va_start(args, fmt);                          \
		vsnprintf(reason, sizeof(reason), fmt, args); \
		va_end(args);                                 \
		record(kind, reason);                         \
	} while (0)

void mm_fail(const char *fmt, ...)
{
	RECORD(MM_FAILED, fmt);
}

bool mm_expect(bool ok, const char *fmt, ...)
{
	if (!ok)
		RECORD(MM_FAILED, fmt);
	return ok;
}

void mm_note(const char *fmt, ...)
{
	RECORD(MM_PASSED, fmt);
}

void mm_skip(const char *fmt, ...)
{
	RECORD(MM_SKIPPED, fmt);
	_exit(0);
}

void mm_broken(const char *fmt, ...)
{
	RECORD(MM_BROKEN, fmt);
	_exit(0);
}

#define PATIENCE     0.5
#define PATIENCE_MAX 2.0

double mm_patience(void)
{
	double seconds = PATIENCE * mm_slow();

	if (current && current->kind == MM_FAILED)
		return PATIENCE / 10;
	return seconds < PATIENCE_MAX ? seconds : PATIENCE_MAX;
}
