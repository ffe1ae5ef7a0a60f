// SPDX-License-Identifier: GPL-2.0-only
/* The options of "mmguard run". */
#include "common/protocol.h"
#include "run.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
	"usage: mmguard run [OPTION...] [SELECTOR...]\n"
	"  --target WHERE      host, vm or ssh:[USER@]HOST (default host; a --kernel other "
	"than\n"
	"                      running means vm)\n"
	"  --remote-dir DIR    where on an ssh target (default ~/.cache/mmguard)\n"
	"  --wait SECONDS      how long an ssh target may be gone (default 900)\n"
	"  --kernel WORD       running, the path of an image, or deb:X (see configs/kernels)\n"
	"  --append CMDLINE    more of the guest's kernel command line\n"
	"  --memory SIZE       memory of the guest, such as 3G or 2048M (default 3G)\n"
	"  --nodes N           NUMA nodes of the guest, 1 to 8 (default 2)\n"
	"  --accel tcg|kvm     how the guest is run (default tcg)\n"
	"  --from DIR          run the programs in DIR instead: installed kernel selftests, or "
	"any\n"
	"                      executables; those without KTAP are judged by their exit "
	"status\n"
	"  --profile NAME      quick or full (default quick; with selectors everything)\n"
	"  --results DIR       where runs are kept (default results)\n"
	"  --shuffle[=SEED]    programs in random order; the seed gives the same order again\n"
	"  --shard I/N         the I-th of N parts of the selection, by programs\n"
	"  --repeat N          all of it N times\n"
	"  --until-fail        again and again until something is unexpected\n"
	"  --soak TIME         again and again for so long: 90s, 30m, 8h\n"
	"  --slow F            factor on every deadline, at least 1\n"
	"  --allow-harm        also run what a known issue says would harm this machine\n"
	"  --crashes N         deaths of the machine after which the run stops (default 10, of "
	"a\n"
	"                      guest 20)\n"
	"  --resume RUN        go on with a run that was cut short; RUN is its directory, its "
	"name\n"
	"                      below results/, or latest. With it only:\n"
	"  --again             also run again what ran when mmrun was killed\n"
	"  --force             although the programs or the kernel are others now\n";

enum {
	OPT_TARGET = 1,
	OPT_REMOTE_DIR,
	OPT_WAIT,
	OPT_KERNEL,
	OPT_APPEND,
	OPT_MEMORY,
	OPT_NODES,
	OPT_ACCEL,
	OPT_FROM,
	OPT_PROFILE,
	OPT_RESULTS,
	OPT_SLOW,
	OPT_HARM,
	OPT_CRASHES,
	OPT_RESUME,
	OPT_AGAIN,
	OPT_FORCE,
	OPT_SHUFFLE,
	OPT_SHARD,
	OPT_REPEAT,
	OPT_UNTIL_FAIL,
	OPT_SOAK,
	OPT_HELP
};

static const struct option options[] = { { "target", required_argument, NULL, OPT_TARGET },
					 { "remote-dir", required_argument, NULL,
					   OPT_REMOTE_DIR },
					 { "wait", required_argument, NULL, OPT_WAIT },
					 { "kernel", required_argument, NULL, OPT_KERNEL },
					 { "append", required_argument, NULL, OPT_APPEND },
					 { "memory", required_argument, NULL, OPT_MEMORY },
					 { "nodes", required_argument, NULL, OPT_NODES },
					 { "accel", required_argument, NULL, OPT_ACCEL },
					 { "from", required_argument, NULL, OPT_FROM },
					 { "profile", required_argument, NULL, OPT_PROFILE },
					 { "results", required_argument, NULL, OPT_RESULTS },
					 { "slow", required_argument, NULL, OPT_SLOW },
					 { "allow-harm", no_argument, NULL, OPT_HARM },
					 { "crashes", required_argument, NULL, OPT_CRASHES },
					 { "resume", required_argument, NULL, OPT_RESUME },
					 { "again", no_argument, NULL, OPT_AGAIN },
					 { "force", no_argument, NULL, OPT_FORCE },
					 { "shuffle", optional_argument, NULL, OPT_SHUFFLE },
					 { "shard", required_argument, NULL, OPT_SHARD },
					 { "repeat", required_argument, NULL, OPT_REPEAT },
					 { "until-fail", no_argument, NULL, OPT_UNTIL_FAIL },
					 { "soak", required_argument, NULL, OPT_SOAK },
					 { "help", no_argument, NULL, OPT_HELP },
					 { 0 } };

