#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ssh.sh: the ssh target against an sshd of our own on loopback, as KTAP. O= is the build directory.
# shellcheck disable=SC2317 # the checks are called by name
set -eu
cd "$(dirname "$0")/../.."
O=$(realpath "${O:-build}")
dir=$(mktemp -d)
server=
n=0 failed=0

finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	umount "$dir/small" "$dir/fixed" 2>/dev/null || :
	[ "$failed" -ne 0 ] || rm -rf "$dir"
}
trap finish EXIT

if [ "$(id -u)" -ne 0 ]; then
	echo "KTAP version 1"
	echo "1..1"
	echo "ok 1 ssh # SKIP needs root, to log in as root on loopback"
	exit 0
fi

# The keys and the configuration of both ends: nothing of this machine's is used.
prepare() {
	mkdir -p /run/sshd "$dir/small" "$dir/fixed"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/user"
	cp "$dir/user.pub" "$dir/authorized"
	cat >"$dir/sshd.conf" <<END
ListenAddress 127.0.0.1
HostKey $dir/host
AuthorizedKeysFile $dir/authorized
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
SetEnv MMGUARD_LOCK=$dir/lock
END
}

start_server() {
	for port in $(shuf -i 20000-60000 -n 20); do
		/usr/sbin/sshd -D -f "$dir/sshd.conf" -p "$port" 2>"$dir/sshd.log" &
		server=$!
		sleep 0.5
		if kill -0 "$server" 2>/dev/null; then
			break
		fi
	done
	echo "[127.0.0.1]:$port $(cat "$dir/host.pub")" >"$dir/known"
	cat >"$dir/ssh.conf" <<END
Host machine
  HostName 127.0.0.1
  Port $port
  User root
  IdentityFile $dir/user
  IdentitiesOnly yes
  UserKnownHostsFile $dir/known
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
END
}

# run NAME ARGUMENTS...: mmguard; its output is in $dir/NAME.log, its exit status returned
run() {
	name=$1
	shift
	MMGUARD_SSH="-F $dir/ssh.conf" MMGUARD_LIBEXEC=${LIBEXEC:-$O/tests/ssh/libexec} \
		"$O/mmguard" run --target ssh:machine --remote-dir "$dir/there" \
		--results "$dir/$name" "$@" >"$dir/$name.log" 2>&1
}

# results NAME PASSED MISSING: so many, each case once
results() {
	json=$dir/$1/latest/results.json
	[ "$(grep -c '"verdict": "PASS"' "$json")" -eq "$2" ] || return 1
	[ "$(grep -c '"verdict": "MISSING"' "$json")" -eq "$3" ] || return 1
	[ "$(grep -c '"verdict":' "$json")" -eq 16 ] || return 1
	for program in one two; do
		for c in a b c d e f g h; do
			[ "$(grep -c "\"name\": \"ssh.$program.$c\"" "$json")" -eq 1 ] || return 1
			done_=$(cat "$dir/$1/latest/tests/ssh.$program"/stdout* | grep -c "^ok .* $c\$") || :
			[ "$done_" -le 1 ] || return 1
		done
	done
}

# Nothing runs there any more, and nothing lies around.
left_nothing() {
	[ -z "$(ls "$dir/there/runs")" ] && ! pgrep -f "$dir/there/store" >/dev/null
}

# until_running NAME PROGRAM: the program has begun there
until_running() {
	for _ in $(seq 300); do
		! grep -q "\"start\",\"program\":\"ssh.$2\"" "$dir/$1"/latest/journal.jsonl 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

whole() {
	run whole ssh.one ssh.two && results whole 16 0 && left_nothing && grep -q 'copying 3 programs' "$dir/whole.log"
}

second_copies_nothing() {
	run second ssh.one ssh.two && results second 16 0 && ! grep -q copying "$dir/second.log"
}

rounds() {
	run rounds --repeat 2 ssh.one && left_nothing || return 1
	[ "$(grep -c '"runs": 2' "$dir/rounds/latest/results.json")" -eq 8 ] || return 1
	grep -q '^ok .* h$' "$dir/rounds/latest/tests.2/ssh.one/stdout"
}

connection_cut() {
	run cut ssh.one ssh.two &
	until_running cut two
	sleep 0.5
	pkill -KILL -P "$server"
	wait $! && results cut 16 0 && left_nothing && grep -q 'is lost' "$dir/cut.log"
}

mmrun_killed() {
	status=0
	run killed ssh.one ssh.two &
	until_running killed two
	sleep 0.5
	pkill -KILL -f "$dir/there/store/.*--detach"
	wait $! || status=$?
	[ "$status" -eq 1 ] && results killed 15 1 && left_nothing
}

interrupted() {
	status=0
	run interrupted ssh.one ssh.long &
	until_running interrupted long
	pkill -INT -f "mmguard run .*--results $dir/interrupted"
	wait $! || status=$?
	[ "$status" -eq 6 ] && left_nothing && grep -q '"interrupted":true' "$dir"/interrupted/latest/journal.jsonl
}

# refused NAME PATTERN ARGUMENTS...: exit status 3, and one line that says why
refused() {
	name=$1 pattern=$2 status=0
	shift 2
	run "$name" "$@" ssh.one ssh.two || status=$?
	[ "$status" -eq 3 ] && [ "$(grep -c "^mmguard: .*$pattern" "$dir/$name.log")" -eq 1 ]
}

no_server() {
	refused no_server 'cannot reach .*refused' --target ssh://root@127.0.0.1:1
}

unknown_key() {
	cp "$dir/known" "$dir/known.good"
	sed "s,ssh-ed25519 .*,$(cut -d ' ' -f 1,2 "$dir/user.pub")," "$dir/known.good" >"$dir/known"
	refused unknown_key 'cannot reach .*verification failed' && mv "$dir/known.good" "$dir/known"
}

no_space() {
	mount -t tmpfs -o size=256k none "$dir/small"
	refused no_space 'no space' --remote-dir "$dir/small/mmguard"
}

read_only() {
	mount -t tmpfs -o ro none "$dir/fixed"
	refused read_only 'no place .*Read-only' --remote-dir "$dir/fixed/mmguard"
}

not_ours() {
	mkdir "$dir/real" && ln -s "$dir/real" "$dir/link"
	refused not_ours 'belongs to somebody else' --remote-dir "$dir/link"
}

other_machine() {
	cp -rL "$O/tests/ssh/libexec" "$dir/libexec"
	printf '\267\0' | dd of="$dir/libexec/mmrun" bs=1 seek=18 conv=notrunc status=none
	LIBEXEC=$dir/libexec refused other_machine 'is for aarch64'
}

check() {
	n=$((n + 1))
	if "$1"; then
		echo "ok $n $1"
	else
		sed 's/^/# /' "$dir/$1.log" "$dir/${1##*_}.log" "$dir/${1%%_*}.log" 2>/dev/null | tail -n 40
		echo "not ok $n $1 # see $dir"
		failed=1
	fi
}

prepare
start_server
echo "KTAP version 1"
for c in ${CHECKS:-whole second_copies_nothing rounds connection_cut mmrun_killed interrupted no_server \
	unknown_key no_space read_only not_ours other_machine}; do
	check "$c"
done
echo "1..$n"
exit $failed
