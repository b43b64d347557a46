#!/bin/sh
# ns-exec: namespaces are new, given or the caller's; the program's end, signals and death are passed on.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

ns() { "$tools/ns-exec" "$@"; }
same() { [ "$(readlink "/proc/self/ns/$1")" = "$(ns "$2" -- readlink "/proc/self/ns/$1")" ]; }
different() { ! same "$@"; }

for kind in mount:mnt uts:uts ipc:ipc net:net cgroup:cgroup user:user pid:pid time:time; do
	check "--${kind%:*} makes a new one" different "${kind#*:}" "--${kind%:*}"
	[ "$kind" = uts:uts ] || check "without --${kind%:*} it is the caller's" same "${kind#*:}" --uts
done

check 'the program is pid 1' prints 1 ns --pid -- sh -c 'echo $$'
check 'the status is that of the program' exits 7 ns --pid -- sh -c 'exit 7'
check 'death by a signal is 128 more' exits 139 ns --pid -- sh -c 'sh -c "kill -SEGV \$\$"; exit $?'
check 'a missing program is 127' exits 127 ns --pid -- /nowhere
check 'what cannot be executed is 126' exits 126 ns --pid -- /etc/passwd
check 'the host name is set' prints box ns --uts --hostname box -- hostname
check 'the domain name is set' prints 'dom' ns --uts --domainname dom -- cat /proc/sys/kernel/domainname
check 'a host name without --uts is refused' fails 125 '*need --uts*' ns --hostname x -- true
check 'mounts do not come back out' exits 1 sh -c '
	"$tools/ns-exec" --mount -- mount -t tmpfs x /mnt; grep -q " /mnt tmpfs" /proc/self/mountinfo'
check 'the clocks are moved' succeeds ns --time --boottime 1000000 --pid -- sh -c '
	read -r up rest </proc/uptime; [ "${up%.*}" -ge 1000000 ]'
check 'the network is empty' prints lo ns --net -- sh -c 'ip -o link | sed "s/^[0-9]*: \(lo\):.*/\1/; /ifb/d"'

# A PID as the host sees it.
reported() {
	mkfifo "$work/hold" "$work/pid"
	"$tools/ns-exec" --pid --pid-to 3 -- sh -c 'read -r line <"$1"' sh "$work/hold" 3>"$work/pid" &
	read -r pid <"$work/pid"
	wait_until sh -c 'readlink "/proc/$1/exe" | grep -q sh' sh "$pid"
	[ "$(sed -n 's/^NSpid:.*\t//p' "/proc/$pid/status")" = 1 ]
	verdict=$?
	echo >"$work/hold"
	wait "$!"
	rm "$work/hold" "$work/pid"
	return "$verdict"
}
check '--pid-to gives the PID as the host sees it' reported
check '--pid-to closes the fd to the program' exits 1 ns --pid --pid-to 3 -- \
	sh -c 'test -e /proc/self/fd/3' 3>/dev/null
check 'an fd that is not open is named before anything runs' fails 125 '*fd 250 is not open*' sh -c '
	"$tools/ns-exec" --pid --pid-to 250 -- touch "$work/ran"; s=$?; [ ! -e "$work/ran" ] && exit $s'
check '--hold keeps the fd from the program' exits 1 ns --pid --hold 3 -- \
	sh -c 'test -e /proc/self/fd/3' 3>/dev/null

# Joining: a network made elsewhere.
joined() {
	ip netns add "t$$" && ip -n "t$$" link add marker type bridge &&
		ns --join "/run/netns/t$$" -- ip link show marker >/dev/null
	verdict=$?
	ip netns del "t$$"
	umount /run/netns 2>/dev/null
	return "$verdict"
}
check 'a given namespace is joined' joined
check 'a file that is no namespace is refused' fails 125 '*not a namespace*' ns --join /etc/passwd -- true
check 'a FIFO does not block' fails 125 '*not a namespace*' sh -c '
	mkfifo "$work/fifo"; "$tools/ns-exec" --join "$work/fifo" -- true; s=$?; rm "$work/fifo"; exit $s'
check 'a joined and a new one of a kind are refused' fails 125 '*asked for too*' \
	ns --net --join /proc/self/ns/net -- true
