#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# machine_init.sh: first process of a guest that is a machine: root's home on a disk, sshd.
export PATH=/bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
mount -t tmpfs none /tmp
mount -t pstore none /sys/fs/pstore
while read -r module parameters; do
	# shellcheck disable=SC2086 # a list of words
	insmod "/ko/$module.ko" $parameters
done </ko/list
mount -t ext4 /dev/vda /root
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
/usr/sbin/sshd -D -e -f /etc/sshd.conf
