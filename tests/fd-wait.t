#!/bin/sh
# fd-wait: nothing runs before the byte, and nothing ever runs without it.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

wait_fd() { "$tools/fd-wait" --fd 3 -- "$@"; }

# in_state LETTER PID: the process is in that state (S: it sleeps).
in_state() {
	read -r line 2>/dev/null <"/proc/$2/stat" || return 1
	case ${line##*) } in "$1"*) ;; *) return 1 ;; esac
}

sleeps_in() {
	in_state S "$1" && case $(cat "/proc/$1/comm") in fd-wait) ;; *) return 1 ;; esac
}

# held COMMAND...: with fd 3 the read end and fd 4 the write end of a pipe, start fd-wait on it
# beside COMMAND, which releases it or not; what the program says is in $work/ran.
held() {
	rm -f "$work/ran"
	"$tools/fd-pipe" --pipe 3:4 -- sh -c '
		"$tools/fd-wait" --fd 3 -- sh -c "echo ran >$work/ran; exit 7" 4>&- &
		exec 3<&-
		. "$0"
		wait $!' "$work/releaser"
}
ran() { [ -e "$work/ran" ]; }

cat >"$work/releaser" <<'X'
. "$work/wait"
wait_until sleeps_in $!
[ ! -e "$work/ran" ] || exit 99
echo >&4
X
sed -n '/^in_state()/,/^}/p; /^sleeps_in()/,/^}/p' "$0" >"$work/wait"
sed -n '/^wait_until()/,/^}/p' "$top/tests/lib.sh" >>"$work/wait"
check 'the program runs once the byte is there, and not before' exits 7 held
check 'it did run' ran
echo 'exec 4>&-' >"$work/releaser"
check 'the end of file is a failure' fails 125 '*nobody released it*hint: *' held
check 'and nothing ran' eval '! ran'
cat >"$work/releaser" <<'X'
exec 4>&-
"$tools/fd-pipe" --pipe 3:4 -- sh -c 'kill -9 $$'
X
check 'so is a writer that was killed' exits 125 sh -c '
	"$tools/fd-pipe" --pipe 3:4 -- sh -c '\''
		"$tools/fd-wait" --fd 3 -- touch "$work/ran" 4>&- &
		echo $! >"$work/pid"; exec 3<&-; kill -9 $$'\'' 2>/dev/null
	read -r pid <"$work/pid"
	. "$work/wait"; wait_until test ! -e "/proc/$pid/stat" || kill -9 "$pid"
	[ -e "$work/ran" ] && exit 1; exit 125'

check 'one byte of several is enough, whatever it is' prints ran sh -c \
	'printf "\0\0\0" | "$tools/fd-wait" --fd 0 -- echo ran'
check 'the fd is closed to the program' prints closed wait_fd sh -c \
	'{ true <&3; } 2>/dev/null || echo closed' 3</etc/hostname

# A non-blocking read end: whoever shares the pipe may have set that.
nonblocking='import fcntl, os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(r, False)
child = subprocess.Popen([sys.argv[1], "--fd", str(r), "--", "echo", "ran"], pass_fds=[r])
while open("/proc/%d/stat" % child.pid).read().rsplit(") ", 1)[1][0] != "S": time.sleep(0.001)
os.write(w, b"x")
sys.exit(child.wait())'
check 'a non-blocking fd is waited on all the same' prints ran \
	python3 -c "$nonblocking" "$tools/fd-wait"
stopped='import os, signal, subprocess, sys, time
r, w = os.pipe()
child = subprocess.Popen([sys.argv[1], "--fd", str(r), "--", "echo", "ran"], pass_fds=[r])
state = lambda: open("/proc/%d/stat" % child.pid).read().rsplit(") ", 1)[1][0]
for letter, number in ("S", signal.SIGSTOP), ("T", signal.SIGCONT), ("S", 0):
	while state() != letter: time.sleep(0.001)
	number and child.send_signal(number)
os.write(w, b"x")
sys.exit(child.wait())'
check 'being stopped and continued does not end the wait' prints ran \
	python3 -c "$stopped" "$tools/fd-wait"

mkfifo "$work/fifo"
fifo_released() {
	"$tools/fd-wait" --fifo "$work/fifo" -- echo ran &
	wait_until sleeps_in $! || return 1
	# Opens and goes without a byte.
	true >"$work/fifo"
	in_state S $! || return 2
	echo >"$work/fifo"
	wait $!
}
check 'a FIFO: a writer without a byte is passed over, one with a byte releases it' prints ran \
	fifo_released
check 'a file instead of the FIFO is refused' fails 125 '*not a FIFO*' \
	sh -c ': >"$work/plain"; exec "$tools/fd-wait" --fifo "$work/plain" -- true'
check 'a device instead of the FIFO is refused' fails 125 '*not a FIFO*' \
	"$tools/fd-wait" --fifo /dev/zero -- true
check 'a missing FIFO is named' fails 125 '*/nowhere*No such file*' \
	"$tools/fd-wait" --fifo /nowhere -- true

# A pipe that nobody ever writes to: only what does not wait can end.
never() { timeout 10 "$tools/fd-pipe" --pipe 3:4 -- "$tools/fd-wait" --fd 3 -- "$@"; }
check 'a missing program is 127, before the wait' exits 127 never /nowhere
check 'a program that cannot be executed is 126, before the wait' exits 126 never /etc/passwd

mkdir "$work/root" && rootfs "$work/root"
check 'it can be carried, and run what is carried' prints 'ran' sh -c \
	'echo | unshare --mount "$tools/chroot-pivot" --root "$work/root" --carry 10="$tools/fd-wait" \
		--carry 11=/bin/busybox -- fd-wait --fd 0 --exec-fd 11 -- echo ran'
check 'an fd that is not open is 125' fails 125 '*Bad file descriptor*' \
	"$tools/fd-wait" --fd 9 -- true
check 'neither fd nor FIFO is refused' fails 125 '*one of --fd and --fifo*' "$tools/fd-wait" -- true
check 'both are refused' fails 125 '*one of --fd and --fifo*' \
	"$tools/fd-wait" --fd 3 --fifo "$work/fifo" -- true
check 'arguments survive' prints 'a  b|' sh -c \
	'echo | "$tools/fd-wait" --fd 0 sh -c "echo \"\$1|\$2\"" sh "a  b" ""'

done_testing
