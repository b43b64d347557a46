#!/bin/sh
# run: namespaces of the host and of other containers, and that all ends with whoever started it.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

none() { "$top/container" run --rm --network none --rootfs "$work/box" "$@"; }
rootfs "$work/box"
in_ns() { readlink "/proc/self/ns/$1"; }
mkfifo -m 666 "$work/ready" "$work/go"

# A container to share with, until the fifo is written to.
other() { # OPTION...
	"$top/container" run --rm --name other -h other --rootfs "$work/box" -v "$work/ready:/ready" -v "$work/go:/go" "$@" \
		sh -c 'hostname changed 2>/dev/null; for kind in pid net uts; do readlink /proc/self/ns/$kind; done | paste -sd " " >/ready; read -r _ </go' &
	front=$!
	read -r other_pid other_net other_uts <"$work/ready"
}
let_go() { echo >"$work/go"; wait "$front"; }

# ---------------------------------------------------------------- those of another container
other --cap-add sys_admin
check 'its network is joined' prints "$other_net" none --network container:other readlink /proc/self/ns/net
check 'also by the beginning of its ID' prints "$other_net" sh -c '
	id=$("$top/container" ps -q) && "$top/container" run --rm --network "container:$id" --rootfs "$work/box" readlink /proc/self/ns/net'
check 'with its address, its name, and its files' succeeds none --network container:other sh -c '
	address=$(ip -4 -o addr show eth0 | sed "s/.*inet \([0-9.]*\).*/\1/")
	[ "$(hostname)" = other ] && grep -q "^$address.other" /etc/hosts && ping -c 1 -W 5 other >/dev/null'
check 'its processes are seen' prints "$other_pid 1" none --pid container:other sh -c '
	echo $(readlink /proc/self/ns/pid) $(tr "\0" "\n" </proc/1/cmdline | grep -c hostname)'
check 'the program is not the first of them' exits 0 none --pid container:other sh -c '[ $$ != 1 ]'
check 'the status is still that of the program' exits 7 none --pid container:other sh -c 'exit 7'
check 'its host name is shared' prints "$other_uts changed" none --uts container:other sh -c \
	'echo $(readlink /proc/self/ns/uts) $(hostname)'
check 'addresses are those of the other' fails 125 '*--ip*' none --network container:other --ip 10.90.0.9 true
check 'parameters of its network are not ours to set' fails 125 '*--sysctl*' \
	none --network container:other --sysctl net.core.somaxconn=77 true
let_go
check 'one that has ended is refused' fails 125 '*other*no such container*hint*' none --network container:other true
check 'so is one that never was' fails 125 '*nosuch*no such container*' none --pid container:nosuch true
"$top/container" run --name ended --network none --rootfs "$work/box" true
check 'one that does not run has no namespaces' fails 125 '*ended*does not run*hint*' none --uts container:ended true
"$top/container" rm ended >/dev/null

# ---------------------------------------------------------------- those of the host
check 'with --pid host it sees the processes of the host' prints "$(in_ns pid) $$" none --pid host sh -c \
	'echo $(readlink /proc/self/ns/pid) $(for p in /proc/[0-9]*; do echo ${p#/proc/}; done | grep -x '"$$"')'
check 'the status is that of the program' exits 7 none --pid host sh -c 'exit 7'
check 'what it leaves behind ends with it' prints '' sh -c '
	"$top/container" run --rm --network none --pid host --rootfs "$work/box" sh -c "sleep 4711 & :"
	for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline | grep "^sleep 4711"; done 2>/dev/null; :'
left() { for process in /proc/[0-9]*; do tr '\0' ' ' <"$process/cmdline" | grep -q '^sleep 4712' && return 0; done 2>/dev/null; return 1; }
started() {
	# Not by a function, which would be a process between.
	"$top/container" run --rm --network none --rootfs "$work/box" --pid host -v "$work/ready:/ready" "$@" sh -c 'sleep 4712 & echo >/ready; exec sleep 4712' &
	front=$!
	read -r _ <"$work/ready"
}
none_left() { ! left; }
empty() { [ -z "$(ls "$CONTAINER_TOOLS_ROOT/containers" "$CONTAINER_TOOLS_RUN/locks" | sed '/:$/d; /^$/d')" ]; }
killed() { # OPTION...
	started "$@"
	left || return 1
	kill -KILL "$front"
	wait "$front"
	wait_until none_left && wait_until empty
}
check 'killing the front ends it, though no namespace does' killed
check 'also one that changed its user' killed -u 1000
check 'also where another is joined' killed --ipc host --uts host
supervisor_killed() {
	started -u 1000
	for process in /proc/[0-9]*; do
		case $(tr '\0' ' ' 2>/dev/null <"$process/cmdline") in
		"$tools/ns-exec "*"--join /proc/self/ns/pid"*) kill -KILL "${process#/proc/}" ;;
		esac
	done
	status=0
	wait "$front" || status=$?
	[ "$status" = 137 ] && wait_until none_left && wait_until empty
}
check 'so does killing the supervisor' supervisor_killed
terminated() {
	"$top/container" run --rm --network none --rootfs "$work/box" --pid host -v "$work/ready:/ready" sh -c 'trap "exit 9" TERM; echo >/ready; while :; do usleep 1000; done' &
	front=$!
	read -r _ <"$work/ready"
	kill -TERM "$front"
	status=0
	wait "$front" || status=$?
	[ "$status" = 9 ]
}
check 'signals reach it' terminated
check 'nothing is left' wait_until empty

nft delete table inet container_tools 2>/dev/null
done_testing