check 'a joined pid namespace holds the program' prints "$(readlink /proc/self/ns/pid)" \
	ns --join /proc/self/ns/pid -- readlink /proc/self/ns/pid

# User namespaces.
check 'the caller is root of a user namespace' prints 0 ns --user --pid -- id -u
check 'maps are written' prints '0 100000 65536' ns --user --pid --mount --uid-map 0:100000:65536 \
	--gid-map 0:100000:65536 -- sh -c 'echo $(sed -n 1p /proc/self/uid_map)'
check 'maps are written without a new pid namespace too' prints '0 100000 65536' ns --user \
	--uid-map 0:100000:65536 --gid-map 0:100000:65536 -- sh -c 'echo $(sed -n 1p /proc/self/uid_map)'
check 'an ordinary user may, too' prints 0 setpriv --reuid 1000 --regid 1000 --clear-groups \
	"$tools/ns-exec" --user --pid --net -- id -u
check 'an ordinary user without --user is told how' fails 125 '*hint: start as root*' \
	setpriv --reuid 1000 --regid 1000 --clear-groups "$tools/ns-exec" --net -- true
check 'a map that overlaps is refused' fails 125 '*uid_map*' ns --user --pid --uid-map 0:0:1 \
	--uid-map 0:5:1 -- true
check 'an id of 2^32-1 is refused' fails 125 '*out of range*' ns --user --uid-map 0:4294967295:1 -- true

# Signals. The program says "ready" when its trap is set.
signalled() { # SIGNAL FLAG...
	signal=$1
	shift
	mkfifo "$work/ready"
	"$tools/ns-exec" --pid "$@" -- sh -c 'trap "exit 9" "$1"; echo ready >"$2"; while :; do busybox usleep 1000; done' \
		sh "$signal" "$work/ready" &
	read -r line <"$work/ready"
	rm "$work/ready"
	kill -"$signal" $!
	status=0
	wait $! || status=$?
	[ "$status" = 9 ]
}
for signal in TERM HUP INT USR1 WINCH RTMIN; do
	check "SIG$signal is passed on, once" signalled "$signal"
done
check 'ignored signals and a mask do not reach the program' prints '0000000000000000 0000000000000000' \
	sh -c 'trap "" INT TERM HUP; "$tools/ns-exec" --pid -- sh -c "
		grep -E \"Sig(Blk|Ign)\" /proc/self/status" | cut -f2 | paste -sd" "'
check 'the program is the leader of a session of its own' prints '1 1' ns --pid --mount -- sh -c '
	mount -t proc proc /proc; cut -d" " -f1,6 /proc/1/stat'

# The guard: no program outlives its supervisor, whatever it does.
cat >"$work/clear.py" <<'P'
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG: none
if len(sys.argv) > 2:
    os.setgid(1000); os.setuid(1000)
open(sys.argv[1], "w").write("ready")
while True:
    os.read(os.open("/dev/zero", 0), 1) and __import__("time").sleep(0.01)
