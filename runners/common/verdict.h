/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdicts, their order, and what a KTAP result line means.
 */
#ifndef MMGUARD_VERDICT_H
#define MMGUARD_VERDICT_H

#include <stdbool.h>

/*
 * In the order of worst-of: the verdict of a group is its highest member.
 * SKIP stands below PASS, so that a group is SKIP only when all of it is.
 */
enum verdict {
	V_HELD,	   /* not run: it would harm this machine on this kernel */
	V_SKIP,	   /* the machine or kernel lacks what it needs */
	V_PASS,	   /* the promise was kept */
	V_XFAIL,   /* failed, as a known issue says */
	V_XPASS,   /* passed, though a known issue says it fails */
	V_LEAK,	   /* passed, but left the machine changed */
	V_DIRTY,   /* passed, but the kernel log shows a new warning */
	V_BROKEN,  /* the test could not do its set-up, or spoke nonsense */
	V_MISSING, /* planned, never reported */
	V_FLAKY,   /* passed and failed in one run */
	V_FAIL,	   /* the kernel broke its promise */
	V_TIMEOUT, /* did not end in time */
	V_STUCK,   /* cannot be killed */
	V_CRASH,   /* the kernel died */
	V_COUNT
};

enum ktap_directive {
	KTAP_D_NONE,
	KTAP_D_SKIP,
	KTAP_D_TODO,
	KTAP_D_XFAIL,
	KTAP_D_XPASS,
	KTAP_D_TIMEOUT,
	KTAP_D_ERROR,
	KTAP_D_EXIT, /* exit=N; the text after the directive is N */
};

/* "PASS" and so on; "?" for a number that is no verdict. */
const char *verdict_name(enum verdict v);

/* Reads a name as verdict_name() writes it into *v; false when unknown. */
bool verdict_parse(const char *name, enum verdict *v);

enum verdict verdict_worst(enum verdict a, enum verdict b);

/* True when nobody has to look: PASS SKIP XFAIL HELD. */
bool verdict_quiet(enum verdict v);

/* True when the exit status stays 0: the quiet ones and XPASS. */
bool verdict_expected(enum verdict v);

/*
 * What a result line says by itself. @why is the text after the directive, may
 * be NULL. TIMEOUT whose text begins with "stuck:" is STUCK. A directive that
 * contradicts "ok" wins: "ok # ERROR" is BROKEN, "ok # exit=1" is FAIL. None makes a
 * failure a pass: "not ok # XPASS" is FAIL.
 */
enum verdict verdict_from_ktap(bool ok, enum ktap_directive d, const char *why);

#endif
