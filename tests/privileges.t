#!/bin/sh
# privileges: what --privileges says is what is enforced. A tool works with exactly these
# capabilities, and with one of them less it fails and says so. Then a real start, stopped at each
# of its steps: the sets that the kernel shows are those of the table.
#
# What a capability is for shows only where it is needed, so the jobs here work on files of users
# who keep them private, on nodes that belong to others, on processes of other users.
# shellcheck source=tests/lib.sh disable=SC2016,SC2317
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

# ---------------------------------------------------------------- one tool at a time
# What every link needs to go on: to lower the stairs, and to find the next program.
stair=,setpcap,dac_read_search
shown='' set=''

# states TOOL [OPTION]: the capabilities that --privileges states, of the option too.
states() {
	"$tools/$1" --privileges | awk -F '\t' -v more="with ${2-none of them}" '
		$1 == "uses" || $1 == more { if ($2 != "none") list = list "," $2 }
		$1 == "hands-on" && $2 == "--keep" { link = 1 }
		END { print substr(list (link ? "'"$stair"'" : ""), 2) }'
}
# less LIST CAPABILITY
less() { printf '%s' ",$1" | sed "s/,$2\\b//g; s/^,//"; }
# bounding: the capabilities in $set, in setpriv's words.
bounding() { printf -- '-all,%s' "$set" | sed 's/,\([a-z]\)/,+\1/g; s/,$//'; }
# within COMMAND...: with the capabilities in $set, and no others to gain.
within() { setpriv --bounding-set "$(bounding)" "$@"; }
tool() {
	tool=$1
	shift
	within "$tools/$tool" "$@"
}

# works TOOL JOB...: with exactly what is stated.
works() {
	set=$(states "$1")
	shift
	succeeds "$@"
}
# needs TOOL[ OPTION] CAPABILITY STATUS PATTERN JOB...: all that is stated does it, without this one
# it fails so.
needs() {
	whole=$(states "${1%% *}" "${1#* }") capability=$2 code=$3 why=$4
	shown="$shown ${1%% *}:$capability"
	shift 4
	set=$whole
	exits 0 "$@" || return 1
	set=$(less "$whole" "$capability")
	[ "$set" != "$whole" ] || { echo "$capability is not stated"; return 1; }
	fails "$code" "$why" "$@"
}
# it NEEDS...: one check, titled by itself.
it() {
	check "$1 works with what it states, and says so when $2 is missing" needs "$@"
}

cd "$work/tmp" || exit 1
rootfs "$work/box"
mine() { chown 1000:1000 "$@"; }
# private DIRECTORY: of user 1000 and nobody else.
private() {
	mkdir -p "$1"
	chmod 700 "$1"
	mine "$1"
}
fresh() {
	rm -rf "$@"
	mkdir "$@"
}

# ---- nothing at all
for quiet in cap-list fd-pipe fd-wait seccomp-compile state-list; do
	check "$quiet states that it needs nothing" prints '' less "$(states "$quiet")" "${stair#,}"
done
check 'cap-list works with nothing' works cap-list tool cap-list --add all
check 'seccomp-compile works with nothing' works seccomp-compile tool seccomp-compile --output program
check 'state-list works with nothing' works state-list \
	tool state-list --root "$state" --run "$CONTAINER_TOOLS_RUN"
check 'fd-pipe works with what a link needs' works fd-pipe tool fd-pipe --pipe 3:4 -- true
released() { echo | tool fd-wait --fd 0 -- true; }
check 'fd-wait works with what a link needs' works fd-wait released

# ---- what a link needs to go on
lowers() { tool fd-pipe --pipe 3:4 --keep chown -- true; }
it fd-pipe setpcap 125 '*drop from the bounding set*Operation not permitted*' lowers
private home
cp /bin/busybox home/busybox
# Run by its path, which leads through a directory of another.
finds() { tool fd-pipe --pipe 3:4 --keep dac_read_search -- "$PWD/home/busybox" true; }
it fd-pipe dac_read_search 126 '*home/busybox: Permission denied*' finds

# ---- opt-parse, opt-print, img-list
printf 'verb x\npurpose x\nusage x\noperands 0..0\n' >home/table
parsed() { tool opt-parse --table home/table -- true; }
it opt-parse dac_read_search 125 '*home/table: Permission denied*' parsed
printed() { tool opt-print home/table; }
it opt-print dac_read_search 125 '*home/table: Permission denied*' printed
read_conf() { tool conf-read --table home/table -- true; }
it conf-read dac_read_search 125 '*home/table: Permission denied*' read_conf
private images
listed() { tool img-list --images images --root "$state"; }
it img-list dac_read_search 125 '*images: Permission denied*' listed