P
outlived() {
	mkfifo -m 666 "$work/ready" "$work/pid"
	"$tools/ns-exec" --pid --pid-to 3 -- python3 "$work/clear.py" "$work/ready" "$@" 3>"$work/pid" &
	read -r pid <"$work/pid"
	read -r line <"$work/ready" || :
	rm "$work/ready" "$work/pid"
	kill -KILL $!
	wait $! || :
	wait_until ended "$pid"
}
ended() {
	! read -r line 2>/dev/null <"/proc/$1/stat" || case ${line##*) } in Z* | X*) ;; *) false ;; esac
}
chmod 777 "$work"
command -v python3 >/dev/null || skip_all 'python3 is missing'
check 'a program that clears its parent-death signal dies with the supervisor' outlived
check 'a program that changes its user dies with the supervisor' outlived user

orphaned() {
	mkfifo "$work/pid"
	sh -c '"$tools/ns-exec" --pid --pid-to 3 -- busybox sleep 1000 3>"$work/pid" & wait' &
	read -r pid <"$work/pid"
	rm "$work/pid"
	kill -KILL $!
	wait $! || :
	wait_until ended "$pid"
}
check 'all end when the parent of the supervisor is killed' orphaned
check 'a parent that has gone is noticed' fails 125 '*not our parent*' ns --pid --parent 1 -- true

detached_output() { ns --pid --detach --pid-to 3 -- busybox sleep 1000 3>"$work/pid" >/dev/null
	read -r pid <"$work/pid"; rm "$work/pid"; kill -KILL "$pid" && wait_until ended "$pid"; }
check '--detach ends at once and leaves the program running' detached_output

# What stays resident holds next to nothing.
resident() {
	mkfifo "$work/pid"
	"$tools/ns-exec" --pid --pid-to 3 -- busybox sleep 1000 3>"$work/pid" &
	read -r pid <"$work/pid"
	rm "$work/pid"
	guard=$(cut -d' ' -f4 "/proc/$pid/stat")
	wait_until grep -q 'CapPrm:	0000000000000000' "/proc/$guard/status" &&
		wait_until grep -q 'CapPrm:	0000000000000020' "/proc/$!/status" &&
		wait_until sh -c '[ -z "$(ls "/proc/$1/fd")" ]' sh "$guard"
	verdict=$?
	grep CapPrm "/proc/$guard/status" "/proc/$!/status"
	ls -l "/proc/$guard/fd"
	kill -KILL $!
	wait $! || :
	wait_until ended "$pid"
	return "$verdict"
}
check 'the supervisor keeps CAP_KILL, the guard nothing' resident
# Killed before the guard has asked to die with it: the guard looks whether it came too late.
early() {
	mkfifo "$work/pid"
	strace -f -qq -o "$work/trace" -e trace=capget -e inject=capget:delay_enter=700000:when=1 \
		"$tools/ns-exec" --pid --pid-to 3 -- busybox sleep 1000 3>"$work/pid" &
	read -r pid <"$work/pid"
	rm "$work/pid"
	guard=$(cut -d' ' -f4 "/proc/$pid/stat")
	kill -KILL "$(cut -d' ' -f4 "/proc/$guard/stat")"
	wait_until ended "$pid"
	verdict=$?
	kill -KILL "$!" "$guard" 2>/dev/null
	wait "$!"
	return "$verdict"
}
check 'a supervisor that is killed at once takes all with it' early
output_ends() {
	mkfifo "$work/out" "$work/go"
	"$tools/ns-exec" --pid -- sh -c 'exec >&-; read -r line <"$1"' sh "$work/go" >"$work/out" &
	timeout 10 cat "$work/out"
	verdict=$?
	echo >"$work/go"
	wait "$!"
	rm "$work/out" "$work/go"
	return "$verdict"
}
check 'what reads its output sees the end when the program closes it' output_ends
# The kernel gives the files in /proc of a process that may not be looked into to root.
looked_into() {
	mkfifo "$work/pid"
	setpriv --reuid 1000 --regid 1000 --clear-groups \
		"$tools/ns-exec" --user --pid --pid-to 3 -- busybox sleep 1000 3>"$work/pid" &
	read -r pid <"$work/pid"
	rm "$work/pid"
	stat -c '%u %n' "/proc/$!/mem" "/proc/$(cut -d' ' -f4 "/proc/$pid/stat")/mem" | tee "$work/owners"
	kill -KILL "$!"
	wait "$!"
	! grep -v '^0 ' "$work/owners"
}
check 'nothing with the same user looks into the supervisor or the guard' looked_into
check '--keep bounds what the program gets' prints 'CapBnd:	0000000000000001' \
	ns --pid --keep chown -- grep CapBnd /proc/self/status
check '--keep holds in a user namespace too' prints 'CapBnd:	0000000000000001' \
	ns --pid --user --keep chown -- grep CapBnd /proc/self/status

check 'a program is killed when its time is up' exits 137 ns --pid --timeout 1 -- sleep 1000
check 'its own alarms are its own' exits 142 ns --pid --timeout 1000 -- \
	sh -c 'trap "" TERM; perl -e "alarm 1; sleep 1000"'
check 'without a child there is nobody to kill it' fails 125 '*--timeout*' ns --net --timeout 1 -- true

done_testing
