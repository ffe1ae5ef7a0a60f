/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done by a shell on the other machine: POSIX, one line each, no single quotes.
 * Directories are made with mkdir and entered only when they are ours, nothing lies in /tmp.
 */
#ifndef MG_REMOTESCRIPT_H
#define MG_REMOTESCRIPT_H

/* Exit statuses of the scripts. */
#define REMOTE_NO_ROOT	81
#define REMOTE_NO_DIR	82
#define REMOTE_NOT_OURS 83
#define REMOTE_NO_COPY	84
#define REMOTE_NO_START 85
#define REMOTE_VANISHED 86 /* results that were begun are not there any more */
#define REMOTE_NEW_BOOT 97

/* Programs that were brought so many days ago are removed; who needs them brings them again. */
#define REMOTE_KEEP_DAYS "30"

/*
 * DIR ("": the default): prints facts, one "mmguard WORD VALUE" a line.  Unpacked programs
 * are found by name and size.
 */
#define REMOTE_LOOK                                                                           \
	"umask 077; LC_ALL=C; export LC_ALL; "                                                \
	"s=; [ \"$(id -u)\" = 0 ] || { s=\"sudo -n\"; $s true || exit 81; }; "                \
	"d=$1; [ -n \"$d\" ] || d=${XDG_CACHE_HOME:-$HOME/.cache}/mmguard; "                  \
	"mkdir -p \"$d\" || exit 82; "                                                        \
	"[ ! -L \"$d\" ] && [ -O \"$d\" ] || exit 83; chmod 700 \"$d\" || exit 82; "          \
	"mkdir -p \"$d/store\" \"$d/runs\" && : >\"$d/try\" && rm \"$d/try\" || exit 82; "    \
	"cd \"$d/store\" || exit 82; "                                                        \
	"find . -mindepth 1 -maxdepth 1 -mtime +" REMOTE_KEEP_DAYS " -exec rm -rf {} +; "     \
	"for f in */*; do [ -f \"$f\" ] && echo \"mmguard have $f $(wc -c <\"$f\")\"; done; " \
	"echo \"mmguard arch $(uname -m)\"; echo \"mmguard release $(uname -r)\"; "           \
	"echo \"mmguard version $(uname -v)\"; "                                              \
	"read -r b </proc/sys/kernel/random/boot_id; echo \"mmguard boot $b\"; "              \
	"echo \"mmguard dir $d\"; echo \"mmguard sudo $s\"; "                                 \
	"echo \"mmguard cpus $(grep -c ^processor /proc/cpuinfo)\"; "                         \
	"while read -r k v u; do [ $k != MemTotal: ] || echo \"mmguard memory $v\"; done "    \
	"</proc/meminfo; "                                                                    \
	"df -Pk . | while read -r a b c e f; do echo \"mmguard free $e\"; done; exit 0"

/* DIR: unpacks an archive from stdin into the store.  A half of one never gets there. */
#define REMOTE_UNPACK                                                                     \
	"umask 077; cd \"$1\" || exit 82; "                                               \
	"in=in.$$; rm -rf $in; mkdir $in || exit 84; trap \"rm -rf $in\" EXIT HUP TERM; " \
	"tar -xomf - -C $in || exit 84; sync; "                                           \
	"for f in $in/*; do t=store/${f##*/}; rm -rf \"$t\"; "                            \
	"mv \"$f\" \"$t\" || exit 84; done; exit 0"

/*
 * DIR RUN K OFFSET BOOT_ID MMRUN SLOW SUDO, the plan on stdin: starts mmrun unless it was, and
 * prints its frames from byte OFFSET on until it is over.
 */
#define REMOTE_FOLLOW                                                                         \
	"umask 077; read -r b </proc/sys/kernel/random/boot_id; [ \"$b\" = \"$5\" ] || "      \
	"exit 97; cd \"$1/runs\" || exit 82; mkdir -p $2 && cd $2 || exit 82; "               \
	"if [ ! -e frames.$3 ]; then [ $4 = 0 ] || exit 86; "                                 \
	"[ $3 = 1 ] || $8 env MMGUARD_RUN=$2 \"$1/store/$6\" --results results --clean-up "   \
	"</dev/null >>log.$3 "                                                                \
	"2>&1; "                                                                              \
	"cat >plan.$3.new && mv plan.$3.new plan.$3 || exit 84; "                             \
	"$8 env MMGUARD_RUN=$2 \"$1/store/$6\" --detach --results results --boot $3 --slow "  \
	"$7 --plan plan.$3 "                                                                  \
	"--stream frames.$3 </dev/null >>log.$3 2>&1 || { tail -n 1 log.$3 >&2; exit 85; }; " \
	"fi; exec $8 \"$1/store/$6\" --follow frames.$3 --from $4"

/* DIR RUN K: has the start K written anything?  86 when it has not. */
#define REMOTE_HAS "[ -e \"$1/runs/$2/frames.$3\" ] || exit 86"

/* DIR RUN K OFFSET SUDO: what is kept of frames.K from byte OFFSET (counted from 1) on. */
#define REMOTE_REST \
	"cd \"$1/runs/$2\" || exit 0; [ ! -e frames.$3 ] || $5 tail -c +$4 frames.$3"

/*
 * DIR RUN K SUDO: an archive of what kernels left of their logs since plan.K was written.
 * Asked of the plan, which is newer than what is older: a find that compares whole seconds
 * would leave out a death in the second of its plan.
 */
#define REMOTE_PSTORE                                                                       \
	"p=\"$1/runs/$2/plan.$3\"; s=$4; cd / && [ -e \"$p\" ] || exit 0; set --; "         \
	"for f in $($s find sys/fs/pstore var/lib/systemd/pstore -type f 2>/dev/null); do " \
	"[ \"$($s find \"$p\" -newer \"$f\")\" ] || set -- \"$@\" \"$f\"; done; "           \
	"[ $# = 0 ] || $s tar -cf - \"$@\" 2>/dev/null; exit 0"

/* DIR RUN K: the last thing mmrun said outside its results. */
#define REMOTE_LOG "tail -n 1 \"$1/runs/$2/log.$3\""

/* DIR RUN K MMRUN SUDO: ends mmrun, and with it the tests. */
#define REMOTE_STOP                                           \
	"cd \"$1/runs/$2\" || exit 0; [ ! -e frames.$3 ] || " \
	"$5 \"$1/store/$4\" --stop frames.$3"

/* DIR RUN SUDO */
#define REMOTE_CLEAN "cd \"$1/runs\" && $3 rm -rf \"$2\""

#endif
