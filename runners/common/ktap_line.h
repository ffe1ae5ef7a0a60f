/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of KTAP: cleaning and recognising. Private to the KTAP reader.
 */
#ifndef MMGUARD_KTAP_LINE_H
#define MMGUARD_KTAP_LINE_H

#include "ktap.h"

enum ktap_token_type {
	KTAP_T_NONE,
	KTAP_T_VERSION,
	KTAP_T_PLAN,
	KTAP_T_RESULT,
	KTAP_T_SUBTEST, /* "# Subtest: name" */
	KTAP_T_TITLE,	/* "# selftests: name" in front of a nested stream */
	KTAP_T_BAIL,
};

struct ktap_token {
	enum ktap_token_type type;
	size_t prefix; /* bytes of indent and "# " in front of it */
	bool ok;
	bool numbered;
	bool overflow; /* the number does not fit */
	unsigned long number;
	enum ktap_directive directive;
	char *name;
	char *why;
};

/*
 * Copies @n bytes to @out (KTAP_LINE_MAX + 1 bytes) without NULs and escape
 * sequences, bad UTF-8 and control characters as '?'. CR stays. Returns the
 * length.
 */
size_t ktap_clean(const char *s, size_t n, char *out);

/* False when a raw line can be neither KTAP nor a "# " line; a fast look. */
bool ktap_interesting(const char *s, size_t n);

/* Length of a printk prefix at @s, 0 when there is none. */
size_t ktap_printk(const char *s, bool start);

/* Where the first printk prefix or CR in @s is; NULL: nowhere. */
char *ktap_cut(char *s);

/* Recognises @line, which it cuts up; strings of @t point into it. */
void ktap_tokenise(char *line, struct ktap_token *t);

#endif
