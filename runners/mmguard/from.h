/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of others: an installed tree of kernel selftests, or any directory of programs that
 * speak KTAP.  What they need and which cases they have is not known before they have run; one
 * that does not speak KTAP has one result, its exit status.
 */
#ifndef MG_FROM_H
#define MG_FROM_H

#include "catalog.h"

/* The list of a tree: our own, which may give arguments, and the one kselftest installs. */
#define FROM_OUR_LIST	    "mmguard-list"
#define FROM_KSELFTEST_LIST "kselftest-list.txt"
/* Shared by the scripts of all collections of a kselftest tree. */
#define FROM_KSELFTEST_DIR "kselftest"

/* Hang guard in seconds without a "timeout=" in the collection's settings, as in kselftest. */
#define FROM_SECONDS 45
/* Where "timeout=0" says that there is none: a month. */
#define FROM_SECONDS_NONE (30ul * 86400)

/*
 * The programs of @dir (an absolute path) in the order of its list, or without a list its
 * executables and those of its sub-directories by name.  0, or -1 with a message.
 */
int from_load(struct catalog *c, const char *dir);

/* The hang guard of all of them, whatever their settings say. */
void from_set_seconds(struct catalog *c, unsigned long seconds);

/* The program a script begins with "#!" for, and its argument if any: words of @w.  false when
 * it is no script. */
bool script_interpreter(const char *path, struct strv *w);
/* Is it a file of text that names no interpreter?  A shell runs it. */
bool from_text_program(const char *path);
#endif
