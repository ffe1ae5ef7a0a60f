#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# with-setup.sh PROGRAM ARGUMENT...: the huge pages and the swap that the kernel's mm selftests
# want around one of them, and everything given back.
pool=/proc/sys/vm/nr_hugepages
zram=/sys/block/zram0
before=$(cat $pool)
echo $((before + 192)) >$pool
if [ -e $zram/disksize ] && [ "$(cat $zram/disksize)" = 0 ] && echo 256M >$zram/disksize; then
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
	swap=yes
fi
# A guest has no procps.
command -v pgrep >/dev/null || PATH=$(dirname "$0"):$PATH
# At the time limit the program ends, and this one cleans up behind it.
trap : TERM
"$@"
status=$?
if [ -n "$swap" ]; then
	swapoff /dev/zram0
	echo 1 >$zram/reset
fi
echo "$before" >$pool
exit $status
