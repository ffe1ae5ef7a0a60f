#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# harness.sh [--test] [PACKAGE]: out of the distribution's kernel source package
# (default: what "linux-source" stands for) into the cache: the two kselftest headers,
# and for the tests (--test: they must be there) the logs with which the kernel tests
# kunit.py, and the runner of kselftest.
set -eu
cache=${MMGUARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmguard}
to=$cache/harness
headers='kselftest.h kselftest_harness.h'
wanted=$to/kselftest_harness.h
if [ "${1:-}" = --test ]; then
	wanted=$cache/kernel/tools/testing/kunit
	shift
fi

if [ -s "$to/kselftest_harness.h" ] && [ -s "$to/kselftest.h" ] && [ -e "$wanted" ]; then
	exit 0
fi

package=${1:-}
newest() {
	apt-cache depends linux-source 2>/dev/null |
		sed -n 's/.*Depends: \(linux-source-[0-9.]*\).*/\1/p' | head -n 1
}
if [ -z "$package" ]; then
	package=$(newest)
	if [ -z "$package" ]; then
		apt-get -q -o Acquire::Retries=5 update >/dev/null
		package=$(newest)
	fi
fi
if [ -z "$package" ]; then
	echo "harness: no linux-source package here; give a kernel source tree with KSRC=" >&2
	exit 2
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/harness.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "harness: taking $headers out of $package"
cd "$work"
# apt's own download user cannot write here, which apt says in a warning.
if ! apt-get -q -o Acquire::Retries=5 -o APT::Sandbox::User=root download "$package" >log 2>&1; then
	apt-get -q -o Acquire::Retries=5 update >/dev/null
	apt-get -q -o Acquire::Retries=5 -o APT::Sandbox::User=root download "$package" >log 2>&1 || {
		cat log >&2
		exit 3
	}
fi
dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' >source.tar.xz
mkdir kernel tree
tar -xJf source.tar.xz -C kernel --strip-components=1 --wildcards \
	'linux-source-*/tools/testing/kunit' \
	'linux-source-*/tools/testing/selftests/kselftest' \
	'linux-source-*/tools/testing/selftests/run_kselftest.sh' \
	'linux-source-*/tools/testing/selftests/kselftest.h' \
	'linux-source-*/tools/testing/selftests/kselftest_harness.h'
for h in $headers; do
	cp "kernel/tools/testing/selftests/$h" tree/
done
chmod 755 tree kernel
rm -rf "$to" "$cache/kernel"
mv tree "$to"
mv kernel "$cache/kernel"
