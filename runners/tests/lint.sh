#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lint.sh: compilers, static analysis and format, as KTAP. O= is the build directory.
# shellcheck disable=SC2317 # the checks are called by name
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
log=$O/lint.log
n=0 failed=0
mkdir -p "$O"

# check NAME COMMAND...: one result; what the command printed is shown when it fails
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $n $name"
	else
		sed 's/^/# /' "$log" | tail -n 60
		echo "not ok $n $name"
		failed=1
	fi
}

builds_with() {
	make -s -j"$(nproc)" CC="$1" O="$O/$1" all units && ! grep -i warning "$log"
}

# sources PATTERN...: files of the tree, which need not be a git checkout
sources() {
	for pattern in "$@"; do
		find lib selftests runners configs docs .ci Makefile -name "$pattern" -type f
	done | sort | grep .
}

formatted() {
	sources '*.[ch]' | xargs clang-format --dry-run -Werror
}

# Every file says its licence in the first two lines.
licensed() {
	bad=$(sources '*.[ch]' '*.sh' '*.cocci' '*.config' Makefile |
		while read -r f; do
			head -n 2 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$f"
		done)
	[ -z "$bad" ] || { echo "no SPDX line in: $bad"; return 1; }
}

analysed() {
	cppcheck -q -j2 --error-exitcode=1 --inline-suppr --enable=warning,portability \
		--suppress=missingIncludeSystem -Ilib -Irunners lib selftests runners
}

scripts() {
	sources '*.sh' run | xargs shellcheck
}

echo "KTAP version 1"
check builds_with_gcc builds_with gcc
check builds_with_clang builds_with clang
check clang_format formatted
check cppcheck analysed
check shellcheck scripts
check man_pages sh -c 'mandoc -Tlint -W warning docs/*.1'
check licences licensed
echo "1..$n"
exit $failed
