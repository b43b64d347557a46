#!/bin/sh
# init-reap: the program lives as an ordinary process, under an init that does an init's work.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

init() { unshare --pid --fork --kill-child --mount-proc "$tools/init-reap" "$@"; }
# unshare(1) does not hear a mere SIGTERM.
limited() { timeout -s KILL "$@"; }

check 'the status is that of the program' exits 7 init -- sh -c 'exit 7'
check 'a signal that kills the program is 128 and its number' exits 137 init -- sh -c 'kill -9 $$'
check 'arguments survive' prints 'a  b|' init sh -c 'echo "$1|$2"' sh 'a  b' ''
check 'the program is the child of pid 1' prints '2 1' init -- sh -c 'echo $$ $PPID'
check 'it dies of a signal that pid 1 would not get' exits 143 init -- sh -c 'kill -TERM $$; sleep 100'

# Sends each signal to pid 1, and waits for the program to have got it; all but SIGKILL, SIGSTOP,
# SIGCHLD, and the two that mean the terminal.
signals='import signal, os, time
got, all = set(), signal.valid_signals() - set(map(signal.Signals, (9, 19, 17, 21, 22)))
for n in all: signal.signal(n, lambda n, f: got.add(n))
for n in all:
	os.kill(1, n)
	while n not in got: time.sleep(0.001)
print(len(got) == len(all) > 50)'
check 'every signal that can be caught is passed on' prints True limited 20 \
	unshare --pid --fork --kill-child --mount-proc "$tools/init-reap" -- python3 -c "$signals"
outside() {
	unshare --pid --fork --kill-child=KILL "$tools/init-reap" -- sh -c \
		'trap "exit 9" TERM; echo >"$work/ready"; while :; do sleep 1; done' &
	wait_until test -e "$work/ready" || return 1
	read -r pid <"/proc/$!/task/$!/children"
	kill -TERM "$pid"
	wait $!
}
check 'a signal from outside the namespace reaches the program' exits 9 outside

# Makes orphans, and waits until they have ended and been reaped.
orphans='import os, time
for i in range(50):
	if not os.fork():
		if os.fork(): os._exit(0)
		open("/proc/self/comm", "w").write("orphan")
		while os.getppid() not in parents: time.sleep(0.001)
		os._exit(0)
	os.wait()
def left():
	for p in filter(str.isdigit, os.listdir("/proc")):
		try: yield "(orphan)" in open("/proc/%s/stat" % p).read()
		except OSError: pass
while any(left()): time.sleep(0.001)
print("reaped")'
check 'orphans are reaped' prints reaped limited 20 \
	unshare --pid --fork --kill-child --mount-proc "$tools/init-reap" -- python3 -c "parents = {1}
$orphans"
check 'where it is not pid 1 too' prints reaped limited 20 "$tools/init-reap" -- python3 -c \
	"import os; parents = {os.getppid()}; assert 1 not in parents
$orphans"
check 'an orphan that ends does not end the container' prints still init -- sh -c \
	'(sh -c "exit 3" &); sleep 0.1; echo still'

check 'what is left when the program ends is killed' exits 0 init -- sh -c 'sleep 98765 & exit 0'
check 'nothing of it lives on' exits 1 pgrep -f 'sleep 98765'
killed_parent() {
	"$tools/init-reap" -- sh -c 'echo $$ >"$work/pid.new"; mv "$work/pid.new" "$work/pid"; exec sleep 100' &
	wait_until test -e "$work/pid" || return 1
	read -r pid <"$work/pid"
	kill -9 $!
	wait_until test ! -e "/proc/$pid/comm"
}
check 'where it is not pid 1, killing it kills the program' succeeds killed_parent

inherits='import os, signal, sys
for n in signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD, signal.SIGUSR1: signal.signal(n, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(sys.argv[1], sys.argv[1:])'
check 'signals are at their defaults in the program, whatever was inherited' prints \
	'0000000000000000
0000000000000000' python3 -c "$inherits" "$tools/init-reap" -- \
	sed -n 's/^Sig\(Blk\|Ign\):.//p' /proc/self/status
check 'the status is kept where SIGCHLD was ignored' exits 7 \
	python3 -c "$inherits" "$tools/init-reap" -- sh -c 'exit 7'

# A terminal of its own, whose session leader runs PROGRAM ARGUMENTS... in its foreground, or in
# its background if the first argument is "background".
terminal='import os, pty, signal, sys
pid, master = pty.fork()
if not pid:
	if sys.argv[1] == "background":
		child = os.fork()
		if child: os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
		os.setpgid(0, 0)
	os.execv(sys.argv[2], sys.argv[2:])
try:
	while data := os.read(master, 4096): sys.stdout.write(data.decode().replace("\r", ""))
except OSError: pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))'
foreground='import os
print(os.tcgetpgrp(0) == os.getpgrp() == os.getpid())'
check 'on a terminal the program is in the foreground' prints True python3 -c "$terminal" \
	foreground "$tools/init-reap" -- python3 -c "$foreground"
check 'as pid 1 too' prints True unshare --pid --fork --kill-child python3 -c "$terminal" \
	foreground "$tools/init-reap" -- python3 -c "$foreground"
check 'in the background it does not take the terminal' prints False python3 -c "$terminal" \
	background "$tools/init-reap" -- python3 -c "$foreground"
check 'a shell on it has job control' matches '*[[]1[]]+*running*' python3 -c "$terminal" \
	foreground "$tools/init-reap" -- bash --norc -ic 'set -m; sleep 1 & jobs | sed s/Running/running/; kill %1'

check 'the program may use the streams of its init' prints through unshare --pid --fork --kill-child \
	--mount-proc "$tools/priv-drop" -- "$tools/init-reap" -- sh -c 'echo through >/proc/1/fd/1'

check 'a missing program is 127' fails 127 'init-reap: execute: /nowhere: *' init /nowhere
check 'a program that cannot be executed is 126' exits 126 init /etc/passwd
check 'one that is not in PATH is 127, and the PATH is named' fails 127 '*hint: *PATH=/bin*' \
	env PATH=/bin "$tools/init-reap" no-such-program
mkdir "$work/root" && rootfs "$work/root"
check 'it can be carried, and run what is carried' prints ran unshare --mount --pid --fork \
	"$tools/chroot-pivot" --root "$work/root" --carry 10="$tools/init-reap" \
	--carry 11=/bin/busybox -- init-reap --exec-fd 11 -- echo ran
fds='import os, sys
print(*[f for f in (8, 9) if os.path.exists("/proc/%s/fd/%d" % (sys.argv[1], f))])'
check 'init holds no fd that the program has' prints '' \
	env program="$fds" "$tools/init-reap" -- sh -c 'exec python3 -c "$program" $PPID' 8</dev/null 9</dev/null
check 'the fds of its own options are not left to the program' prints '' sh -c \
	'exec "$tools/init-reap" --status-fd 8 --trace-fd 9 -- python3 -c "$1" self 8</dev/null 9>/dev/null' \
	sh "$fds"

done_testing
