// SPDX-License-Identifier: GPL-2.0-only
/* The options of "mmguard lab"; all sub-commands share them. */
#include "common/protocol.h"
#include "lab.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: mmguard lab build [--source WORD] [--config FRAGMENT]... [--fresh]\n"
	"       mmguard lab run   [OPTION...] [SELECTOR...]\n"
	"       mmguard lab control --bugs GLOB [OPTION...] [SELECTOR...]\n"
	"       mmguard lab prove [OPTION...] SCENARIO...\n"
	"       mmguard lab real RUN-OF-AN-OLD-KERNEL RUN-OF-A-NEW-ONE\n"
	"  --source WORD      deb:X (see configs/kernels) or the path of a kernel tree "
	"(deb:6.1)\n"
	"  --config FRAGMENT  on top of configs/kernel/base.config; a name there or a path\n"
	"  --fresh            build: unpack and build from nothing\n"
	"  --bugs GLOB        run: only these, by number, name, area or area.name\n"
	"  --jobs N           run: so many guests at a time, 1 to 64 (default 1)\n"
	"  --all              run: every bug against all areas, not the quick profile of its "
	"own\n"
	"  --again            run: also what has a result already\n"
	"  --append CMDLINE   run: more of the guest's kernel command line\n"
	"  --limit SECONDS    run: stop a bug after this time once an assertion has caught it\n"
	"                     (default 120, 0 for never)\n"
	"  --peer DIR         run: also the programs of another suite, as mmguard run --from "
	"does\n"
	"  --peer-append CMDLINE  run: more of the kernel command line of its guests\n"
	"  --peer-only        run: nothing of ours; what was run before stands in the matrix\n"
	"  --slow F           run: factor on every deadline, at least 1\n"
	"  --results DIR      where the matrix is kept (default results/lab-<version>)\n"
	"  --expect           run: compare with configs/bugs/expected-<version>; 1 when a bug\n"
	"                     that was caught is missed\n";

enum {
	OPT_SOURCE = 1,
	OPT_CONFIG,
	OPT_BUGS,
	OPT_JOBS,
	OPT_APPEND,
	OPT_LIMIT,
	OPT_PEER,
	OPT_PEER_APPEND,
	OPT_PEER_ONLY,
	OPT_SLOW,
	OPT_RESULTS,
	OPT_ALL,
	OPT_AGAIN,
	OPT_FRESH,
	OPT_EXPECT,
	OPT_HELP
};

static const struct option options[] = { { "source", required_argument, NULL, OPT_SOURCE },
					 { "config", required_argument, NULL, OPT_CONFIG },
					 { "bugs", required_argument, NULL, OPT_BUGS },
					 { "jobs", required_argument, NULL, OPT_JOBS },
					 { "append", required_argument, NULL, OPT_APPEND },
					 { "limit", required_argument, NULL, OPT_LIMIT },
					 { "peer", required_argument, NULL, OPT_PEER },
					 { "peer-append", required_argument, NULL,
					   OPT_PEER_APPEND },
					 { "peer-only", no_argument, NULL, OPT_PEER_ONLY },
					 { "slow", required_argument, NULL, OPT_SLOW },
					 { "results", required_argument, NULL, OPT_RESULTS },
					 { "all", no_argument, NULL, OPT_ALL },
					 { "again", no_argument, NULL, OPT_AGAIN },
					 { "fresh", no_argument, NULL, OPT_FRESH },
					 { "expect", no_argument, NULL, OPT_EXPECT },
					 { "help", no_argument, NULL, OPT_HELP },
					 { 0 } };

static void set_string(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

static const char *set_jobs(unsigned long *jobs, const char *value)
{
	char *end;

	*jobs = strtoul(value, &end, 10);
	return *value && !*end && *jobs >= 1 && *jobs <= 64 ? NULL : "is a number from 1 to 64";
}

static const char *set_limit(unsigned long *limit, const char *value)
{
	char *end;

	*limit = strtoul(value, &end, 10);
	return *value && !*end && *limit <= 86400 ? NULL : "is a number of seconds";
}

static const char *set_slow(double *slow, const char *value)
{
	char *end;

	*slow = strtod(value, &end);
	return *value && !*end && isfinite(*slow) && *slow >= 1 && *slow <= 1000
		       ? NULL
		       : "is a factor from 1 to 1000";
}

static void set_flag(struct lab_options *o, int which)
{
	o->all |= which == OPT_ALL;
	o->again |= which == OPT_AGAIN;
	o->fresh |= which == OPT_FRESH;
	o->expect |= which == OPT_EXPECT;
	o->peer_only |= which == OPT_PEER_ONLY;
}

/* NULL, or what the value should have been. */
static const char *set_option(struct lab_options *o, int which, const char *value)
{
	switch (which) {
	case OPT_SOURCE:
		set_string(&o->source, value);
		return *value ? NULL : "is deb:X or a path";
	case OPT_CONFIG:
		strv_add(&o->config, value);
		return *value ? NULL : "is a fragment";
	case OPT_BUGS:
		strv_add(&o->bugs, value);
		break;
	case OPT_JOBS:
		return set_jobs(&o->jobs, value);
	case OPT_APPEND:
		set_string(&o->append, value);
		return strchr(value, '\n') ? "is one line" : NULL;
	case OPT_PEER:
		free(o->peer);
		o->peer = realpath(value, NULL);
		return o->peer ? NULL : "is a directory";
	case OPT_PEER_APPEND:
		set_string(&o->peer_append, value);
		return strchr(value, '\n') ? "is one line" : NULL;
	case OPT_LIMIT:
		return set_limit(&o->limit, value);
	case OPT_SLOW:
		return set_slow(&o->slow, value);
	case OPT_RESULTS:
		set_string(&o->results, value);
		return *value ? NULL : "is a directory";
	default:
		set_flag(o, which);
	}
	return NULL;
}

int lab_options_parse(struct lab_options *o, int argc, char **argv)
{
	int which;

	*o = (struct lab_options){ .source = xstrdup("deb:6.1"),
				   .append = xstrdup(""),
				   .peer_append = xstrdup(""),
				   .jobs = 1,
				   .limit = 120 };
	argv[0] = "mmguard"; /* how getopt_long() calls us */
	while ((which = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		const char *wrong;

		if (which == OPT_HELP || which == 'h') {
			fputs(help, stdout);
			return MMG_EXIT_OK;
		}
		if (which == '?')
			return MMG_EXIT_USAGE;
		wrong = set_option(o, which, optarg);
		if (wrong) {
			mg_error("--%s: '%s' %s", options[which - 1].name, optarg, wrong);
			return MMG_EXIT_USAGE;
		}
	}
	for (; optind < argc; optind++)
		strv_add(&o->selectors, argv[optind]);
	return -1;
}

void lab_options_free(struct lab_options *o)
{
	free(o->source);
	free(o->results);
	free(o->append);
	free(o->peer);
	free(o->peer_append);
	strv_free(&o->config);
	strv_free(&o->bugs);
	strv_free(&o->selectors);
}
