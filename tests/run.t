#!/bin/sh
# run: a container has what was asked for, nothing more, and leaves nothing.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

container() { "$top/container" "$@"; }
c() { container run --rm "$@"; }
none() { c --network none "$@"; }
mkdir -p "$work/box"
rootfs "$work/box"
tar -C "$work/box" -czf "$work/images/box.tar.gz" .

# What is there between containers: the bridge and its table stay, all else must go.
traces() {
	ls "$CONTAINER_TOOLS_RUN/locks" "$CONTAINER_TOOLS_ROOT/containers" "$CONTAINER_TOOLS_ROOT/names" \
		"$CONTAINER_TOOLS_ROOT/trash" 2>/dev/null
	ip -o link | grep -o 'veth[0-9a-f]*'
	cut -d' ' -f5 /proc/self/mountinfo | grep "$CONTAINER_TOOLS_ROOT"
	for group in /sys/fs/cgroup/*"$CONTAINER_TOOLS_CGROUP_PARENT"/* \
		/sys/fs/cgroup"$CONTAINER_TOOLS_CGROUP_PARENT"/*/; do
		[ ! -d "$group" ] || echo "$group"
	done
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe" 2>/dev/null) in
		"$tools"/* | */memfd:*) echo "$process $(tr '\0' ' ' <"$process/cmdline")" ;;
		esac
	done
}
no_traces() { [ -z "$(traces | sed '/:$/d; /^$/d')" ]; }

# ---------------------------------------------------------------- under each shell
for shell in /bin/dash /bin/busybox /bin/bash; do
	[ -x "$shell" ] || { skip "under $shell" "it is not installed"; continue; }
	cp "$(readlink -f "$shell")" "$work/sh"
	mount --bind "$work/sh" "$(readlink -f /bin/sh)"
	check "$shell: a program runs, and its words survive" prints 'a  b||*' c box echo 'a  b||*'
	check "$shell: the status is that of the program" exits 7 c box sh -c 'exit 7'
	check "$shell: with -i it reads our input" prints hello sh -c \
		'echo hello | "$top/container" run --rm -i box cat'
	check "$shell: without -i it reads nothing" prints '' sh -c \
		'echo hello | "$top/container" run --rm box cat'
	check "$shell: 100 MB pass through unchanged" prints "$(head -c 100000000 /dev/zero | cksum)" sh -c \
		'head -c 100000000 /dev/zero | "$top/container" run --rm -i --network none box cat | cksum'
	check "$shell: quotes, newlines and dollars in words" prints "a'b\"c
