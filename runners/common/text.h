/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that a test, a dying kernel or a file name brought, before somebody sees it.
 */
#ifndef MMGUARD_TEXT_H
#define MMGUARD_TEXT_H

#include <stddef.h>

/*
 * Bytes of the UTF-8 sequence at @s, which XML 1.0 allows; 0 when it forbids it or
 * when it is none.
 */
size_t text_char(const char *s);

/*
 * Replaces in place, byte by byte with '?', what a terminal could take for a command
 * or what could make a line look like another: control characters of both sets,
 * newlines, marks that turn the direction of writing, and what is no UTF-8.
 */
void text_printable(char *s);

/*
 * The next field of a line of a plan, up to a tab, with \t, \n and \\ in it undone in place.
 * *rest is moved behind it; NULL when there is none.
 */
char *text_field(char **rest);

#endif