/* What a run that goes on can be told anew. */
#define RESUME_OPTIONS                                                                  \
	(1ul << OPT_CRASHES | 1ul << OPT_RESUME | 1ul << OPT_AGAIN | 1ul << OPT_FORCE | \
	 1ul << OPT_SLOW | 1ul << OPT_RESULTS)

static void set_string(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

/* "ssh:HOST", where HOST may be all that ssh takes, also as "ssh://HOST:PORT". */
static const char *set_target(struct run_options *o, const char *value)
{
	const char *host = !strncmp(value, "ssh:", 4) ? value + 4 : NULL;

	if (host && !strncmp(host, "//", 2))
		host = value;
	o->vm = !strcmp(value, "vm");
	free(o->ssh);
	o->ssh = host ? xstrdup(host) : NULL;
	if (host && (!*host || *host == '-' || strpbrk(host, " \t\n")))
		return "names no machine that ssh can reach";
	return host || o->vm || !strcmp(value, "host") ? NULL : "is host, vm or ssh:HOST";
}

static const char *set_wait(unsigned long *seconds, const char *value)
{
	char *end;

	*seconds = strtoul(value, &end, 10);
	return *value && !*end && *seconds >= 1 && *seconds <= 86400
		       ? NULL
		       : "is a number of seconds from 1 to 86400";
}

/* "3G", "2048M" or "2048" (MiB). */
static const char *set_memory(unsigned long *mib, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);
	bool giga = *end == 'G' || *end == 'g';

	if (end == value || (*end && !giga && *end != 'M' && *end != 'm') || (*end && end[1]))
		return "is a size such as 3G or 2048M";
	*mib = giga ? n * 1024 : n;
	return n < (1ul << 24) && *mib >= 256 && *mib <= (1ul << 24) ? NULL
								     : "is at least 256M";
}

static const char *set_nodes(unsigned long *nodes, const char *value)
{
	char *end;

	*nodes = strtoul(value, &end, 10);
	return *value && !*end && *nodes >= 1 && *nodes <= 8 ? NULL : "is a number from 1 to 8";
}

static const char *set_crashes(unsigned int *crashes, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	*crashes = (unsigned int)n;
	return *value && !*end && n >= 1 && n <= 1000 ? NULL : "is a number from 1 to 1000";
}

static const char *set_slow(double *slow, const char *value)
{
	char *end;

	*slow = strtod(value, &end);
	return *value && !*end && isfinite(*slow) && *slow >= 1 && *slow <= 1000
		       ? NULL
		       : "is a factor from 1 to 1000";
}

static const char *set_accel(char **accel, const char *value)
{
	if (strcmp(value, "tcg") && strcmp(value, "kvm"))
		return "is tcg or kvm";
	set_string(accel, value);
	return NULL;
}

/* Absolute, since programs run elsewhere; it may have links in it. */
static const char *set_from(char **from, const char *value)
{
	struct stat st;

	free(*from);
	*from = realpath(value, NULL);
	return *from && !stat(*from, &st) && S_ISDIR(st.st_mode) && (*from)[1]
		       ? NULL
		       : "is no directory";
}

/* NULL, or what the value should have been. */
static const char *set_option(struct run_options *o, bool *given, int which, const char *value)
{
	switch (which) {
	case OPT_TARGET:
		*given = true;
		return set_target(o, value);
	case OPT_REMOTE_DIR:
		set_string(&o->remote_dir, value);
		return *value == '/' && !strpbrk(value, "\t\n\r") ? NULL
								  : "is an absolute path";
	case OPT_WAIT:
		return set_wait(&o->wait, value);
	case OPT_KERNEL:
		set_string(&o->kernel, value);
		break;
	case OPT_APPEND:
		set_string(&o->append, value);
		return strchr(value, '\n') ? "is one line" : NULL;
	case OPT_MEMORY:
		return set_memory(&o->memory, value);
	case OPT_NODES:
		return set_nodes(&o->nodes, value);
	case OPT_ACCEL:
		return set_accel(&o->accel, value);
	case OPT_FROM:
		return set_from(&o->from, value);
	case OPT_PROFILE:
		set_string(&o->profile, value);
		break;
	case OPT_RESULTS:
		set_string(&o->results, value);
		return *value ? NULL : "is a directory";
	case OPT_SLOW:
		return set_slow(&o->slow, value);
	case OPT_HARM:
		o->allow_harm = true;
		break;
	case OPT_CRASHES:
		return set_crashes(&o->crashes, value);
	case OPT_RESUME:
		set_string(&o->resume, value);
		return *value ? NULL : "is a run";
	case OPT_AGAIN:
		o->again = true;
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	case OPT_SHUFFLE:
		return order_set_shuffle(&o->order, value);
	case OPT_SHARD:
		return order_set_shard(&o->order, value);
	case OPT_REPEAT:
		return repeat_set_rounds(&o->repeat, value);
	case OPT_UNTIL_FAIL:
		o->repeat.until_fail = true;
		break;
	case OPT_SOAK:
		return repeat_set_soak(&o->repeat, value);
	}
	return NULL;
}

