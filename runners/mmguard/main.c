// SPDX-License-Identifier: GPL-2.0-only
/* mmguard: the front end of the suite.  Here only the choice of a command. */
#include "cli.h"
#include "common/protocol.h"
#include "util.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifndef MMGUARD_VERSION
#define MMGUARD_VERSION "0"
#endif

static const char usage[] =
	"usage: mmguard list [--json] [SELECTOR...]      what there is\n"
	"       mmguard run [OPTION...] [SELECTOR...]    run it here, in a guest or over ssh\n"
	"       mmguard report RUN                       make the reports of a run again\n"
	"       mmguard tap FILE...                      read any log that holds KTAP\n"
	"       mmguard lab build|run|prove              one kernel with all bugs, and which\n"
	"                                                scenario catches which\n"
	"\n"
	"A SELECTOR is a glob over area.program.scenario[.kind]; it covers all that lies "
	"below.\n"
	"'mmguard COMMAND --help' lists the options of a command.\n"
	"\n"
	"exit: 0 as expected, 1 unexpected failures, 2 usage, 3 the runner failed, 4 nothing "
	"ran,\n"
	"      5 the machine crashed, 6 interrupted\n";

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	/* Results are there to be read by others. */
	umask(022);
	if (!strcmp(word, "list"))
		return cmd_list(argc - 1, argv + 1);
	if (!strcmp(word, "run"))
		return cmd_run(argc - 1, argv + 1);
	if (!strcmp(word, "report"))
		return cmd_report(argc - 1, argv + 1);
	if (!strcmp(word, "tap"))
		return cmd_tap(argc - 1, argv + 1);
	if (!strcmp(word, "lab"))
		return cmd_lab(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		fputs(usage, stdout);
		return MMG_EXIT_OK;
	}
	if (!strcmp(word, "--version")) {
		puts("mmguard " MMGUARD_VERSION);
		return MMG_EXIT_OK;
	}
	if (*word)
		mg_error("unknown command '%s'", word);
	fputs(usage, stderr);
	return MMG_EXIT_USAGE;
}
