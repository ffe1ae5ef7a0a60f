#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ssh.sh: the ssh target against an sshd of our own on loopback, as KTAP. O= is the build directory.
# shellcheck disable=SC2317 # the checks are called by name
set -eu
cd "$(dirname "$0")/../.."
O=$(realpath "${O:-build}")
dir=$(mktemp -d)
server='' silent=''
n=0 failed=0

finish() {
	[ -z "$server" ] || kill -CONT "$server" 2>/dev/null || :
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$silent" ] || kill "$silent" 2>/dev/null || :
	umount "$dir/small" "$dir/fixed" 2>/dev/null || :
	rm -rf "${dir:?}/bin" # makes anyone root
	[ "$failed" -ne 0 ] || rm -rf "$dir"
}
trap finish EXIT

if [ "$(id -u)" -ne 0 ]; then
	echo "KTAP version 1"
	echo "1..1"
	echo "ok 1 ssh # SKIP needs root, to log in as root on loopback"
	exit 0
fi

make_sudo() {
	install -m 4755 "$O/tests/ssh/sudo" "$dir/bin/sudo"
}

# The keys and the configuration of both ends: nothing of this machine's is used.
prepare() {
	mkdir -p /run/sshd "$dir/small" "$dir/fixed"
	# Before the server: it has mounts of its own, and sees no later ones.
	mount -t tmpfs -o size=256k none "$dir/small"
	mount -t tmpfs -o ro none "$dir/fixed"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/user"
	cp "$dir/user.pub" "$dir/authorized"
	# A user who is not root: nobody, with a shell, as the server alone sees it.
	sed 's,^\(nobody:.*\):[^:]*$,\1:/bin/sh,' /etc/passwd >"$dir/passwd"
	chmod 755 "$dir"
	mkdir "$dir/bin" "$dir/home"
	chown nobody "$dir/home"
	make_sudo
	cat >"$dir/sshd.conf" <<END
ListenAddress 127.0.0.1
HostKey $dir/host
AuthorizedKeysFile $dir/authorized
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
SetEnv MMGUARD_LOCK=$dir/lock PATH=$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin
END
}

start_server() {
	for port in $(shuf -i 20000-60000 -n 20); do
		# shellcheck disable=SC2016 # for the inner shell
		unshare -m sh -c 'mount --bind "$1/passwd" /etc/passwd && exec /usr/sbin/sshd -D -f "$1/sshd.conf" -p "$2"' \
			sh "$dir" "$port" 2>"$dir/sshd.log" &
		server=$!
		until ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null | grep -q .; do
			kill -0 "$server" 2>/dev/null || continue 2
			sleep 0.2
		done
		write_config
		return
	done
	sed 's/^/# sshd: /' "$dir/sshd.log"
	echo "not ok 1 server # does not start"
	exit 1
}

