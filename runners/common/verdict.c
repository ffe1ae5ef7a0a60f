/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdicts: names, order, and what a KTAP result line means.
 */
#include <stdlib.h>
#include <string.h>
#include "verdict.h"

static const char *const names[V_COUNT] = {
	[V_HELD] = "HELD",   [V_SKIP] = "SKIP",	    [V_PASS] = "PASS",
	[V_XFAIL] = "XFAIL", [V_XPASS] = "XPASS",   [V_LEAK] = "LEAK",
	[V_DIRTY] = "DIRTY", [V_BROKEN] = "BROKEN", [V_MISSING] = "MISSING",
	[V_FLAKY] = "FLAKY", [V_FAIL] = "FAIL",	    [V_TIMEOUT] = "TIMEOUT",
	[V_STUCK] = "STUCK", [V_CRASH] = "CRASH",
};

const char *verdict_name(enum verdict v)
{
	return (unsigned int)v < V_COUNT ? names[v] : "?";
}

bool verdict_parse(const char *name, enum verdict *v)
{
	for (int i = 0; i < V_COUNT; i++) {
		if (strcmp(name, names[i]))
			continue;
		*v = (enum verdict)i;
		return true;
	}
	return false;
}

enum verdict verdict_worst(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

bool verdict_quiet(enum verdict v)
{
	return v == V_PASS || v == V_SKIP || v == V_XFAIL || v == V_HELD;
}

bool verdict_expected(enum verdict v)
{
	return verdict_quiet(v) || v == V_XPASS;
}

enum verdict verdict_from_ktap(bool ok, enum ktap_directive d, const char *why)
{
	switch (d) {
	case KTAP_D_SKIP:
		return V_SKIP;
	case KTAP_D_TODO:
		return ok ? V_XPASS : V_XFAIL;
	case KTAP_D_XFAIL:
		return V_XFAIL;
	case KTAP_D_XPASS:
		return ok ? V_XPASS : V_FAIL;
	case KTAP_D_TIMEOUT:
		return why && !strncmp(why, "stuck:", 6) ? V_STUCK : V_TIMEOUT;
	case KTAP_D_ERROR:
		return V_BROKEN;
	case KTAP_D_EXIT:
		return ok && why && atoi(why) == 0 ? V_PASS : V_FAIL;
	case KTAP_D_NONE:
		break;
	}
	return ok ? V_PASS : V_FAIL;
}