\$d\`e\\" c -e "X=a'b\"c
\$d\`e\\" box sh -c 'printf "%s\n" "$X"'
	check "$shell: the start printed by --explain is the start" prints 'one two' sh -c \
		'"$top/container" run --rm --explain --network bridge box echo "one two" >"$work/explained"
		sh "$work/explained"'
	check "$shell: it leaves nothing" wait_until no_traces
	umount "$(readlink -f /bin/sh)"
done

# ---------------------------------------------------------------- whoever starts it
# What a caller may have set, closed, deleted, and what a hostile word may hold.
check 'a strict mask of the caller does not close the files in /etc' succeeds sh -c 'umask 077
	"$top/container" run --rm --network none -u 1000 box cat /etc/hosts /etc/hostname /etc/resolv.conf'
check 'its CDPATH does not lead elsewhere' prints ok sh -c '
	mkdir -p "$work/elsewhere/box" && cd "$work" && CDPATH=$work/elsewhere
	export CDPATH; "$top/container" run --rm --network none --rootfs box echo ok'
check 'a directory whose name begins with a dash is one' prints ok sh -c '
	cd "$work" && ln -s -- box -dash && "$top/container" run --rm --network none --rootfs=-dash echo ok'
check 'a working directory that is gone is not the root' fails 125 '*working directory*' sh -c '
	mkdir "$work/gone" && cd "$work/gone" && rmdir "$work/gone"
	"$top/container" run --rm --network none -v ./nosuchvolume:/v box true'
check 'without such a path it is no matter' prints ok sh -c '
	mkdir "$work/gone" && cd "$work/gone" && rmdir "$work/gone"
	"$top/container" run --rm --network none box echo ok'
check 'a host without name servers is enough' prints ok unshare --mount sh -c '
	mkdir "$work/etc" && cp -a /etc/passwd /etc/group /etc/hosts "$work/etc/" && mount --bind "$work/etc" /etc
	"$top/container" run --rm --network none box echo ok'
check 'a lock that cannot be opened is 125' fails 125 '*/proc/nowhere*' env CONTAINER_TOOLS_RUN=/proc/nowhere \
	"$top/container" run --rm --network none box true
check 'a bad name of a volume is refused' fails 125 '*not the name of a volume*' none -v 'a b:/v' box true
check 'a line without a value in a file of variables is named' fails 125 '*NAME=VALUE*' sh -c '
	echo NAME >"$work/env3"; "$top/container" run --rm --env-file "$work/env3" box true'
check 'why the network failed is said' fails 125 '*net-veth: *10.255.1.1*' c --ip 10.255.1.1 box true
printf '%s\n' "$tools/;echo more" "$tools/a/b" "$tools/priv drop" "$\`'" '' '~' '*' >"$work/words"
explained() {
	c --explain --network none box printf '%s\n' "$tools/;echo more" "$tools/a/b" "$tools/priv drop" \
		"$\`'" '' '~' '*' >"$work/explained" && sh "$work/explained"
}
check 'words that look like ours are printed as they are' prints "$(cat "$work/words")" explained
# Held back while it is connected: a net-veth that waits before it does what it is for.
mkdir "$work/slow"
ln -s "$tools"/* "$work/slow/"
rm "$work/slow/net-veth"
cat >"$work/slow/net-veth" <<S
#!/bin/sh
echo connecting >"$work/connecting"
read -r line <"$work/connect"
exec "$tools/net-veth" "\$@"
S
chmod +x "$work/slow/net-veth"
given_up() { # SIGNAL STATUS
	rm -f "$work/connecting" "$work/connect" "$work/volume/started"
	mkfifo "$work/connecting" "$work/connect"
	CONTAINER_TOOLS_LIBEXEC=$work/slow "$top/container" run --rm -v "$work/volume:/v" box touch /v/started &
	front=$!
	read -r _ <"$work/connecting"
	kill -"$1" "$front"
	echo >"$work/connect"
	status=0
	wait "$front" || status=$?
	[ "$status" = "$2" ] && [ ! -e "$work/volume/started" ]
}
mkdir -p "$work/volume"
check 'a signal before the program runs ends the start' given_up TERM 143
check 'and one that hangs up, too' given_up HUP 129
check 'it leaves nothing' wait_until no_traces

# ---------------------------------------------------------------- images
check 'the image is unpacked once' prints 1 sh -c 'ls -d "$CONTAINER_TOOLS_ROOT"/layers/[0-9a-f]* | wc -l'
check 'an image that is not there is said, with what would be right' fails 125 \
	'*nosuch: no such image*images/nosuch.tar.gz*' c nosuch true
check 'a name that leads elsewhere is refused' fails 125 '*not the name of an image*' c ../box true
check 'without a command the shell of the image runs' prints 5 sh -c \
	'echo "echo 5" | "$top/container" run --rm -i --network none box'
check 'a missing program is 127' fails 127 '*nosuch*' none box nosuch
check 'what cannot be executed is 126' exits 126 none box /etc/passwd

# ---------------------------------------------------------------- what is inside
check 'it is process 1' prints 1 none box sh -c 'echo $$'
check 'with --init it is not' prints 'init-reap' none --init box sh -c 'cat /proc/1/cmdline | tr "\0" "\n" | head -n 1'
check 'and orphans that end do not stay as zombies' prints 0 none --init box sh -c \
	'(sleep 0.01 & exec true); until [ -z "$(pidof sleep)" ]; do usleep 1000; done
	grep -l "^State:.Z" /proc/[0-9]*/status | wc -l'
check 'the host name is 12 digits of the ID' matches '????????????' none box hostname
check 'or what is asked for' prints web none -h web box hostname
check 'the environment is Docker'"'"'s' prints \
	'HOME=/root|HOSTNAME=web|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|container=container-tools' \
	sh -c '"$top/container" run --rm --network none -h web box env | sort | paste -sd "|"'
printf '# a comment\nA=1\nB=two words\n\nC=x=y\n' >"$work/env"
check 'variables come from files and options' prints '1|2|x=y|here' sh -c '
	D=here "$top/container" run --rm --network none --env-file "$work/env" -e B=2 -e D box \
		sh -c "echo \"\$A|\$B|\$C|\$D\""'
check 'an ill-formed line in such a file is named' fails 125 '*bad line*' sh -c '
	echo "bad line" >"$work/env2"; "$top/container" run --rm --env-file "$work/env2" box true'
check 'the user is a name of the image' prints '1000 1000 1000 2000' none -u user box sh -c \
	'echo $(id -u) $(id -g) $(id -G)'
check 'or a number, with a group' prints '12 34' none -u 12:34 box sh -c 'echo $(id -u) $(id -g)'
check 'an unknown user is refused' fails 125 '*nobodyhere*' none -u nobodyhere box true
check 'the working directory is made' prints /a/b none -w /a/b box pwd
check 'the entry point comes first' prints 'x y' none --entrypoint echo box x y
check 'what it writes is gone afterwards' prints '' none box sh -c 'ls /new 2>/dev/null; touch /new'
check 'a read-only root can not be written' fails 1 '*Read-only file system*' none --read-only box touch /new
check 'but a tmpfs on it can' prints ok none --read-only --tmpfs /t box sh -c 'touch /t/x && echo ok'
echo data >"$work/volume/file"
check 'a volume is the directory of the host' prints data none -v "$work/volume:/v" box cat /v/file
check 'a relative one is looked up from here' prints data sh -c \
	'cd "$work" && "$top/container" run --rm --network none -v ./volume:/v box cat /v/file'
check 'a read-only one can not be written' fails 1 '*Read-only*' none -v "$work/volume:/v:ro" box touch /v/x
check 'a missing one is made' succeeds sh -c '
	"$top/container" run --rm --network none -v "$work/made:/v" box touch /v/x && test -f "$work/made/x"'
check 'a volume over /proc is refused' fails 125 '*/proc*' none -v "$work/volume:/proc/x" box true
check 'the files in /etc are ours' prints 'web|127.0.0.1 localhost|10.1.2.3 db' sh -c '
	"$top/container" run --rm --network none -h web --add-host db:10.1.2.3 box sh -c \
	"cat /etc/hostname; grep -E \"^127|db\" /etc/hosts | tr \"\t\" \" \"" | paste -sd "|"'
check 'name servers are those asked for' prints 'nameserver 10.9.9.9' none --dns 10.9.9.9 box cat /etc/resolv.conf
check '--rootfs starts from a directory' prints ok none --rootfs "$work/box" echo ok
check 'and leaves it as it was' exits 1 sh -c '
	"$top/container" run --rm --network none --rootfs "$work/box" touch /new; test -e "$work/box/new"'
check 'unless it is to be changed' succeeds sh -c '
	"$top/container" run --rm --network none --rootfs "$work/box:rw" touch /new && test -e "$work/box/new"'


# ---------------------------------------------------------------- hostile files
# What is there where a directory or a file is expected; the host's own is never touched.
mkdir "$work/outside"
hostile() { # PLACE COMMAND...: the box with something else at PLACE, which COMMAND makes
	rm -rf "$work/hostile"
	cp -a "$work/box" "$work/hostile"
	place=$work/hostile/$1
	rm -rf "$place"
	shift
	"$@" "$place" || return
	timeout 20 "$top/container" run --rm --network none --rootfs "$work/hostile" sh -c 'cat /etc/hosts' >/dev/null
}
link_to() { ln -s "$1" "$2"; }
untouched() { [ -z "$(ls -A "$work/outside")" ]; }
for name in proc sys dev; do
	check "/$name as a link out is refused" fails 125 "*/$name: Not a directory*" \
		hostile "$name" link_to "$work/outside"
	check "/$name as a FIFO is refused" fails 125 "*/$name: Not a directory*" hostile "$name" mkfifo
done
check '/etc as a link that climbs stays in the root' fails 125 '*/etc/hosts*' \
	hostile etc link_to "../../../../../../../..$work/outside"
check '/etc as a FIFO is refused' fails 125 '*/etc/hosts: Not a directory*' hostile etc mkfifo
check '/etc/hosts as a FIFO is covered' succeeds hostile etc/hosts mkfifo
check 'as a link out it leads into the root' succeeds hostile etc/hosts link_to "$work/outside/hosts"
check 'as a link to a kernel file it is refused' fails 125 '*/proc*' hostile etc/hosts link_to /proc/self/mem
check '/etc/passwd as a FIFO is refused' fails 125 '*/etc/passwd*' hostile etc/passwd mkfifo
check '/bin/sh as a FIFO cannot be executed' fails 126 '*/bin/sh*' hostile bin/sh mkfifo
check 'a name service made at boot does not matter' succeeds hostile etc/resolv.conf link_to \
	../run/systemd/resolve/stub-resolv.conf
check 'the host is as it was' untouched

# ---------------------------------------------------------------- privileges
check 'the capabilities are the fourteen of Docker' prints \
	'0000000000000000 00000000a80425fb 00000000a80425fb 00000000a80425fb 0000000000000000' sh -c \
	'"$top/container" run --rm --network none box grep ^Cap /proc/self/status | cut -f2 | paste -sd " "'
check 'an ordinary user has none of them in effect' prints '0000000000000000' none -u 1000 box sh -c \
	'grep CapEff /proc/self/status | cut -f2'
check 'one is dropped' prints '0000000000000000' none --cap-drop all box sh -c 'grep CapBnd /proc/self/status | cut -f2'
check 'one is added' prints '0000000000001000' none --cap-drop all --cap-add NET_ADMIN box sh -c \
	'grep CapEff /proc/self/status | cut -f2'
check 'no new privileges, and a filter' prints '1 2' none box sh -c \
	'echo $(grep NoNewPrivs /proc/self/status | cut -f2) $(grep "^Seccomp:" /proc/self/status | cut -f2)'
check 'new privileges where they are allowed' prints '0 2' none --security-opt no-new-privileges=false box sh -c \
	'echo $(grep NoNewPrivs /proc/self/status | cut -f2) $(grep "^Seccomp:" /proc/self/status | cut -f2)'
check 'no filter where none is wanted' prints 0 none --security-opt seccomp=unconfined box sh -c \
	'grep "^Seccomp:" /proc/self/status | cut -f2'
printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$work/profile.json"
check 'a profile of our own counts' fails 1 '*not permitted*' none --security-opt "seccomp=$work/profile.json" box mkdir /x
check 'mounting is refused' exits 1 none box mount -t tmpfs x /mnt
node='mknod /node c 10 200 && { : </node; } 2>/dev/null && echo opened'
check 'a node of a device that is not for containers opens nothing' exits 1 none box sh -c "$node"
check 'a node of one that is does' succeeds none box sh -c 'mknod /node c 1 3 && : </node'
check 'a privileged container opens any' prints opened none --privileged box sh -c "$node"
check 'a privileged container may' succeeds none --privileged box sh -c 'mkdir -p /mnt && mount -t tmpfs x /mnt'
check 'it gets fds 0, 1 and 2 only' prints '0 1 2 3' sh -c \
	'"$top/container" run --rm --network none -i box sh -c "cd /proc/self/fd; echo *" </dev/null'
check 'the host is not in its processes' prints /proc/1 none box sh -c 'echo /proc/[0-9]*'
check 'the kernel cannot be configured' exits 1 none box sh -c 'echo 1 >/proc/sys/kernel/panic' 2>/dev/null
check 'what a carried link runs from is no file of the host' matches '/memfd:init-reap*' \
	none --init box readlink /proc/1/exe

# ---------------------------------------------------------------- limits
if [ -d /sys/fs/cgroup/memory ]; then memory_file=memory/memory.limit_in_bytes pids_file=pids/pids.max
else memory_file=memory.max pids_file=pids.max; fi
check 'memory is limited' prints 67108864 none -m 64m box cat "/sys/fs/cgroup/$memory_file"
check 'and the limit holds' exits 137 none -m 32m box sh -c 'exec tail /dev/zero'
check 'processes are limited' prints 20 none --pids-limit 20 box cat "/sys/fs/cgroup/$pids_file"
check 'and the limit holds' matches '*fork*' none --pids-limit 5 box sh -c \
	'(for i in 1 2 3 4 5 6 7 8; do sleep 100 & done) 2>&1; :'

# ---------------------------------------------------------------- network
check 'it has an address, and reaches the gateway' succeeds c box sh -c \
	'ip addr show eth0 | grep -q "inet 10[.]9" && ping -c 1 -W 2 $(ip route | sed -n "s/default via \([^ ]*\) .*/\1/p")'
check 'it has an address of IPv6' succeeds c box sh -c 'ip -6 addr show eth0 scope global | grep -q "inet6 fd"'
check 'the address is in its hosts file' succeeds c -h web box sh -c \
	'address=$(ip -4 -o addr show eth0 | sed "s/.*inet \([0-9.]*\).*/\1/"); grep -q "^$address.web" /etc/hosts'
gateway=$(ip -4 -o addr show container0 | sed 's/.*inet \([0-9.]*\)\.1\/.*/\1/')
check 'an address that is asked for' succeeds c --ip "$gateway.77" box sh -c "ip addr show eth0 | grep -q 'inet $gateway.77/'"
check 'none is a loopback only' prints lo none box sh -c 'ls /sys/class/net | grep -v ifb'
check 'host is that of the host' prints "$(readlink /proc/self/ns/net)" c --network host box readlink /proc/self/ns/net
check 'an address without a bridge is refused' fails 125 '*--ip*' none --ip 10.90.0.5 box true

# ten at once: distinct addresses, all reach each other and the gateway.
ten() {
	pids=
	for number in 1 2 3 4 5 6 7 8 9 10; do
		# Each tells its address and waits for the list of all.
		mkdir "$work/n$number" && mkfifo "$work/n$number/go" "$work/n$number/end"
		c -v "$work/n$number:/n" box sh -c '
			ip -4 -o addr show eth0 | sed "s/.*inet \([0-9.]*\).*/\1/" >/n/address.new
			mv /n/address.new /n/address; read -r all </n/go
			for other in $all; do ping -c 1 -W 5 $other >/dev/null || exit 1; done
			touch /n/done; read -r all </n/end' &
		pids="$pids $!"
	done
	for number in 1 2 3 4 5 6 7 8 9 10; do wait_until test -s "$work/n$number/address" || return 1; done
	[ "$(sort -u "$work"/n*/address | wc -l)" = 10 ] || return 1
	list=$(cat "$work"/n*/address | paste -sd ' ')
	for number in 1 2 3 4 5 6 7 8 9 10; do echo "$list $gateway.1" >"$work/n$number/go"; done
	for number in 1 2 3 4 5 6 7 8 9 10; do wait_until test -e "$work/n$number/done" || return 1; done
	for number in 1 2 3 4 5 6 7 8 9 10; do echo all >"$work/n$number/end"; done
	for pid in $pids; do wait "$pid" || return 1; done
}
check 'ten at once have ten addresses, and reach each other and the gateway' ten
check 'and leave nothing' wait_until no_traces

other_bridge() {
	ip link add other0 type bridge && ip addr add 10.77.0.1/24 dev other0 && ip link set other0 up &&
		c --network bridge:other0 box sh -c \
			'ip -4 -o addr show eth0 | grep -q "inet 10[.]77[.]0[.]" && ping -c 1 -W 2 10.77.0.1'
	verdict=$?
	ip link del other0
	return "$verdict"
}
check 'another bridge is joined, with an address of its subnet' other_bridge
check 'one that is not there is named' fails 125 '*nosuch0*' c --network bridge:nosuch0 box true
named_network() {
	ip netns add "net$$" && ip -n "net$$" link add marker0 type bridge &&
		c --network "netns:net$$" box ip link show marker0
	verdict=$?
	ip netns del "net$$"
	umount /run/netns
	return "$verdict"
}
check 'a network that ip-netns(8) has made is joined' named_network
check 'one that is not there is named' fails 125 '*nosuch*' c --network netns:nosuch box true

# The printed start gives the same container: mounts, capabilities, addresses, limits, files, names.
probe='cut -d" " -f4- /proc/self/mountinfo; grep -E "^(Cap|NoNew|Seccomp:|Groups|Sig[BCIP])" /proc/self/status
	ip -o addr show; ip route; cat /proc/self/cgroup /etc/hosts /etc/hostname /etc/resolv.conf
	ls -l /dev /proc/self/fd; env | sort; id; umask; pwd; ulimit -a; cat /sys/fs/cgroup/memory*/memory.limit_in_bytes
	for kind in mnt uts ipc pid net cgroup user time; do
		[ "$(readlink /proc/self/ns/$kind)" = "$(grep "^$kind " /host | cut -d" " -f2)" ] && echo "$kind is the host'"'"'s"
	done'
for kind in mnt uts ipc pid net cgroup user time; do
	echo "$kind $(readlink /proc/self/ns/$kind)"
done >"$work/host"
plain() { sed 's/[0-9a-f]\{64\}/ID/g; s/[0-9a-f]\{12\}/ID/g; s/pts\/[0-9]*/pts/; s/^\([0-9]*: eth0\)@if[0-9]*/\1/; s/[0-9][0-9]:[0-9][0-9]/TIME/g; s/valid_lft.*//; s/:\[[0-9]*\]//'; }
same_start() {
	set -- -m 64m -h web --ip "$gateway.99" -v "$work/host:/host:ro" --tmpfs /scratch -w /tmp box sh -c "$probe"
	c "$@" </dev/null | plain >"$work/direct" || return 1
	c --explain "$@" >"$work/explained" && sh "$work/explained" </dev/null | plain >"$work/printed" || return 1
	[ -s "$work/direct" ] && diff "$work/direct" "$work/printed"
}
check 'the start that --explain prints gives the same container' same_start

# ---------------------------------------------------------------- trace
# net-veth runs beside the links: where it stands is chance.
check '--trace shows every step' prints 'state-new net-bridge ns-exec cg-exec ns-exec ovl-mount mnt-kernel mnt-bind fd-wait chroot-pivot priv-drop busybox state-end | net-veth' \
	sh -c '"$top/container" run --rm --trace=json box busybox true 2>"$work/traced"
		sed -n "s/.*step\":\"\([^\"]*\).*/\1/p" "$work/traced" >"$work/steps"
		echo $(grep -v net-veth "$work/steps") "|" $(grep net-veth "$work/steps")'
check 'as a picture' matches '*ns-exec*=*busybox*=*' sh -c \
	'"$top/container" run --rm --trace --network none box busybox true 2>&1'
check 'without it no step gets an fd for it' exits 1 sh -c \
	'"$top/container" run --rm --explain box true | grep -e --trace-fd'

# ---------------------------------------------------------------- names, state
check 'the status without --rm is the same' exits 3 container run --network none --name kept box sh -c 'exit 3'
shown() { container ps -a | grep -q 'Exited (3).*kept'; }
check 'without --rm it stays, and ps shows how it ended' shown
check 'its name is taken' fails 125 '*kept*' container run --network none --name kept box true
check 'rm removes it' prints kept container rm kept
check 'and leaves nothing' wait_until no_traces

# ---------------------------------------------------------------- signals and death
running() { # ARGUMENTS...: start in the background, wait until the program says so
	mkfifo -m 666 "$work/ready.$$" 2>/dev/null
	"$top/container" run --rm -v "$work/ready.$$:/ready" "$@" &
	front=$!
	read -r _ <"$work/ready.$$"
}
stopped() {
	running --network none box sh -c 'trap "exit 9" TERM; echo ready >/ready; while :; do usleep 1000; done'
	kill -TERM "$front"
	status=0
	wait "$front" || status=$?
	[ "$status" = 9 ]
}
check 'a signal to the front reaches the program' stopped
gone() {
	running "$@"
	kill -KILL "$front"
	wait "$front" || :
	wait_until no_processes
}
no_processes() { ! traces | grep -q '^/proc/'; }
check 'killing the front ends the container' gone box sh -c 'echo ready >/ready; exec sleep 1000'
check 'even one that changed its user' gone -u 1000 box sh -c 'echo ready >/ready; exec sleep 1000'
check 'the next command removes the rest, and says so' succeeds sh -c '
	"$top/container" system check --repair 2>&1 | grep -i "killed"'
check 'and leaves nothing' wait_until no_traces

# ---------------------------------------------------------------- misuse
check 'an unknown option is named' fails 125 '*--nosuch*' c --nosuch box
check 'a bad size is named' fails 125 '*--memory*lots*' c -m lots box true
check 'an ordinary user is told what is needed' fails 125 '*hint*' \
	setpriv --reuid 1000 --regid 1000 --clear-groups "$top/container" run --rm box true
check 'a line more for /etc/hosts is refused' fails 125 '*--add-host*' none --add-host 'a:1.2.3.4
10.0.0.1 b' box true
check 'an empty name of an image is no directory' fails 125 '*which image*' c '' true
check 'a bad group is named' fails 125 '*--cgroup: /../x*' none --cgroup-parent /../x box true
check 'misuse leaves nothing' wait_until no_traces

nft delete table inet container_tools 2>/dev/null
done_testing