# ---- ns-exec
spaces() { tool ns-exec "$@"; }
it ns-exec sys_admin 125 '*make namespaces: Operation not permitted*' spaces --mount --pid -- true
it 'ns-exec --time' sys_time 125 '*time*Operation not permitted*' \
	spaces --time --pid --monotonic 100 -- true
mapped() { spaces --user --uid-map "0:$1:2" --gid-map "0:$2:2" -- true; }
it 'ns-exec --user' setuid 125 '*uid_map: Operation not permitted*' mapped 1000 0
it 'ns-exec --user' setgid 125 '*gid_map: Operation not permitted*' mapped 1000 1000
it 'ns-exec --user' setfcap 125 '*uid_map: Operation not permitted*' mapped 0 1000
unshare --mount sleep 1000 &
other=$!
moved() { [ "$(readlink "/proc/$other/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }
wait_until moved
it 'ns-exec --join' sys_ptrace 125 '*open the namespace: */ns/mnt: Permission denied*' \
	spaces --join "/proc/$other/ns/mnt" -- true
it 'ns-exec --join' sys_chroot 125 '*join: */ns/mnt: Operation not permitted*' \
	spaces --join "/proc/$other/ns/mnt" -- true
kill -9 "$other"

# A program that has become another user's gets signals only from one with CAP_KILL. The kernel says
# nothing to the tool that a program may refuse, so the effect is what is judged: it ends, or not.
cat >patient <<'P'
trap 'kill $!; exit 0' TERM
# In the background, so that the signal is taken at once.
sleep 1000 &
: >"$1/ready"
wait
P
chmod 755 .
private said
# no_signal PID: it has taken the signal that it was sent.
no_signal() { ! grep -q '^S..Pnd:	0*[1-9a-f]' "/proc/$1/status"; }
# theirs: the processes of user 1000 in the test's own pid namespace.
theirs() {
	grep -l '^Uid:	1000	' /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3
}
forwarded() { # TOOL OPTION...
	rm -f said/ready
	forwarding=$1
	shift
	setpriv --bounding-set "$(bounding)" "$tools/$forwarding" "$@" -- \
		setpriv --reuid 1000 --regid 1000 --clear-groups sh patient said &
	forwarder=$!
	wait_until test -e said/ready || return 1
	kill -TERM "$forwarder"
	wait_until no_signal "$forwarder" 2>/dev/null
	case $set in
	*kill*) wait "$forwarder" ;;
	*)
		# It has tried by now, and the program sleeps on.
		left=$(theirs)
		kill -9 "$forwarder"
		wait "$forwarder"
		[ -n "$left" ] || return 1
		# shellcheck disable=SC2046 # numbers
		[ -z "$(theirs)" ] || kill -9 $(theirs)
		return 125
		;;
	esac
}

# ---- init-reap, ns-exec: KILL
held() {
	# setpriv needs more than the tool.
	whole=$(states "$1" "${2-}"),setuid,setgid
	shown="$shown $1:kill"
	set=$whole
	exits 0 forwarded "$@" || return 1
	set=$(less "$whole" kill)
	exits 125 forwarded "$@"
}
check 'ns-exec: it uses kill, to forward signals to another user'\''s program' held ns-exec --pid
check 'init-reap: it uses kill, for the same' held init-reap

