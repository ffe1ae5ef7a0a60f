// SPDX-License-Identifier: GPL-2.0-only
/* Bad input, each with its exit status and without a trace; and the listing of programs. */
#include "mmguard/cli.h"
#include "common/protocol.h"
#include "mmguard/util.h"
#include "command.h"
#include "mmguard_check.h"

#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>

/* A copy of this very program is the test program that is listed. */
__attribute__((section(".mmguard.needs"), used)) static const char needs[] =
	"area: demo\nprogram: one\nsummary: a program\nkind: base\nkind: thp\nscenario: "
	"s\nseconds: 5\n";

static void copy_self(const char *to)
{
	size_t len;
	char *data = file_read("/proc/self/exe", 64u << 20, &len);

	if (!data || file_write(to, data, len) || chmod(to, 0755))
		exit(3);
	free(data);
}

static void test_bad_input(struct unit *u)
{
	static const struct {
		const char *words;
		int status;
		const char *said;
	} t[] = {
		{ "run --nonsense", MMG_EXIT_USAGE, "--nonsense" },
		{ "run --slow 0.5", MMG_EXIT_USAGE, "factor" },
		{ "run --slow nan", MMG_EXIT_USAGE, "factor" },
		{ "run --slow -1", MMG_EXIT_USAGE, "'-1' is a factor" },
		{ "run --slow 1e9", MMG_EXIT_USAGE, "factor" },
		{ "run --slow 2x", MMG_EXIT_USAGE, "factor" },
		{ "run --slow inf", MMG_EXIT_USAGE, "factor" },
		{ "run --slow", MMG_EXIT_USAGE, "--slow" },
		{ "run --memory much", MMG_EXIT_USAGE, "size" },
		{ "run --memory -1G", MMG_EXIT_USAGE, "size" },
		{ "run --memory 1M", MMG_EXIT_USAGE, "at least 256M" },
		{ "run --memory 3GB", MMG_EXIT_USAGE, "size" },
		{ "run --memory 99999999999999999999G", MMG_EXIT_USAGE, "size" },
		{ "run --nodes 9", MMG_EXIT_USAGE, "1 to 8" },
		{ "run --nodes 2x", MMG_EXIT_USAGE, "1 to 8" },
		{ "run --nodes -2", MMG_EXIT_USAGE, "1 to 8" },
		{ "run --wait 0", MMG_EXIT_USAGE, "1 to 86400" },
		{ "run --wait +9", MMG_EXIT_USAGE, "1 to 86400" },
		{ "run --wait 1h", MMG_EXIT_USAGE, "1 to 86400" },
		{ "run --crashes 0", MMG_EXIT_USAGE, "1 to 1000" },
		{ "run --crashes -3", MMG_EXIT_USAGE, "1 to 1000" },
		{ "run --crashes 4294967297", MMG_EXIT_USAGE, "1 to 1000" },
		{ "run --seconds 0 --from .", MMG_EXIT_USAGE, "1 to 2592000" },
		{ "run --seconds 1m --from .", MMG_EXIT_USAGE, "1 to 2592000" },
		{ "run --seconds 9", MMG_EXIT_USAGE, "goes with --from" },
		{ "run --from nowhere", MMG_EXIT_USAGE, "'nowhere' is no directory" },
		{ "run --from mmrun", MMG_EXIT_USAGE, "'mmrun' is no directory" },
		{ "run --from /", MMG_EXIT_USAGE, "'/' is no directory" },
		{ "run --from configs", MMG_EXIT_RUNNER, "no program in" },
		{ "run --from . --profile quick", MMG_EXIT_USAGE, "no profiles" },
		{ "run --results=", MMG_EXIT_USAGE, "directory" },
		{ "run --resume=", MMG_EXIT_USAGE, "is a run" },
		{ "run --resume nowhere", MMG_EXIT_RUNNER, "no run" },
		{ "run --resume x --profile quick", MMG_EXIT_USAGE, "--resume takes" },
		{ "run --resume x demo", MMG_EXIT_USAGE, "--resume takes" },
		{ "run --again", MMG_EXIT_USAGE, "--resume only" },
		{ "run --force", MMG_EXIT_USAGE, "--resume only" },
		{ "run --target ssh:", MMG_EXIT_USAGE, "no machine" },
		{ "run --target ssh:-oProxyCommand=id", MMG_EXIT_USAGE, "no machine" },
		{ "run --target", MMG_EXIT_USAGE, "--target" },
		{ "run --target vm --remote-dir /x", MMG_EXIT_USAGE, "--target ssh" },
		{ "run --remote-dir x --target ssh:a", MMG_EXIT_USAGE, "absolute path" },
		{ "run --shard 0/2", MMG_EXIT_USAGE, "I/N" },
		{ "run --shard 1/1001", MMG_EXIT_USAGE, "I/N" },
		{ "run --shard 1/2/3", MMG_EXIT_USAGE, "I/N" },
		{ "run --shard -1/2", MMG_EXIT_USAGE, "I/N" },
		{ "run --shuffle=-1", MMG_EXIT_USAGE, "4294967295" },
		{ "run --shuffle=4294967296", MMG_EXIT_USAGE, "4294967295" },
		{ "run --repeat 1000001", MMG_EXIT_USAGE, "1 to 1000000" },
		{ "run --repeat -1", MMG_EXIT_USAGE, "1 to 1000000" },
		{ "run --soak 0", MMG_EXIT_USAGE, "between 1s and 30d" },
		{ "run --soak 31d", MMG_EXIT_USAGE, "between 1s and 30d" },
		{ "run --soak -5s", MMG_EXIT_USAGE, "8h" },
		{ "run --nodes 0", MMG_EXIT_USAGE, "1 to 8" },
		{ "run --shard 3/2", MMG_EXIT_USAGE, "I/N" },
		{ "run --shuffle=x", MMG_EXIT_USAGE, "4294967295" },
		{ "run --repeat 0", MMG_EXIT_USAGE, "1 to 1000000" },
		{ "run --soak 3x", MMG_EXIT_USAGE, "8h" },
		{ "run --target moon", MMG_EXIT_USAGE, "host, vm or ssh" },
		{ "run --accel warp", MMG_EXIT_USAGE, "tcg or kvm" },
		{ "run --kernel 6.1", MMG_EXIT_USAGE, "deb:X" },
		{ "run --target host --kernel deb:6.1", MMG_EXIT_USAGE, "--target vm" },
		{ "run --profile nightly", MMG_EXIT_USAGE, "quick" },
		{ "run --profile ../x", MMG_EXIT_USAGE, "no profile" },
		{ "run demo.on", MMG_EXIT_NOTHING, "demo.one" },
		{ "run --target vm --kernel ./none", MMG_EXIT_RUNNER, "no kernel image" },
		{ "run --kernel deb:1.0", MMG_EXIT_RUNNER, "deb:9.9" },
		{ "run --results /proc/none", MMG_EXIT_RUNNER, "/proc/none" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int status = run(cmd_run, t[i].words);

		if (status != t[i].status)
			printf("# fail: expected status %d, found %d\n", t[i].status, status);
		check(u, status == t[i].status && said(t[i].said), "%s", t[i].words);
	}
	check(u, access("results", F_OK) != 0, "no results are left by what did not run");
}

/* It is all that is done. */
static void test_help(struct unit *u)
{
	static const struct {
		int (*fn)(int argc, char **argv);
		const char *words;
	} t[] = {
		{ cmd_run, "run --help" },	    { cmd_list, "list --help" },
		{ cmd_tap, "tap --help" },	    { cmd_report, "report --help" },
		{ cmd_lab, "lab --help" },	    { cmd_lab, "lab build --help" },
		{ cmd_lab, "lab run --jobs 2 -h" }, { cmd_lab, "lab control --help" },
		{ cmd_lab, "lab prove --help" },    { cmd_lab, "lab real --help" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(u, !run(t[i].fn, t[i].words) && said("usage: mmguard"), "%s", t[i].words);
}

static void test_environment(struct unit *u)
{
	setenv("MMGUARD_ACCEL", "warp", 1);
	check(u, run(cmd_run, "run demo") == MMG_EXIT_USAGE && said("MMGUARD_ACCEL: 'warp'"),
	      "MMGUARD_ACCEL of another word");
	unsetenv("MMGUARD_ACCEL");
}

static void test_list(struct unit *u)
{
	json_t *o;

	check(u, !run(cmd_list, "list") && said("demo.one: a program") && said("2 cases"),
	      "list");
	check(u, !run(cmd_list, "list --json"), "list --json");
	o = json_load_file("out", 0, NULL);
	o = json_array_get(json_object_get(o, "programs"), 0);
	check(u, json_array_size(json_object_get(o, "cases")) == 2, "cases in JSON");
	check(u, run(cmd_list, "list dmo") == MMG_EXIT_NOTHING && said("demo"),
	      "list of an unknown name");
	file_write("selftests/demo/bare", "\177ELFnonsense", 12);
	chmod("selftests/demo/bare", 0755);
	check(u, run(cmd_list, "list") == MMG_EXIT_RUNNER && said("bare") && said("demo.one"),
	      "list with a program without needs");
	check(u, run(cmd_run, "run demo") == MMG_EXIT_RUNNER && said("bare"),
	      "run with a program without needs");
	unlink("selftests/demo/bare");
}

static void test_lock(struct unit *u)
{
	int fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	flock(fd, LOCK_EX);
	dprintf(fd, "pid 1, 'mmguard run', since now\n");
	check(u,
	      run(cmd_run, "run demo") == MMG_EXIT_RUNNER &&
		      said("pid 1, 'mmguard run', since now"),
	      "a second run says who has the machine");
	close(fd);
}

int main(void)
{
	char dir[] = "/tmp/mmguard-test.XXXXXX";
	struct unit u = { 0 };

	if (!mkdtemp(dir) || chdir(dir) || mkdirs("selftests/demo") ||
	    mkdirs("configs/profiles") || mkdirs("configs/kernels"))
		return 3;
	copy_self("selftests/demo/one");
	file_write("mmrun", "#!/bin/false\n", 13);
	chmod("mmrun", 0755);
	file_write("configs/profiles/quick", "*\n", 2);
	file_write("configs/kernels/9.9", "suites: s\nimage: i\n", 19);
	setenv("MMGUARD_LIBEXEC", dir, 1);
	setenv("MMGUARD_LOCK", "lock", 1);
	unsetenv("MMGUARD_ACCEL");
	test_bad_input(&u);
	test_help(&u);
	test_environment(&u);
	test_list(&u);
	test_lock(&u);
	remove_tree(dir);
	return unit_end(&u);
}
