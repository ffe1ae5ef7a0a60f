// SPDX-License-Identifier: GPL-2.0-only
/* The options of "mmguard run". */
#include "common/protocol.h"
#include "optionvalues.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	"  --seconds N         with --from: hang guard of each program, whatever its settings "
	"say\n"
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
	OPT_SECONDS,
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
					 { "seconds", required_argument, NULL, OPT_SECONDS },
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

/* NULL, or what the value should have been. */
static const char *set_option(struct run_options *o, bool *given, int which, const char *value)
{
	switch (which) {
	case OPT_TARGET:
		*given = true;
		return value_target(o, value);
	case OPT_REMOTE_DIR:
		value_string(&o->remote_dir, value);
		return *value == '/' && !strpbrk(value, "\t\n\r") ? NULL
								  : "is an absolute path";
	case OPT_WAIT:
		return value_wait(&o->wait, value);
	case OPT_KERNEL:
		value_string(&o->kernel, value);
		break;
	case OPT_APPEND:
		value_string(&o->append, value);
		return strchr(value, '\n') ? "is one line" : NULL;
	case OPT_MEMORY:
		return value_memory(&o->memory, value);
	case OPT_NODES:
		return value_nodes(&o->nodes, value);
	case OPT_ACCEL:
		return value_accel(&o->accel, value);
	case OPT_FROM:
		return value_from(&o->from, value);
	case OPT_SECONDS:
		return value_seconds(&o->seconds, value);
	case OPT_PROFILE:
		value_string(&o->profile, value);
		break;
	case OPT_RESULTS:
		value_string(&o->results, value);
		return *value ? NULL : "is a directory";
	case OPT_SLOW:
		return value_slow(&o->slow, value);
	case OPT_HARM:
		o->allow_harm = true;
		break;
	case OPT_CRASHES:
		return value_crashes(&o->crashes, value);
	case OPT_RESUME:
		value_string(&o->resume, value);
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

/* -1 when what is said of others' programs is said with --from. */
static int check_from(const struct run_options *o)
{
	if (o->from && o->profile)
		mg_error("--from has no profiles; give selectors");
	else if (o->seconds && !o->from)
		mg_error("--seconds goes with --from; for the suite's own tests there is "
			 "--slow");
	else
		return -1;
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
	const char *accel = getenv("MMGUARD_ACCEL");
	bool target_given = false;
	unsigned long given = 0;
	int which;

	*o = (struct run_options){ .kernel = xstrdup("running"),
				   .append = xstrdup(""),
				   .accel = xstrdup("tcg"),
				   .results = xstrdup("results"),
				   .wait = RUN_WAIT,
				   .memory = RUN_MEMORY,
				   .nodes = RUN_NODES };
	if (accel && *accel && value_accel(&o->accel, accel)) {
		mg_error("MMGUARD_ACCEL: '%s' is neither tcg nor kvm", accel);
		return MMG_EXIT_USAGE;
	}
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
	which = check_from(o);
	if (which >= 0)
		return which;
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
