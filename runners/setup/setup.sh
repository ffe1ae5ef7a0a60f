#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# setup.sh [--test] [--lab]: installs the packages that are missing, fetches the kselftest harness.
set -eu
here=$(dirname "$0")
wanted=run harness=
for word; do
	wanted="$wanted|${word#--}"
	[ "$word" != --test ] || harness=--test
done

packages=$(sed -nE "s/^($wanted)[[:space:]]+//p" "$here/packages" | sort -u | tr '\n' ' ')

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	if [ -z "${MMGUARD_NO_SETUP:-}" ]; then
		echo "setup: this is not Debian; install what it calls: $packages" >&2
		echo "setup: then give a kernel source tree with KSRC=, and set MMGUARD_NO_SETUP=1" >&2
		exit 2
	fi
	exit 0
fi

missing=
for p in $packages; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Acquire::Retries=5 \
		-o DPkg::Lock::Timeout=300 --no-install-recommends "$@"
}

if [ -n "$missing" ]; then
	echo "setup: installing$missing"
	if [ "$(id -u)" -ne 0 ]; then
		echo "setup: installing packages needs root; run it with sudo" >&2
		exit 2
	fi
	# The lists of a new machine are missing or older than the mirror.
	# A source that does not answer may not be the one that is needed.
	apt update >/dev/null || echo "setup: not all package lists could be brought up to date" >&2
	# shellcheck disable=SC2086 # a list of words
	apt install $missing >/dev/null
fi

[ -n "${KSRC:-}" ] || "$here/harness.sh" $harness
