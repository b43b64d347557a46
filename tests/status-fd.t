#!/bin/sh
# status-fd: a failure is a record for programs and a hint for people, wherever in a start it is.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

rootfs "$work/box"
cd "$work/tmp" || exit 1
record=$work/record

# The first record must be whole, name this cause and step, and its fix be what the hint says.
cat >judge.py <<'P'
import json, sys
path, cause, step, said = sys.argv[1:]
with open(path) as lines:
    record = json.loads(lines.readline())
for key in ("step", "call", "object", "reason", "cause", "fix"):
    assert key in record, f"{key} is missing: {record}"
assert (record["cause"], record["step"]) == (cause, step), record
assert record["call"] and record["reason"] and record["fix"], record
with open(said) as text:
    assert f"{step}: hint: {record['fix']}" in text.read(), record
P
# caused CAUSE STEP STATUS COMMAND...: the command has fd 20 for its records.
caused() {
	cause=$1 step=$2 code=$3
	shift 3
	: >"$record"
	run bash -c '"$@" 20>"$0"' "$record" "$@"
	[ "$status" = "$code" ] && python3 judge.py "$record" "$cause" "$step" "$work/.err" ||
		{ show; cat "$record"; return 1; }
	shown="$shown $cause"
}
shown=
boxed() { cause=$1 step=$2 code=$3; shift 3; caused "$cause" "$step" "$code" "$top/container" run --rm --status-fd 20 --network none --rootfs "$work/box" "$@"; }
tool() { # CAUSE TOOL OPTION...
	cause=$1 tool=$2
	shift 2
	caused "$cause" "$tool" 125 "$tools/$tool" --status-fd 20 "$@"
}

# ---------------------------------------------------------------- the program cannot be started
box=$work/box
check 'a program that is nowhere' boxed not-in-path priv-drop 127 nosuch
check 'with an init it is the init that says so' boxed not-in-path init-reap 127 --init nosuch
printf '#!/bin/sh\r\necho x\r\n' >"$box/crlf"
printf '#!/bin/nosuch\n' >"$box/script"
printf '#!/etc/passwd\n' >"$box/interpreted"
echo junk >"$box/junk"
cp /bin/busybox "$box/other"
# The machine's number, at byte 18, becomes that of a Motorola 68000.
printf '\004\000' | dd of="$box/other" bs=1 seek=18 conv=notrunc 2>/dev/null
cp /bin/busybox "$box/noexec"
chmod 755 "$box/crlf" "$box/script" "$box/interpreted" "$box/junk" "$box/other"
chmod 644 "$box/noexec"
check 'a script with the line ends of DOS' boxed crlf priv-drop 127 /crlf
check 'a script whose interpreter is not there' boxed interpreter-missing priv-drop 127 /script
check 'a script whose interpreter is no program' boxed interpreter-not-executable priv-drop 126 /interpreted
check 'a file that is no program' boxed unknown-format priv-drop 126 /junk
check 'a program for another machine' boxed other-machine priv-drop 126 /other
check 'a file that is not executable' boxed not-executable priv-drop 126 /noexec
check 'a directory' boxed directory priv-drop 126 /etc
mkfifo "$box/fifo"
check 'a FIFO' boxed not-a-file priv-drop 126 /fifo
# Any dynamic program of the host, in a root file system without its loader.
if readelf=$(command -v python3) && head -c 4096 "$readelf" | grep -q 'ld-linux'; then
	cp -L "$readelf" "$box/dynamic"
	check 'a program whose loader is not there' boxed loader-missing priv-drop 127 /dynamic
	rm "$box/dynamic"
fi
mkdir volume
mount -t tmpfs -o noexec volume volume
cp /bin/busybox volume/
check 'a program on a volume without exec' boxed noexec priv-drop 126 -v "$PWD/volume:/v" /v/busybox
umount volume

# ---------------------------------------------------------------- the start fails
check 'a limit of memory that is too low to start' boxed memory-too-low cg-exec 125 -m 1m true
check 'a user that the image has not' boxed account-missing priv-drop 125 -u nobodyhere true
check 'a parameter of the whole machine' boxed not-namespaced sysctl-set 125 --sysctl kernel.panic=1 true
rm -rf "$work/bad"
cp -a "$box" "$work/bad"
rmdir "$work/bad/proc"
ln -s /tmp "$work/bad/proc"
check 'a link where a directory must be' caused not-a-directory mnt-kernel 125 "$top/container" run --rm \
	--status-fd 20 --network none --rootfs "$work/bad" true
"$top/container" run --network none --name kept --rootfs "$box" true
check 'a name in use' boxed name-in-use state-new 125 --name kept true
"$top/container" rm kept >/dev/null
check 'a container that is not there' boxed no-such-container state-find 125 --uts container:nosuch true
mkdir low up wk over
mount -t overlay -o lowerdir=low,upperdir=up,workdir=wk over over
check 'a state directory on an overlay' caused upper-on-overlay ovl-mount 125 env CONTAINER_TOOLS_ROOT="$PWD/over" \
	"$top/container" run --rm --status-fd 20 --network none --rootfs "$box" true
