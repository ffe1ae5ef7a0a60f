#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# small.sh: mmrun is static and small, and allocates nothing from the start of a program to its
# end record; as KTAP. O= is the build directory.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
most=409600
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT

# What runs meanwhile. state.c and group.c allocate in their open functions only, which the
# linker cannot tell apart: they are left out.
objects="beneath child dents giveback journal kmsg look output procs sets sink spawn tree"
allocates='malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|vasprintf|getline|getdelim|fopen|opendir|glob|open_memstream|popen'

echo "KTAP version 1"
echo "1..3"
strip -o "$stripped" "$O/mmrun"
size=$(wc -c <"$stripped")
if ! command -v musl-gcc >/dev/null; then
	echo "ok 1 size # SKIP needs musl-gcc (Debian: musl-tools), $size bytes without it"
elif [ "$size" -le "$most" ]; then
	echo "# $size bytes"
	echo "ok 1 size"
else
	echo "# expected at most $most bytes, found $size"
	echo "not ok 1 size"
fi
if readelf -l "$O/mmrun" | grep -q INTERP; then
	echo "not ok 2 static"
else
	echo "ok 2 static"
fi
bad=
for object in $objects; do
	calls=$(nm -u "$O/mmrun-objects/runners/mmrun/$object.o" | grep -oE " ($allocates)\$" | tr -d '\n' || true)
	[ -z "$calls" ] || bad="$bad $object:$calls"
done
[ -z "$bad" ] || echo "# found$bad"
[ -n "$bad" ] && printf 'not '
echo "ok 3 allocates_nothing"
