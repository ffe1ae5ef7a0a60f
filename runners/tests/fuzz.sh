#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh [SECONDS [SEED]]: the KTAP reader under libFuzzer, from the inputs in ktap_corpus, as
# KTAP. O= is the build directory. An input that breaks it is kept in $O/fuzz-found,
# new ones that reach more code in $O/fuzz-corpus: "fuzz.sh 3600 0" is an hour of it
# with a seed of its own; without one it tries the same inputs each time.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
seconds=${1:-15} seed=${2:-1}
log=$O/fuzz.log
mkdir -p "$O/fuzz-corpus" "$O/fuzz-found"

echo "KTAP version 1"
echo "1..2"
# Small limits, so that inputs of a few hundred bytes go beyond them.
if ! clang -O2 -g -std=gnu11 -D_GNU_SOURCE -fno-sanitize-recover=all \
	-fsanitize=fuzzer,address,undefined -DKTAP_LINE_MAX=512 -DKTAP_DEPTH=8 \
	-DKTAP_NUMBERS=128 -DKTAP_NAME_SLOTS=256 -o "$O/fuzz-ktap" runners/tests/fuzz/ktap.c \
	runners/common/ktap*.c runners/common/verdict.c >"$log" 2>&1; then
	sed 's/^/# /' "$log"
	if command -v clang >/dev/null && ! echo 'int main(void){return 0;}' |
		clang -fsanitize=address -x c -o /dev/null - 2>/dev/null; then
		echo "ok 1 corpus # SKIP needs libFuzzer and the sanitizers of clang; install libclang-rt-dev"
		echo "ok 2 fuzzing # SKIP needs libFuzzer and the sanitizers of clang; install libclang-rt-dev"
		exit 0
	fi
	echo "not ok 1 corpus"
	exit 1
fi

# fuzz NUMBER NAME ARGUMENTS...: one result; what the fuzzer says last is shown
fuzz() {
	n=$1 name=$2
	shift 2
	if "$O/fuzz-ktap" -artifact_prefix="$O/fuzz-found/" -print_final_stats=1 "$@" >"$log" 2>&1; then
		grep -E '(DONE|number_of_executed)' "$log" | sed 's/^/# /' || true
		echo "ok $n $name"
	else
		tail -n 40 "$log" | sed 's/^/# /'
		echo "not ok $n $name"
		failed=1
	fi
}

failed=0
fuzz 1 corpus -runs=0 runners/tests/ktap_corpus
fuzz 2 fuzzing -max_len=2000 -dict=runners/tests/fuzz/ktap.dict -max_total_time="$seconds" -seed="$seed" \
	"$O/fuzz-corpus" runners/tests/ktap_corpus
exit $failed
