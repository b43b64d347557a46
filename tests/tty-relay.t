#!/bin/sh
# tty-relay: what happens between two terminals. With containers: run-tty.t.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

rootfs "$work/root"
export PATH="$tools:$PATH" PYTHONPATH="$top/tests" PYTHONDONTWRITEBYTECODE=1
relay() {
	timeout 30 tty-relay --console-fd 12 "$@"
}
# The chain that opens the other terminal.
opened() {
	option=$1
	shift
	relay ${option:+"$option"} -- ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- \
		tty-open --root "$work/root" --console-fd 12 -- chroot-pivot --root "$work/root" -- "$@"
}
plain() { "$@" | tr -d '\r'; }

check 'what the program writes comes out' prints hello plain opened '' /bin/echo hello
check 'the status is that of the program' exits 7 opened '' /bin/sh -c 'exit 7'
check 'so is the signal that ended it' exits 143 relay -- sh -c 'kill -TERM $$'
check 'a program that sends no terminal is just run' prints hello relay -- echo hello
check 'a missing program is 127' exits 127 relay -- /nowhere
mkfifo "$work/go"
check 'standard input that is no terminal is passed on, and its end' prints 'one
two
end' sh -c '{ read -r go <"$work/go"; printf "one\ntwo"; } | "$0" "$@" | tr -d "\r"' \
	timeout 30 tty-relay --interactive --console-fd 12 -- \
	ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- tty-open --root "$work/root" --console-fd 12 -- \
	sh -c 'stty -echo; echo >"$work/go"; cat; echo; echo end'
check 'without --interactive it is not read' prints unread sh -c 'printf unread | { "$@" >/dev/null; cat; }' sh \
	tty-relay --console-fd 12 -- true
check 'what comes from the socket must be a terminal' fails 125 '*not a master*' relay -- python3 -c '
import socket
s = socket.socket(fileno=12)
socket.send_fds(s, [b"x"], [0])
s.recv(1)'
check 'nor is a message without one taken' fails 125 '*not a master*' relay -- python3 -c '
import socket
s = socket.socket(fileno=12)
s.send(b"x")
s.recv(1)'
check 'all that was written last is passed on' prints 100000 sh -c '"$@" | wc -c' sh \
	timeout 30 tty-relay --console-fd 12 -- ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- \
	tty-open --root "$work/root" --console-fd 12 -- sh -c 'stty raw; head -c 100000 /dev/zero'
check 'a terminal that nobody has open for a while is not lost' prints 'one
two' plain opened '' /bin/sh -c 'echo one; exec </dev/null >/dev/null 2>&1; usleep 100000; echo two >/dev/console'
check 'it holds no capability' prints '0000000000000000 0000000000000000' relay -- sh -c \
	'until grep -q "CapPrm:.0000000000000000" /proc/$PPID/status; do usleep 1000 2>/dev/null || sleep 0.01; done
	echo $(grep -E "^Cap(Prm|Eff)" /proc/$PPID/status | cut -f2)'
check 'another parent than the one named is refused' fails 125 '*not our parent*' \
	relay --parent 1 -- true
killed() {
	mkfifo "$work/ready"
	tty-relay --console-fd 12 -- sh -c 'echo $$ >"$work/ready"; exec sleep 1000' &
	relay=$!
	read -r program <"$work/ready"
	kill -KILL "$relay"
	wait "$relay" || :
	wait_until gone "$program"
}
gone() { case $(cat "/proc/$1/stat" 2>/dev/null) in '' | *') Z '*) ;; *) false ;; esac; }
check 'the program ends with it' killed
orphaned() {
	mkfifo "$work/ready2"
	sh -c 'tty-relay --console-fd 12 -- sh -c "echo \$PPID >\"\$work/ready2\"; exec sleep 1000" & wait' &
	parent=$!
	read -r relay <"$work/ready2"
	kill -KILL "$parent"
	wait "$parent" || :
	wait_until gone "$relay" || { kill -KILL "$relay"; false; }
}
check 'it ends with its parent' orphaned
check 'a signal is sent on' exits 9 sh -c '
	mkfifo "$work/up"
	tty-relay --console-fd 12 -- sh -c "trap \"exit 9\" USR1; echo up >\"\$work/up\"; while :; do sleep 0.01; done" &
	read -r line <"$work/up"
	kill -USR1 $!
	wait $!'
check 'the fd of the socket is no standard stream' fails 125 '*standard stream*' tty-relay --console-fd 1 -- true

done_testing