write_config() {
	echo "[127.0.0.1]:$port $(cat "$dir/host.pub")" >"$dir/known"
	cat >"$dir/ssh.conf" <<END
Host user
  User nobody
Host machine user
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

# kill_mmguard NAME: as a power cut of this machine would
kill_mmguard() {
	sleep 0.5
	pkill -KILL -f "mmguard run .*--results $dir/$1( |\$)"
	wait $! || :
}

# resume NAME: the run goes on
resume() {
	MMGUARD_SSH="-F $dir/ssh.conf" MMGUARD_LIBEXEC=$O/tests/ssh/libexec \
		"$O/mmguard" run --resume "$dir/$1/latest" >"$dir/$1.log" 2>&1
}

# mmguard is killed, the tests go on there, and another mmguard follows them.
resumed() {
	run resumed ssh.one ssh.two &
	until_running resumed two
	kill_mmguard resumed
	resume resumed && results resumed 16 0 && left_nothing && grep -q 'following boot 1' "$dir/resumed.log"
}

# They are over when another mmguard comes.
resumed_late() {
	run resumed_late ssh.one ssh.two &
	until_running resumed_late two
	kill_mmguard resumed_late
	for _ in $(seq 300); do
		pgrep -f "$dir/there/store/.*--detach" >/dev/null || break
		sleep 0.1
	done
	resume resumed_late && results resumed_late 16 0 && left_nothing
}

# Both are killed: the case that ran is MISSING, the rest is run.
resumed_after_both() {
	status=0
	run resumed_after_both ssh.one ssh.two &
	until_running resumed_after_both two
	kill_mmguard resumed_after_both
	pkill -KILL -f "$dir/there/store/.*--detach"
	resume resumed_after_both || status=$?
	[ "$status" -eq 1 ] && results resumed_after_both 15 1 && left_nothing
}

# A run that is finished has nothing left, and one whose results are gone says so.
resumed_finished() {
	resume whole && grep -q 'nothing is left' "$dir/whole.log" && results whole 16 0
}

resumed_vanished() {
	status=0
	run resumed_vanished ssh.one ssh.two &
	until_running resumed_vanished two
	kill_mmguard resumed_vanished
	pkill -KILL -f "$dir/there/store/.*--detach"
	rm -rf "$dir/there/runs"/*
	resume resumed_vanished || status=$?
	[ "$status" -le 1 ] && [ "$(grep -c '"verdict":' "$dir/resumed_vanished/latest/results.json")" -eq 16 ] &&
		grep -q 'have vanished' "$dir/resumed_vanished/latest/journal.jsonl"
}

# The machine hangs: nothing answers, also no new connection. It is waited for as long as asked.
hangs() {
	status=0 begin=$(date +%s)
	run hangs --wait 20 ssh.one ssh.two &
	until_running hangs two
	pkill -STOP -P "$server"
	kill -STOP "$server"
	wait $! || status=$?
	took=$(($(date +%s) - begin))
	pkill -CONT -P "$server" || :
	kill -CONT "$server"
	[ "$status" -eq 5 ] && [ "$took" -lt 120 ] && [ "$(grep -c 'giving up: no sign of life' "$dir/hangs.log")" -eq 1 ] &&
		resume hangs && results hangs 16 0 && left_nothing
}

# A machine that takes the connection and says nothing.
says_nothing() {
	begin=$(date +%s)
	busybox nc -l -p "$((port + 1))" -s 127.0.0.1 -e sleep 300 2>/dev/null &
	silent=$!
	sleep 0.3
	refused says_nothing 'cannot reach .*' --target "ssh://root@127.0.0.1:$((port + 1))" &&
		[ $(($(date +%s) - begin)) -lt 90 ]
}

# Not root: sudo -n becomes root there.
user_with_sudo() {
	run user_with_sudo --target ssh:user --remote-dir "$dir/home/mmguard" ssh.one ssh.two &&
		results user_with_sudo 16 0 && [ -z "$(ls "$dir/home/mmguard/runs")" ] &&
		[ "$(stat -c %U "$dir/home/mmguard")" = nobody ]
}

user_without_sudo() {
	chmod 755 "$dir/bin/sudo"
	refused user_without_sudo 'not root, and sudo -n does not work .sudo: a password' --target ssh:user \
		--remote-dir "$dir/home/mmguard" || { make_sudo && return 1; }
	make_sudo
}

# A tree of others: their files, links and directories as they are.
make_tree() {
	mkdir -p "$dir/a tree/mm/data" "$dir/a tree/kselftest" "$dir/a tree/unused"
	cd "$dir/a tree"
	echo shared >kselftest/shared.sh
	echo data >mm/data/file
	ln -s data/file mm/link
	cp /bin/true mm/dynamic
	cat >mm/speaks.sh <<'END'
#!/bin/sh
echo 1..2
cat link | grep -q data && [ -L link ] && [ -f ../kselftest/shared.sh ] && [ ! -e ../unused ] && echo ok 1 files
echo ok 2 last
END
	echo 'exit 1' >mm/fails.sh
	printf 'mm:dynamic\nmm:speaks.sh\nmm:fails.sh\nmm:missing\n' >kselftest-list.txt
	chmod 755 mm/*.sh
	cd - >/dev/null
}

# from NAME: the tree is run there; its results are as they have to be
from() {
	status=0
	run "$1" --from "$dir/a tree" || status=$?
	[ "$status" -eq 1 ] && left_nothing || return 1
	for want in PASS.mm.dynamic PASS.mm.speaks_sh.files PASS.mm.speaks_sh.last FAIL.mm.fails_sh BROKEN.mm.missing; do
		grep -A1 "\"name\": \"${want#*.}\"" "$dir/$1/latest/results.json" | grep -q "\"${want%%.*}\"" || return 1
	done
}

from_tree() {
	make_tree
	from from_tree && grep -q 'a tree' "$dir/from_tree.log"
}

from_again() {
	from from_again && ! grep -q copying "$dir/from_again.log" || return 1
	echo 'exit 2' >"$dir/a tree/mm/fails.sh"
	from from_changed && grep -q copying "$dir/from_changed.log" &&
		grep -q 'exit status 2' "$dir/from_changed/latest/results.json"
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
	refused no_space 'no space' --remote-dir "$dir/small/mmguard"
}

read_only() {
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
echo "KTAP version 1"
start_server
for c in ${CHECKS:-whole second_copies_nothing rounds connection_cut mmrun_killed interrupted no_server \
	resumed resumed_late resumed_after_both resumed_finished resumed_vanished hangs says_nothing \
	user_with_sudo user_without_sudo from_tree from_again \
	unknown_key no_space read_only not_ours other_machine}; do
	check "$c"
done
echo "1..$n"
exit $failed
