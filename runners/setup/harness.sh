#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# harness.sh [PACKAGE]: the two kselftest headers out of the distribution's kernel
# source package (default: what "linux-source" stands for), into the cache.
set -eu
cache=${MMGUARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmguard}
to=$cache/harness
headers='kselftest.h kselftest_harness.h'

if [ -s "$to/kselftest_harness.h" ] && [ -s "$to/kselftest.h" ]; then
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
mkdir tree
dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' >source.tar.xz
# The first occurrence is enough: tar does not read the rest of the tree.
tar -xJf source.tar.xz --occurrence=1 -C tree --strip-components=4 --wildcards \
	'linux-source-*/tools/testing/selftests/kselftest.h' \
	'linux-source-*/tools/testing/selftests/kselftest_harness.h'
chmod 755 tree
rm -rf "$to"
mv tree "$to"
