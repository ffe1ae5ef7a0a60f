/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands; each takes its own argv (argv[0] is its name) and returns an exit status of
 * DESIGN. */
#ifndef MG_CLI_H
#define MG_CLI_H

#include "util.h"

int cmd_list(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_tap(int argc, char **argv);
int cmd_lab(int argc, char **argv);

/* Print the scenarios that no bug makes fail (labprove.c).  An exit status. */
int list_unproven(const struct strv *selectors);
#endif