# ---- cg-exec
if "$tools/cg-exec" --group "$CONTAINER_TOOLS_CGROUP_PARENT/one" --pids 10 -- true 2>/dev/null; then
	for group in /sys/fs/cgroup/*"$CONTAINER_TOOLS_CGROUP_PARENT" /sys/fs/cgroup"$CONTAINER_TOOLS_CGROUP_PARENT"; do
		[ ! -d "$group" ] || mine "$group"
	done
	number=0
	grouped() {
		number=$((number + 1))
		tool cg-exec --group "$CONTAINER_TOOLS_CGROUP_PARENT/g$number" "$@" -- true
	}
	it cg-exec dac_override 125 '*Permission denied*' grouped --pids 10
	it cg-exec sys_admin 125 '*device*Operation not permitted*' grouped --device-default
	groups=yes
else
	skip 'cg-exec' 'no cgroups that may be written'
	shown="$shown cg-exec:dac_override cg-exec:sys_admin"
	groups=
fi

# ---- the mounts, each in a mount namespace of its own
unshared() { # KIND TOOL...
	kind=$1 name=$2
	shift 2
	unshare "$kind" setpriv --bounding-set "$(bounding)" "$tools/$name" "$@"
}
apart() { unshared --mount "$@"; }
it chroot-pivot sys_admin 125 '*Operation not permitted*' \
	apart chroot-pivot --root "$work/box" -- /bin/true
it mnt-bind sys_admin 125 '*Operation not permitted*' \
	apart mnt-bind --root "$work/box" --bind /etc:/tmp -- true
bound() { # at a place that has to be made
	rm -rf "$work/box/home"
	private "$work/box/home"
	apart mnt-bind --root "$work/box" --bind /etc:/home/new -- true
}
it mnt-bind dac_override 125 '*home/new: Permission denied*' bound
kernel() { apart mnt-kernel --root "$work/box" "$@" -- true; }
it mnt-kernel sys_admin 125 '*Operation not permitted*' kernel
homeless() { # whose /proc has to be made
	fresh other
	chmod 755 other
	mine other
	apart mnt-kernel --root other -- true
}
it mnt-kernel dac_override 125 '*/proc: Permission denied*' homeless
# A node that belongs to somebody.
mknod node c 1 3
mine node
it mnt-kernel chown 125 '*change the owner of the device: n: Operation not permitted*' \
	kernel --device "$PWD/node:/dev/n"
# Without CAP_MKNOD, as in a user namespace, the host's nodes are bound instead, read-only.
nodes() {
	apart mnt-kernel --root "$work/box" -- sh -c 'echo x >"$1/dev/null" || exit 1
		if grep -q "$1/dev/null " /proc/self/mountinfo; then echo bound >&2; exit 3; fi' sh "$work/box"
}
it mnt-kernel mknod 3 bound nodes

it sysctl-set sys_admin 125 '*Operation not permitted*' \
	unshared --ipc sysctl-set --set kernel.shmmax=4096 -- true
it sysctl-set net_admin 125 '*ip_forward*Operation not permitted*' \
	unshared --net sysctl-set --set net.ipv4.ip_forward=1 -- true

# ---- ovl-mount: an overlay acts with the rights of its mounter, whoever uses it.
rm -rf low
mkdir low
chmod 755 low
layer() {
	echo x >low/theirs
	echo x >low/setgid
	mkdir low/closed
	echo x >low/closed/file
	mine low/theirs low/closed low/closed/file
	chown 0:1000 low/setgid
	chmod 2755 low/setgid
	chmod 700 low/closed
	cp /bin/busybox low/capable
	setcap cap_net_raw+ep low/capable
}
layer
# overlaid COMMAND...: run with all rights on an overlay that was mounted with those in $set.
overlaid() {
	fresh up wk at
	unshare --mount sh -c '
		set=$1
		shift
		setpriv --bounding-set "$set" "$tools/ovl-mount" --lower low --upper up --work wk --at at -- true || exit
		exec "$@" </dev/null' sh "$(bounding)" "$@"
}
it ovl-mount sys_admin 125 '*mount*Operation not permitted*' overlaid true
it ovl-mount chown 1 '*Operation not permitted*' overlaid touch at/theirs
it ovl-mount dac_override 125 '*mount the overlay: at: Permission denied*' overlaid true
it ovl-mount fowner 1 '*Operation not permitted*' overlaid chmod 600 at/theirs
it ovl-mount mknod 1 '*Operation not permitted*' overlaid mknod at/node c 1 3
it ovl-mount setfcap 1 '*' overlaid setcap cap_net_admin+ep at/theirs
# Setting the bits of a group that is not one's own: without the right they are lost, in silence.
setgid_kept() {
	overlaid sh -c 'chmod 2775 at/setgid; [ -g at/setgid ] || { echo lost >&2; exit 1; }'
}
it ovl-mount fsetid 1 lost setgid_kept

# ---- priv-drop
it priv-drop setuid 125 '*set the user: 1000: Operation not permitted*' \
	tool priv-drop --user 1000:0 --capabilities none -- true
it priv-drop setgid 125 '*set the groups*Operation not permitted*' \
	tool priv-drop --user 0:1000 --capabilities none -- true
