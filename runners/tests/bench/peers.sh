#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# peers.sh [MB [PROGRAMS]]: how long mmguard takes to read a log, and mmrun to run
# trivial programs, against perl's prove, the kernel's kunit.py and its runner of
# kselftest, where they are there. O= is the build directory; KSRC= a kernel tree.
set -eu
cd "$(dirname "$0")/../../.."
O=$(realpath "${O:-build}")
mb=${1:-100} programs=${2:-1000}
tools=${KSRC:-${MMGUARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmguard}/kernel}/tools/testing
work=$(mktemp -d "${TMPDIR:-/var/tmp}/mmguard-peers.XXXXXX")
trap 'rm -rf "$work"' EXIT
first=

# measure NAME COMMAND...: seconds, and the ratio to the first one
measure() {
	name=$1
	shift
	begin=$(date +%s%N)
	# 1: something was not as expected, such as a machine that others use too.
	"$@" >"$work/out" 2>&1 || [ $? -eq 1 ] || {
		echo "  $name failed:"
		tail -n 3 "$work/out"
		return 0
	}
	ns=$(($(date +%s%N) - begin))
	first=${first:-$ns}
	awk -v n="$name" -v t="$ns" -v f="$first" \
		'BEGIN { printf "  %-28s %8.2f s, ratio %.1f\n", n, t / 1e9, t / f }'
}

# A result, and four lines of what the test said before.
awk -v bytes="$((mb * 1000000))" 'BEGIN {
	print "TAP version 13"
	for (n = 1; size < bytes; n++) {
		s = "# step one of the test: what it does, expected, found and so on, " n "\n" \
		    "[  123.456789] mm: a message of the kernel in between, as on a console\n" \
		    "# step two of the test: what it does, expected, found and so on, " n "\n" \
		    "some output of the program that has nothing to do with its results\n" \
		    "ok " n " - area.program.scenario_with_a_name.kind_" n "\n"
		printf "%s", s
		size += length(s)
	}
	print "1.." n - 1
}' >"$work/log"
echo "reading $mb MB of log:"
measure "mmguard tap" "$O/mmguard" tap "$work/log"
if command -v prove >/dev/null; then
	measure "prove" prove -Q -e cat "$work/log"
fi
if command -v python3 >/dev/null && [ -e "$tools/kunit/kunit.py" ]; then
	sed 's/^1\.\./# &/' "$work/log" >"$work/kunit.log"
	measure "kunit.py parse" python3 "$tools/kunit/kunit.py" parse "$work/kunit.log"
fi

# One program under many names, so that each runner has its own list.
mkdir -p "$work/tree/bench"
cc -O2 -static -o "$work/tree/bench/p0" -x c - <<'C'
#include <stdio.h>
int main(void) { puts("TAP version 13\n1..1\nok 1 a"); return 0; }
C
i=0
while [ "$i" -lt "$programs" ]; do
	[ "$i" -eq 0 ] || ln "$work/tree/bench/p0" "$work/tree/bench/p$i"
	echo "bench:p$i" >>"$work/tree/kselftest-list.txt"
	printf 'bench.p%d\t20\t%s\t*\n' "$i" "$work/tree/bench/p$i" >>"$work/plan"
	i=$((i + 1))
done
first=
echo "running $programs trivial programs:"
measure "mmrun" "$O/mmrun" --plan "$work/plan" --results "$work/run"
if [ -e "$tools/selftests/run_kselftest.sh" ]; then
	cp -r "$tools/selftests/run_kselftest.sh" "$tools/selftests/kselftest" "$work/tree/"
	measure "run_kselftest.sh" sh "$work/tree/run_kselftest.sh"
fi
if command -v prove >/dev/null; then
	measure "prove" prove -Q -e '' "$work/tree/bench"/p*
fi
