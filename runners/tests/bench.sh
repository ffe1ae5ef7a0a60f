#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# bench.sh [KERNEL]: what "make bench" runs, on an idle machine as root. O= is the build directory.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
kernel=${1:-deb:6.1}
libexec=$O/tests/guest/libexec
program=$libexec/selftests/deaths/passes

echo "the load is $(cut -d' ' -f1 /proc/loadavg); figures are medians"
echo "results in memory:"
"$O/tests/bench/spawn" "$O/mmrun" "$program" /dev/shm
echo "results on disk, with an fsync before each program:"
"$O/tests/bench/spawn" "$O/mmrun" "$program" "$O"
MMGUARD_LIBEXEC=$libexec "$O/tests/bench/boot" "$O/tests/bench/off" "$kernel"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
"$O/mmguard" run --results "$results" | tail -n 2 | head -n 1
O=$O runners/tests/bench/peers.sh