it priv-drop setpcap 125 '*drop from the bounding set*Operation not permitted*' \
	tool priv-drop --capabilities none -- true
if [ "$(prlimit --nofile=100:100 prlimit --nofile=200:200 echo yes 2>/dev/null)" ]; then
	it 'priv-drop --rlimit' sys_resource 125 '*set*nofile*Operation not permitted*' \
		within prlimit --nofile=100:100 "$tools/priv-drop" --rlimit nofile=200:200 \
		--capabilities none -- true
else
	skip 'priv-drop --rlimit' 'CAP_SYS_RESOURCE is not there'
	shown="$shown priv-drop:sys_resource"
fi
filtered() {
	tool priv-drop --allow-new-privileges --seccomp 9 --capabilities none -- true 9<"$tools/seccomp-default.bpf"
}
it 'priv-drop --allow-new-privileges --seccomp' sys_admin 125 '*load the system call filter: Permission denied*' filtered

# A terminal as standard input, and a socket as fd 12.
cat >terminal.py <<'P'
import os, socket, sys
master, slave = os.openpty()
ours, theirs = socket.socketpair()
if not os.fork():
    os.setsid()
    os.dup2(slave, 0)
    os.dup2(theirs.fileno(), 12)
    os.execvp(sys.argv[1], sys.argv[1:])
status = os.waitstatus_to_exitcode(os.wait()[1])
# What was said to the terminal.
os.set_blocking(master, False)
try:
    sys.stderr.write(os.read(master, 4096).decode())
except BlockingIOError:
    pass
sys.exit(status)
P
it 'priv-drop --own-terminal' chown 125 '*Operation not permitted*' within python3 terminal.py \
	"$tools/priv-drop" --own-terminal --user 1000 --capabilities none -- true

# ---- tty-open
opened() {
	python3 terminal.py "$tools/ns-exec" --mount -- "$tools/mnt-kernel" --root "$work/box" -- \
		setpriv --bounding-set "$(bounding)" "$tools/tty-open" --root "$work/box" --console-fd 12 -- true
}
it tty-open sys_admin 125 '*console*Operation not permitted*' opened

# ---- host-probe, whose answer it is what it may not do
probed() {
	tool host-probe --format '{{.Group}} {{.Name}}: {{.Value}}' >probed || return
	if grep 'not permitted' probed >&2; then return 1; fi
}
it host-probe sys_admin 1 '*mount namespaces: no: Operation not permitted*' probed
nft_probed() {
	nft add table inet container_tools
	probed && grep -q 'table inet container_tools: yes' probed || { cat probed >&2; return 1; }
}
if nft list ruleset >/dev/null 2>&1; then
	it host-probe net_admin 1 '*table inet container_tools: no*' nft_probed
else
	shown="$shown host-probe:net_admin"
fi

# ---- img-unpack, img-layer
rm -rf tree
mkdir tree
chmod 755 tree
echo x >tree/file
tar -cf plain.tar -C tree .
mine tree/file
tar -cf owner.tar -C tree .
chown 0:0 tree/file
setcap cap_net_raw+ep tree/file
tar --xattrs --xattrs-include='*' -cf capable.tar -C tree .
setcap -r tree/file
mknod tree/node c 1 3
tar -cf node.tar -C tree .
rm tree/node
chown 0:1000 tree/file
chmod 2755 tree/file
tar -cf setgid.tar -C tree .
rm tree/file
mkdir tree/d
: >tree/d/.wh..wh..opq
tar -cf opaque.tar -C tree .
unpacked() { # ARCHIVE OPTION...
	fresh out
	archive=$1
	shift
	tool img-unpack "$@" "$archive" out/x
}
it img-unpack chown 125 '*set the owner of: ./file: Operation not permitted*' unpacked owner.tar
it img-unpack fowner 125 '*./file: Operation not permitted*' unpacked owner.tar
it img-unpack mknod 125 '*./node: Operation not permitted*' unpacked node.tar
it img-unpack setfcap 125 '*./file*Operation not permitted*' unpacked capable.tar
# Without the right the mark is made as overlays in user namespaces read it.
marked() {
	unpacked opaque.tar --whiteouts overlay || return
	getfattr -m trusted out/x/d 2>/dev/null | grep -q trusted.overlay.opaque ||
		{ getfattr out/x/d >&2; return 1; }
}
it 'img-unpack --whiteouts overlay' sys_admin 1 '*user.overlay.opaque*' marked
unpacked_there() {
	fresh out
	private out
	tool img-unpack plain.tar out
}
it img-unpack dac_override 125 '*Permission denied*' unpacked_there
# As above: the kernel takes the bit away in silence.
unpacked_setgid() {
	unpacked setgid.tar || return
	[ -g out/x/file ] || { echo lost >&2; return 1; }
}
it img-unpack fsetid 1 lost unpacked_setgid

