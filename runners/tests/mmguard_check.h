/* SPDX-License-Identifier: GPL-2.0-only */
/* Results of the unit tests of mmguard whose names are made from tables. */
#ifndef MMGUARD_TESTS_CHECK_H
#define MMGUARD_TESTS_CHECK_H

#include "unit.h"

#include <stdarg.h>

/* One result; the name is printf-like. */
__attribute__((format(printf, 3, 4))) static inline void check(struct unit *u, bool ok,
							       const char *fmt, ...)
{
	char name[256];
	va_list ap;

	if (!u->n)
		unit_begin();
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	unit_ok(u, ok, name);
	fflush(stdout);
}
#endif