umount over
if nft list ruleset >/dev/null 2>&1; then
	: >hidden
	chmod 644 hidden
	check 'ip and nft are not installed' caused program-missing net-bridge 125 unshare --mount sh -c '
		for directory in /usr/sbin /usr/bin /sbin /bin; do
			for program in ip nft; do
				[ ! -e "$directory/$program" ] || mount --bind hidden "$directory/$program" || exit
			done
		done
		exec "$top/container" run --rm --status-fd 20 --rootfs "$work/box" true'
	check 'a bridge that is not there' caused no-bridge net-veth 125 \
		"$top/container" run --rm --status-fd 20 --network bridge:nosuch0 --rootfs "$box" true
	unshare --net sleep 1000 &
	pids=$!
	unshare --net sleep 1000 &
	pids="$pids $!"
	own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	for pid in $pids; do wait_until own_net "$pid"; done
	"$tools/net-bridge" --state "$work/net" --name tiny0 --subnet 10.99.7.0/30 >/dev/null 2>&1
	"$tools/net-veth" --bridge tiny0 "${pids#* }" >/dev/null
	check 'no address is left' tool address-pool-empty net-veth --bridge tiny0 "${pids% *}"
	# shellcheck disable=SC2086 # numbers
	kill -9 $pids
fi

# ---------------------------------------------------------------- tools by themselves
check 'nobody releases the start' tool released-by-nobody fd-wait --fd 0 -- true
check 'a number above the limit' caused fd-limit fd-pipe 125 sh -c \
	'ulimit -n 100 && exec "$tools/fd-pipe" --status-fd 20 --pipe 500:501 -- true'
check 'no privilege for namespaces' caused not-root ns-exec 125 setpriv --bounding-set -all \
	"$tools/ns-exec" --status-fd 20 --mount -- true
# The limit of a user namespace of our own: the machine's stays.
check 'user namespaces are used up' caused namespace-limit ns-exec 125 unshare --user --map-root-user sh -c \
	'echo 0 >/proc/sys/user/max_user_namespaces && exec "$tools/ns-exec" --status-fd 20 --user -- true'
check 'no privilege to drop others' caused no-setpcap fd-pipe 125 setpriv --bounding-set -all,+chown \
	"$tools/fd-pipe" --status-fd 20 --pipe 3:4 --keep none -- true
check 'no privilege for groups' caused no-setgroups priv-drop 125 setpriv --bounding-set -all,+setuid,+setpcap \
	"$tools/priv-drop" --status-fd 20 --user 1:1 --capabilities none -- true
check 'no privilege for users' caused no-setuid priv-drop 125 setpriv --bounding-set -all,+setgid,+setpcap \
	"$tools/priv-drop" --status-fd 20 --user 1:1 --capabilities none -- true
check 'no privilege for limits' caused hard-limit priv-drop 125 prlimit --nofile=100:100 \
	setpriv --bounding-set -all,+setuid,+setgid,+setpcap \
	"$tools/priv-drop" --status-fd 20 --rlimit nofile=200:200 --capabilities none -- true

# ---------------------------------------------------------------- what has no cause
# recorded KEY TEXT COMMAND...: the first record says so.
recorded() {
	key=$1 expected_text=$2
	shift 2
	: >"$record"
	run bash -c '"$@" 20>"$0"' "$record" "$@"
	python3 -c 'import json, sys
print(json.loads(open(sys.argv[1]).readline())[sys.argv[2]])' "$record" "$key" >"$work/value"
	[ "$(cat "$work/value")" = "$expected_text" ] || { show; cat "$record"; return 1; }
}
check 'the script itself records what it refuses' recorded call 'nosuch"image' \
	"$top/container" run --status-fd 20 'nosuch"image' true
check 'a bad option behind it is recorded' recorded object lots \
	"$top/container" run --status-fd 20 --memory lots box true
check 'the number of the reason' recorded errno 2 "$tools/chroot-pivot" --status-fd 20 --root nowhere -- true
check 'a number that the start uses itself is refused' fails 125 '*--status-fd*' \
	"$top/container" run --status-fd 7 --rootfs "$box" true

# ---------------------------------------------------------------- the fd
# shellcheck disable=SC2120 # the judge calls it
fds() { bash -c '"$@" ls /proc/self/fd 20>"$0"' "$record" "$top/container" run --rm --status-fd 20 --network none --rootfs "$box" "$@"; }
check 'the program does not get it' prints '0
1
2
3' fds
check 'nor with an init' prints '0
1
2
3' fds --init
check 'with files handed on it is another number, and works' boxed not-in-path priv-drop 127 \
	--preserve-fds 0 nosuch
check 'one that is not open is refused' fails 125 '*--status-fd: 30: not open*' \
	"$top/container" run --status-fd 30 --rootfs "$box" true
: >"$record"
fds >/dev/null
check 'what goes well is no record' prints '' cat "$record"

# ---------------------------------------------------------------- the page
listed() { sed -n 's/^\.It Cm //p' "$top/pipelines/container-causes.7" | sed '1,/^fix$/d'; }
ids() { "$top/tests/causes" "$top" | cut -f 1; }
check 'container-causes(7) is a clean page' mandoc -Tlint -W warning "$top/pipelines/container-causes.7"
check 'it has every cause in the sources, in order' prints "$(ids)" listed
check 'the causes shown here are among them' succeeds sh -c 'for cause in $1; do
	printf "%s\n" "$2" | grep -qx "$cause" || exit; done' sh "$shown" "$(ids)"

find /sys/fs/cgroup -path "*$CONTAINER_TOOLS_CGROUP_PARENT/*" -depth -type d -exec rmdir {} + 2>/dev/null
done_testing