layered() { # ARCHIVE
	fresh layers
	tool img-layer --root layers --unpack "$tools/img-unpack" "$1"
}
it img-layer chown 125 '*set the owner of: ./file: Operation not permitted*' layered owner.tar
it img-layer fowner 125 '*./file: Operation not permitted*' layered owner.tar
it img-layer mknod 125 '*./node: Operation not permitted*' layered node.tar
it img-layer setfcap 125 '*./file*Operation not permitted*' layered capable.tar
layered_there() {
	fresh layers
	private layers
	tool img-layer --root layers --unpack "$tools/img-unpack" plain.tar
}
it img-layer dac_override 125 '*Permission denied*' layered_there
layered_setgid() {
	layered setgid.tar || return
	find layers/layers -name file -perm -2000 | grep -q . || { echo lost >&2; return 1; }
}
it img-layer fsetid 1 lost layered_setgid
# What img-layer holds is what img-unpack gets, whatever root could gain by an exec.
cat >unpacker <<'U'
#!/bin/sh
grep ^CapPrm /proc/self/status >&2
exit 1
U
chmod 755 unpacker
check 'what img-layer starts gets its capabilities and no more' fails 125 "CapPrm:	0000000088*" \
	"$tools/img-layer" --root layers --unpack ./unpacker capable.tar

