#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# all.sh: what "make test" runs. O= is the build directory, PROVE=1 puts bugs back. The last line is
# "N passed, N failed, N skipped"; the exit status is 1 when anything failed.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
logs=$O/test-logs
passed=0 failed=0 skipped=0
mkdir -p "$logs"

say() {
	printf '\n== %s\n' "$*"
}

lines() {
	grep -cE "$1" "$2" || [ $? -eq 1 ]
}

# ktap NAME COMMAND...: a program that prints KTAP; it must agree with its exit status
ktap() {
	name=$1 status=0
	shift
	"$@" >"$logs/$name.log" 2>"$logs/$name.err" || status=$?
	good=$(lines '^ok ' "$logs/$name.log")
	skip=$(lines '^ok .*# SKIP' "$logs/$name.log")
	bad=$(lines '^not ok ' "$logs/$name.log")
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ "$good" -eq 0 ]; then
		echo "$name: exit status $status, $good results"
		bad=$((bad + 1))
	fi
	echo "$name: $((good - skip)) passed, $bad failed, $skip skipped"
	if [ "$bad" -ne 0 ]; then
		cat "$logs/$name.log"
		tail -n 40 "$logs/$name.err"
	fi
	passed=$((passed + good - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# suite NAME MMGUARD-ARGUMENTS...: a run of the suite; what it found is in results.json
suite() {
	name=$1 status=0
	shift
	rm -rf "${logs:?}/$name"
	"$O/mmguard" run --results "$logs/$name" "$@" || status=$?
	good=0 bad=0 skip=0
	if [ -f "$logs/$name/latest/results.json" ]; then
		good=$(lines '"verdict": "(PASS|XFAIL|XPASS)"' "$logs/$name/latest/results.json")
		skip=$(lines '"verdict": "(SKIP|HELD)"' "$logs/$name/latest/results.json")
		bad=$(lines '"verdict": "(FAIL|BROKEN|TIMEOUT|STUCK|CRASH|LEAK|DIRTY|MISSING|FLAKY)"' \
			"$logs/$name/latest/results.json")
		xmllint --noout "$logs/$name/latest/junit.xml" || bad=$((bad + 1))
	fi
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ "$good" -eq 0 ]; then
		echo "$name: mmguard run ended with $status"
		bad=$((bad + 1))
	fi
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# proof BUG...: each is put back into a kernel, and the tests of its area have to notice
proof() {
	globs=
	for bug; do
		globs="$globs --bugs $bug"
	done
	rm -rf "$logs/lab"
	status=0
	# shellcheck disable=SC2086 # a list of words
	"$O/mmguard" lab build && "$O/mmguard" lab run --jobs 2 --results "$logs/lab" --expect $globs ||
		status=$?
	good=0
	[ ! -f "$logs/lab/expected" ] || good=$(lines '^[0-9]+ [^ ]+ (assertion|log|crash)' "$logs/lab/expected")
	bad=$(($# - good))
	[ "$status" -eq 0 ] || [ "$bad" -ne 0 ] || bad=1
	echo "proof: $good of $# bugs are caught"
	passed=$((passed + good)) failed=$((failed + bad))
}

say "compilers, static analysis, format"
ktap lint env O="$O" runners/tests/lint.sh

say "what mmrun takes"
ktap small env O="$O" runners/tests/small.sh

say "units"
for unit in "$O"/tests/*; do
	[ -f "$unit" ] && [ -x "$unit" ] && ktap "$(basename "$unit")" "$unit"
done

say "the KTAP reader under a fuzzer"
ktap fuzz env O="$O" runners/tests/fuzz.sh

say "the suite on the running kernel"
suite host

say "another machine, over ssh on loopback"
ktap ssh env O="$O" runners/tests/ssh.sh

say "programs of others"
ktap foreign "$O/tests/guest/foreign"
ktap foreign_guest "$O/tests/guest/foreign" deb:6.1

say "a guest that dies"
ktap deaths "$O/tests/guest/deaths" deb:6.1

say "another machine, over ssh, that dies and boots again"
ktap sshguest "$O/tests/guest/sshguest" deb:6.1

say "the suite on Debian's 6.1 kernel"
suite guest --kernel deb:6.1

if [ -n "${PROVE:-}" ]; then
	say "bugs put back into a kernel"
	proof 101 105 201 203 301 309 405 413 501 504
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
