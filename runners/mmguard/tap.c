// SPDX-License-Identifier: GPL-2.0-only
/* "mmguard tap": any log in which somebody speaks KTAP, as a tree and a verdict. */
#include "cli.h"
#include "tap.h"
#include "common/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: mmguard tap [--json | --bad] FILE...\n"
	"Reads logs that hold KTAP or TAP; - is the standard input.\n"
	"  --json  for programs; the format is in results/README.md\n"
	"  --bad   no tree, only what somebody has to look at\n"
	"exit: 0 good, 1 not, 2 usage or a file that cannot be read, 4 no results at all\n";

static void print_path(struct tap *t, const struct ktap_event *ev)
{
	size_t len = strlen(ev->path);

	/* Back from a nested stream: its parent was named when it began. */
	if (!strncmp(t->path, ev->path, len) && (!len || strchr("/", t->path[len])))
		t->path[len] = '\0';
	if (!strcmp(t->path, ev->path))
		return;
	snprintf(t->path, sizeof(t->path), "%s", ev->path);
	printf("%*s%s:\n", (int)(2 * ev->depth), "", ev->path);
}

/* One line of the tree; @name is the full one. */
static void print_line(struct tap *t, const struct ktap_event *ev, const char *verdict,
		       const char *name, const char *why)
{
	size_t up = strlen(ev->path);

	if (t->bad) {
		printf("  %-8s %s%s%s\n", verdict, name, *why ? ": " : "", why);
		return;
	}
	print_path(t, ev);
	if (up && !strncmp(name, ev->path, up) && name[up] == '/')
		name += up + 1;
	printf("%*s%-8s %s%s%s\n", (int)(2 * ev->depth + 2), "", verdict, name,
	       *why ? ": " : "", why);
}

void tap_missing_name(const struct ktap_event *ev, char *to, size_t size)
{
	int n = snprintf(to, size, "%s%s#%lu", ev->path, *ev->path ? "/" : "", ev->number);

	if (ev->last > ev->number && (size_t)n < size)
		snprintf(to + n, size - (size_t)n, "..#%lu", ev->last);
}

static void print_event(struct tap *t, const struct ktap_event *ev)
{
	char text[TAP_TEXT_MAX];

	switch (ev->type) {
	case KTAP_RESULT:
		if (t->bad && verdict_quiet(ev->verdict))
			return;
		snprintf(text, sizeof(text), "%s%.4096s",
			 ev->directive == KTAP_D_EXIT ? "exit status " : "", ev->why);
		print_line(t, ev, verdict_name(ev->verdict), ev->full, text);
		break;
	case KTAP_MISSING:
		tap_missing_name(ev, text, sizeof(text));
		print_line(t, ev, "MISSING", text, "planned, never reported");
		break;
	case KTAP_ERROR:
		print_line(t, ev, "ERROR", ev->why, t->bad ? ev->path : "");
		break;
	case KTAP_BAIL:
		print_line(t, ev, "BAIL", "Bail out!", ev->why);
		break;
	default:
		break;
	}
}

static void on_event(const struct ktap_event *ev, void *arg)
{
	struct tap *t = arg;

	if (t->json)
		tap_json_event(t, ev);
	else
		print_event(t, ev);
}

static void print_outcome(const struct tap *t, const struct ktap_outcome *o)
{
	const char *comma = "";

	printf("%s: %s:", t->file,
	       t->status == MMG_EXIT_NOTHING ? "no results" : verdict_name(o->verdict));
	for (int v = V_COUNT - 1; v >= 0; v--) {
		unsigned long n = tap_count(o, (enum verdict)v);

		if (!n)
			continue;
		printf("%s %lu %s", comma, n, verdict_name((enum verdict)v));
		comma = ",";
	}
	if (o->errors)
		printf("%s %lu errors, first: %s", comma, o->errors, o->first_error);
	if (!o->planned && t->status != MMG_EXIT_NOTHING)
		printf("%s no plan, results may be missing", *comma ? ";" : "");
	putchar('\n');
}

unsigned long tap_count(const struct ktap_outcome *o, enum verdict v)
{
	return o->leaves[v] + (v == V_MISSING ? o->missing : 0);
}

/* The exit status for a file. */
static int judge(const struct ktap_outcome *o)
{
	unsigned long n = o->missing + o->errors + o->bailed;

	for (int v = 0; v < V_COUNT; v++)
		n += o->leaves[v];
	if (!n && o->verdict == V_MISSING)
		return MMG_EXIT_NOTHING;
	return verdict_expected(o->verdict) ? MMG_EXIT_OK : MMG_EXIT_UNEXPECTED;
}

/* 0, or -errno. */
static int feed(struct ktap *k, int fd)
{
	static char buf[1 << 17];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))))
		if (n > 0)
			ktap_feed(k, buf, (size_t)n);
		else if (errno != EINTR)
			return -errno;
	return 0;
}

static int read_log(struct tap *t, int fd)
{
	struct ktap *k = ktap_new(on_event, t);
	const struct ktap_outcome *o;
	int ret = k ? 0 : -ENOMEM;

	if (k) {
		if (t->json)
			tap_json_begin(t);
		ret = feed(k, fd);
		o = ktap_finish(k);
		t->status = ret ? MMG_EXIT_USAGE : judge(o);
		if (t->json)
			tap_json_end(t, o, ret);
		else if (!ret)
			print_outcome(t, o);
	}
	ktap_free(k);
	return ret;
}

/* Reads one log; its exit status. */
static int read_file(struct tap *t, const char *path)
{
	bool in = !strcmp(path, "-");
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), ret;

	t->file = in ? "(standard input)" : path;
	*t->path = '\0';
	ret = fd < 0 ? -errno : read_log(t, fd);
	if (ret)
		mg_error("cannot read %s: %s", t->file, strerror(-ret));
	if (fd >= 0 && !in)
		close(fd);
	t->first = t->first && fd < 0;
	return ret ? MMG_EXIT_USAGE : t->status;
}

/* The worse of two exit statuses: a file that was not read, bad results, no results. */
static int worse(int a, int b)
{
	static const int order[] = { MMG_EXIT_USAGE, MMG_EXIT_UNEXPECTED, MMG_EXIT_NOTHING };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return MMG_EXIT_OK;
}

int cmd_tap(int argc, char **argv)
{
	struct tap t = { .first = true };
	const struct option options[] = { { "json", no_argument, NULL, 'j' },
					  { "bad", no_argument, NULL, 'b' },
					  { "help", no_argument, NULL, 'h' },
					  { 0 } };
	int status = MMG_EXIT_OK, which;

	argv[0] = "mmguard"; /* how getopt_long() calls us */
	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (which == 'h')
			fputs(help, stdout);
		if (which == 'h' || which == '?')
			return which == 'h' ? MMG_EXIT_OK : MMG_EXIT_USAGE;
		t.json |= which == 'j';
		t.bad |= which == 'b';
	}
	if (optind == argc || (t.json && t.bad)) {
		mg_error("tap: %s", optind == argc
					    ? "which file? - is the standard input"
					    : "--json has everything; --bad is for the tree");
		return MMG_EXIT_USAGE;
	}
	if (t.json)
		fputs("{\"schema\": 1, \"files\": [", stdout);
	for (; optind < argc; optind++)
		status = worse(status, read_file(&t, argv[optind]));
	if (t.json)
		printf("], \"status\": %d}\n", status);
	if (fflush(stdout) || ferror(stdout)) {
		mg_error("cannot write the output: %s", strerror(errno));
		return MMG_EXIT_RUNNER;
	}
	return status;
}