/* -1 when the kernel word has one of the accepted forms and goes with the target. */
static int check_kernel(struct run_options *o, bool target_given)
{
	bool running = !strcmp(o->kernel, "running");

	if (!running && !strchr(o->kernel, '/') && strncmp(o->kernel, "deb:", 4) &&
	    access(o->kernel, F_OK)) {
		mg_error("--kernel '%s': is running, the path of an image or deb:X with X one "
			 "of "
			 "configs/kernels",
			 o->kernel);
		return MMG_EXIT_USAGE;
	}
	if (!running && !target_given)
		o->vm = true;
	if (o->ssh && o->from) {
		mg_error("--from needs --target host or vm: what its programs need is not "
			 "copied");
		return MMG_EXIT_USAGE;
	}
	if (!o->ssh && o->remote_dir) {
		mg_error("--remote-dir needs --target ssh:HOST");
		return MMG_EXIT_USAGE;
	}
	if (!running && !o->vm) {
		mg_error("--kernel %s needs --target vm", o->kernel);
		return MMG_EXIT_USAGE;
	}
	return -1;
}

/* -1 when a run that goes on is not asked to be another one, and a new one not to go on. */
static int check_resume(const struct run_options *o, unsigned long given)
{
	if (o->resume && !(given & ~RESUME_OPTIONS) && !o->selectors.n)
		return -1;
	if (!o->resume && !o->again && !o->force)
		return -1;
	mg_error(o->resume ? "--resume takes what the run began with; only --again, --force, "
			     "--crashes, --slow and --results go with it"
			   : "--again and --force go with --resume only");
	return MMG_EXIT_USAGE;
}

static const char *option_name(int which)
{
	const struct option *o = options;

	while (o->name && o->val != which)
		o++;
	return o->name ? o->name : "?";
}

int options_parse(struct run_options *o, int argc, char **argv)
{
	bool target_given = false;
	unsigned long given = 0;
	int which;

	*o = (struct run_options){ .kernel = xstrdup("running"),
				   .append = xstrdup(""),
				   .accel = xstrdup(getenv("MMGUARD_ACCEL") ?: "tcg"),
				   .results = xstrdup("results"),
				   .wait = RUN_WAIT,
				   .memory = RUN_MEMORY,
				   .nodes = RUN_NODES };
	strv_add(&o->command, "mmguard");
	for (int i = 0; i < argc; i++)
		strv_add(&o->command, argv[i]);
	argv[0] = "mmguard"; /* how getopt_long() calls us */
	optind = 0;
	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char *wrong;

		if (which == OPT_HELP) {
			fputs(help, stdout);
			return MMG_EXIT_OK;
		}
		if (which == '?')
			return MMG_EXIT_USAGE;
		given |= 1ul << which;
		wrong = set_option(o, &target_given, which, optarg);
		if (wrong) {
			mg_error("--%s: '%s' %s", option_name(which), optarg, wrong);
			return MMG_EXIT_USAGE;
		}
	}
	/* Without a number of rounds only the other bound ends the run. */
	if (!o->repeat.rounds && (o->repeat.until_fail || o->repeat.seconds > 0))
		o->repeat.rounds = ROUNDS_ENDLESS;
	for (; optind < argc; optind++)
		strv_add(&o->selectors, argv[optind]);
	which = check_resume(o, given);
	if (which >= 0)
		return which;
	if (o->from && o->profile) {
		mg_error("--from has no profiles; give selectors");
		return MMG_EXIT_USAGE;
	}
	return check_kernel(o, target_given);
}

void options_free(struct run_options *o)
{
	free(o->ssh);
	free(o->remote_dir);
	free(o->kernel);
	free(o->append);
	free(o->profile);
	free(o->accel);
	free(o->from);
	free(o->results);
	free(o->resume);
	strv_free(&o->selectors);
	strv_free(&o->command);
}
