/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of mmrun.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mmrun.h"

static const char usage[] =
	"usage: mmrun [--results DIR] [--stream FD|PATH] [--boot K] [--slow F]\n"
	"             [--allow FILE] [--no-cgroups] [--detach] [--plan FILE] [PROGRAM ...]\n"
	"       mmrun --results DIR --clean-up\n"
	"       mmrun --follow FILE [--from BYTE]\n"
	"       mmrun --stop FILE\n"
	"Runs test programs one after the other on this machine.\n"
	"  --results DIR   write journal.jsonl and tests/ below DIR\n"
	"  --stream FD     send the same files as frames; also a path\n"
	"  --boot K        number of this boot in the run, from 1\n"
	"  --slow F        factor on every deadline, at least 1\n"
	"  --allow FILE    what the kernel may say, as configs/kernel-log-allow\n"
	"  --no-cgroups    find the processes of a program without cgroups\n"
	"  --clean-up      run nothing: end what an mmrun that was killed has left running\n"
	"                  and undo what its last program had changed on the machine\n"
	"  --detach        run on in the background; --stream is a file that does not exist\n"
	"  --follow FILE   print the stream of such a run until it is over\n"
	"  --from BYTE     beginning with this byte\n"
	"  --stop FILE     end the run that writes this stream\n"
	"  --plan FILE     lines: area.program<TAB>SECONDS<TAB>PATH<TAB>CASE CASE ...\n"
	"                  or, of other programs, ...<TAB>*<TAB>DIRECTORY<TAB>ARGUMENT...\n"
	"Exit status: 0 as expected, 1 unexpected, 2 usage, 3 mmrun failed,\n"
	"4 nothing ran, 6 interrupted.\n";

static int bad(const char *what, const char *value)
{
	say("%s: %s", what, value);
	return MMG_EXIT_USAGE + 1;
}

static int take(struct options *o, int c, const char *value)
{
	char *end = NULL;
	unsigned long boot;

	switch (c) {
	case 'r':
		o->results = value;
		return 0;
	case 's':
		o->stream = value;
		return 0;
	case 'p':
		o->plan = value;
		return 0;
	case 'd':
		o->detach = true;
		return 0;
	case 'F':
		o->follow = value;
		return 0;
	case 'S':
		o->stop = value;
		return 0;
	case 'o':
		o->from = strtoull(value, &end, 10);
		return *end || !*value ? bad("--from: not a number", value) : 0;
	case 'b':
		boot = strtoul(value, &end, 10);
		o->boot = (unsigned int)boot;
		return *end || !boot || boot > 9999 ? bad("--boot: not a boot number", value)
						    : 0;
	case 'f':
		o->slow = strtod(value, &end);
		return *end || !(o->slow >= 1 && o->slow <= 1000)
			       ? bad("--slow: not between 1 and 1000", value)
			       : 0;
	case 'c':
		o->clean_up = true;
		return 0;
	case 'a':
		o->allow = value;
		return 0;
	case 'n':
		o->no_cgroups = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		fputs(usage, stderr);
		return MMG_EXIT_USAGE + 1;
	}
}

int options_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "results", required_argument, NULL, 'r' },
		{ "stream", required_argument, NULL, 's' },
		{ "plan", required_argument, NULL, 'p' },
		{ "detach", no_argument, NULL, 'd' },
		{ "follow", required_argument, NULL, 'F' },
		{ "from", required_argument, NULL, 'o' },
		{ "stop", required_argument, NULL, 'S' },
		{ "boot", required_argument, NULL, 'b' },
		{ "slow", required_argument, NULL, 'f' },
		{ "clean-up", no_argument, NULL, 'c' },
		{ "allow", required_argument, NULL, 'a' },
		{ "no-cgroups", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, ret = 0;

	*o = (struct options){ .boot = 1, .slow = 1 };
	while (!ret && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		ret = take(o, c, optarg);
	if (ret)
		return ret;
	o->programs = argv + optind;
	o->nprograms = argc - optind;
	if (o->clean_up && (!o->results || o->plan || o->nprograms))
		return bad("--clean-up: goes with --results and with nothing to run",
			   o->nprograms ? o->programs[0] : "");
	if (o->plan && o->nprograms)
		return bad("either --plan or programs, not both", o->programs[0]);
	if (o->detach && !o->stream)
		return bad("--detach", "needs --stream FILE");
	return 0;
}