# ---- the network
if nft list ruleset >/dev/null 2>&1; then
	unshare --net sleep 1000 &
	other=$!
	networked() { [ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
	wait_until networked
	bridged() {
		rm -rf "$work/net"
		ip link del container0 2>/dev/null
		nft delete table inet container_tools 2>/dev/null
		tool net-bridge --state "$work/net"
	}
	it net-bridge net_admin 125 '*' bridged
	"$tools/net-bridge" --state "$work/net" >/dev/null
	connected() {
		nsenter --target "$other" --net ip link del eth0 2>/dev/null
		tool net-veth "$other"
	}
	it net-veth net_admin 125 '*' connected
	it net-veth sys_admin 125 '*Operation not permitted*' connected
	it net-veth sys_ptrace 125 '*Permission denied*' connected
	kill -9 "$other"
else
	skip 'net-bridge, net-veth' 'no nftables here'
	shown="$shown net-bridge:net_admin net-veth:net_admin net-veth:sys_admin net-veth:sys_ptrace"
fi

# ---- the state of containers
a=$(id a) b=$(id b)
# stale FILL: container a, whose script was killed, and which is to be removed; with these files.
stale() {
	forget
	new "$a" --name web --remove || return
	mkdir -p "$state/containers/$a/upper"
	"$1" "$state/containers/$a/upper"
}
closed() {
	private "$1/closed"
	: >"$1/closed/file"
}
sticky() {
	mkdir "$1/sticky"
	: >"$1/sticky/file"
	mine "$1/sticky/file"
	chown 1001 "$1/sticky"
	chmod 1777 "$1/sticky"
}
swept() { stale "$1" && tool state-sweep --root "$state" --run "$CONTAINER_TOOLS_RUN"; }
removed() { stale "$1" && tool state-remove --root "$state" --run "$CONTAINER_TOOLS_RUN" "$a"; }
with_lock() { # ID JOB OPTION...
	(
		exec 8>"$locks/$1"
		id=$1 job=$2
		shift 2
		tool "state-$job" --root "$state" --run "$CONTAINER_TOOLS_RUN" --id "$id" --lock-fd 8 "$@"
	)
}
over() { stale "$1" && with_lock "$a" end --exit-code 0; }
# Who wants the name of one that nobody runs removes it first.
renewed() { stale "$1" && with_lock "$b" new --name web; }
# The name is free once its holder lies in the trash: then deleting that is left for later.
for job in sweep:swept:125 remove:removed:125 end:over:125 new:renewed:0; do
	name=${job%%:*} code=${job##*:} job=${job#*:} job=${job%:*}
	it "state-$name" dac_override "$code" '*Permission denied*' "$job" closed
	it "state-$name" fowner "$code" '*Operation not permitted*' "$job" sticky
done
# busy: its group holds a process of another user.
busy() {
	echo "$CONTAINER_TOOLS_CGROUP_PARENT/busy" >"$state/containers/$a/cgroup"
	rm -f busy
	(
		exec 8<&-
		"$tools/cg-exec" --group "$CONTAINER_TOOLS_CGROUP_PARENT/busy" --pids 10 -- \
			setpriv --reuid 1000 --clear-groups sh -c 'echo >said/busy; exec sleep 1000'
	) &
	wait_until test -e said/busy && rm said/busy
}
killed() { # JOB
	"$1" busy
	result=$?
	# shellcheck disable=SC2046 # numbers
	[ -z "$(theirs)" ] || kill -9 $(theirs)
	wait
	return "$result"
}
if [ -n "$groups" ]; then
	for job in sweep:swept:125 end:over:125 new:renewed:125; do
		name=${job%%:*} code=${job##*:} job=${job#*:} job=${job%:*}
		it "state-$name" kill "$code" '*Operation not permitted*' killed "$job"
	done
	# One that lives is killed by its group.
	forced() {
		forget
		hold "$a" --name web
		busy
		tool state-remove --root "$state" --run "$CONTAINER_TOOLS_RUN" --force "$a" &
		wait_until sh -c '[ -z "$(grep -l "^Uid:	1000	" /proc/[0-9]*/status 2>/dev/null)" ]' && let_go "$a"
		wait "$!"
	}
	forced_anyway() {
		forget
		hold "$a" --name web
		busy
		tool state-remove --root "$state" --run "$CONTAINER_TOOLS_RUN" --force "$a"
		result=$?
		# shellcheck disable=SC2046 # numbers
		[ -z "$(theirs)" ] || kill -9 $(theirs)
		let_go "$a"
		wait
		return "$result"
	}
	killing() {
		set=$(states state-remove)
		shown="$shown state-remove:kill"
		exits 0 forced || return 1
		set=$(less "$set" kill)
		fails 125 '*kill: *Operation not permitted*' forced_anyway
	}
	check 'state-remove --force works with what it states, and says so when kill is missing' killing
else
	for name in sweep end new remove; do shown="$shown state-$name:kill"; done
fi

# ---------------------------------------------------------------- nothing was left out
complete() {
	for tool in "$tools"/*; do
		[ -f "$tool" ] && [ -x "$tool" ] || continue
		for capability in $("$tool" --privileges | sed -n 's/^uses	//p; s/^with [^	]*	//p' | tr , ' '); do
			case "$capability $shown " in
			'none '* | *" ${tool##*/}:$capability "*) ;;
			*) echo "${tool##*/}: $capability is not shown to be needed" ;;
			esac
		done
	done
}
check 'every capability of every tool was shown to be needed' prints '' complete

# ---------------------------------------------------------------- the stairs of real starts
# stairs OPTION...: of a start with these.
stairs() {
	timeout 60 "$top/tests/stairs" "$top/container" "$tools" --rm --rootfs "$work/box" "$@" sleep 1000
}
# The image is the first word after the options: with --rootfs there is none.
check 'at each step of a start the sets are those of the table, and least' succeeds stairs --network none
cp "$work/.out" "$work/plain"
check 'so they are with everything dropped, limits, an init' succeeds stairs --network none --init \
	--cap-drop all --ulimit nofile=100:100 --memory 64m --read-only
check 'with nothing dropped' succeeds stairs --network none --cap-add all
check 'with a single capability, and kernel parameters' succeeds stairs --network none --cap-drop all --cap-add net_raw --sysctl kernel.shmmax=4096
if nft list ruleset >/dev/null 2>&1; then
	check 'with a network' succeeds stairs
fi
check 'without filter and no_new_privs' succeeds stairs --network none \
	--security-opt no-new-privileges=false --cap-drop all
resident() { sed -n '/^shell/,$p' "$work/plain" | cut -f 1,2 | sed '/^shell/d; /^program/d'; }
check 'while the program runs, the supervisor can kill, the guard nothing' prints 'supervisor	kill
guard	none' resident

if [ -n "$groups" ]; then
	find /sys/fs/cgroup -path "*$CONTAINER_TOOLS_CGROUP_PARENT/*" -depth -type d -exec rmdir {} + 2>/dev/null
fi
done_testing
