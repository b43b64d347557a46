#!/bin/sh
# net-veth: namespaces get addresses of their own, reach each other and the gateway, and leave
# nothing. The host of these tests is the test's own network namespace.
# shellcheck source=tests/lib.sh disable=SC2016,SC2086
. "${0%/*}/lib.sh"

if ! nft list ruleset >/dev/null 2>&1; then skip_all 'no nftables here'; fi
pids=
veth() { "$tools/net-veth" "$@"; }
bridge() { "$tools/net-bridge" --state "$work/state" "$@"; }
own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# namespace: a process in a network namespace of its own; its PID is in $pid.
namespace() {
	unshare --net sleep 1000 &
	pid=$!
	pids="$pids $pid"
	wait_until own_net "$pid"
}
inside() {
	target=$1
	shift
	nsenter --target "$target" --net "$@"
}
# value FILE WORD: what is said after the word.
value() { sed -n "s/^$2 //p" "$1"; }
veths() { ip -o link show | grep -c ': veth'; }
no_veth() { ! ip -o link show | grep -q ': veth'; }
end() {
	kill -9 "$@" 2>/dev/null
	wait "$@" 2>/dev/null
	return 0
}
pings() { inside "$1" busybox ping -c 1 -W 2 "$2"; }
pings6() { inside "$1" busybox ping6 -c 1 -W 2 "$2"; }

namespace
alone=$pid
check 'without a bridge it says what to run' fails 125 '*no such interface*net-bridge first*' \
	veth "$alone"
bridge >"$work/bridge" 2>"$work/log"
gateway6=$(value "$work/bridge" gateway6)
gateway6=${gateway6%/*}

# ---------------------------------------------------------------- one
check 'it prints the address, the IPv6 address and the hardware address' matches \
	"address 10.90.*/16
address6 ${gateway6%1}*/64
mac 02:42:0a:5a:*" veth "$alone"
cp "$work/.out" "$work/alone"
address=$(value "$work/alone" address)
address6=$(value "$work/alone" address6)
check 'inside there are these addresses' matches "*$address *$address6 *" \
	inside "$alone" ip addr show eth0
check 'no address is tentative' exits 1 sh -c \
	'nsenter --target "$1" --net ip addr show eth0 | grep tentative' sh "$alone"
check 'the host'\''s end has none' exits 1 sh -c 'ip -br addr | grep "^veth.*fe80"'
check 'the default routes lead to the bridge' matches "default via 10.90.0.1 *
default via $gateway6 *" inside "$alone" sh -c 'ip route show default; ip -6 route show default'
check 'the loopback is up' matches '*<LOOPBACK,UP,*' inside "$alone" ip link show lo
check 'the gateway answers (IPv4)' succeeds pings "$alone" 10.90.0.1
check 'the gateway answers (IPv6)' succeeds pings6 "$alone" "$gateway6"
check 'the name of the host'\''s end is the address' exits 0 \
	ip link show "$(python3 -c 'import ipaddress, sys
print("veth%08x" % int(ipaddress.ip_interface(sys.argv[1])))' "$address")"
check 'a second connection of the same name is refused' fails 125 '*eth0*already*--interface*' \
	veth "$alone"
check 'a second default route is refused, and nothing is left of the attempt' \
	fails 125 '*eth1*File exists*--no-default-route*' veth --interface eth1 "$alone"
check 'truly' prints 1 veths
check 'without one a second network joins' matches 'address 10.90.*' \
	veth --interface eth1 --no-default-route "$alone"
check 'and has no route of its own' exits 1 sh -c \
	'nsenter --target "$1" --net ip route show default | grep eth1' sh "$alone"

# ---------------------------------------------------------------- what it costs
namespace
two_ip() {
	strace -f -qq -o "$work/trace" -e trace=execve "$tools/net-veth" "$pid" >"$work/log" || return 1
	grep execve "$work/trace"
	[ "$(grep -c 'execve("/.*/ip".* = 0' "$work/trace")" = 2 ] &&
		[ "$(grep -c 'execve(.* = 0' "$work/trace")" = 3 ]
}
check 'a connection costs two processes' two_ip
namespace
check 'it needs the capabilities it names and no more' succeeds \
	setpriv --bounding-set="-all,+net_admin,+sys_admin,+sys_ptrace" \
	sh -c '"$1" "$2"' sh "$tools/net-veth" "$pid"
check '--privileges names them' matches 'uses	net_admin,sys_ptrace,sys_admin*' veth --privileges
namespace
before=$(veths)
check 'where /proc/sys is read-only it fails' fails 125 '*IPv6 parameters*Read-only*' unshare --mount \
	sh -c 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; "$1" "$2"' sh \
	"$tools/net-veth" "$pid"
check 'and leaves nothing' prints "$before" veths
check 'without CAP_NET_ADMIN it fails, and says at what' fails 125 '*make the pair*not permitted*' \
	setpriv --bounding-set=-net_admin sh -c '"$1" "$2"' sh "$tools/net-veth" "$pid"
check 'without CAP_SYS_ADMIN it fails before anything is made' fails 125 \
	'*enter*Operation not permitted*' \
	setpriv --bounding-set=-sys_admin sh -c '"$1" "$2"' sh "$tools/net-veth" "$pid"
ip_has() {
	strace -f -qq -o "$work/trace" -e trace=capset,prctl "$tools/net-veth" "$pid" >"$work/log"
	cat "$work/trace"
	[ "$(grep -c 'capset.*effective=1<<CAP_NET_ADMIN, permitted=1<<CAP_NET_ADMIN,' "$work/trace")" = 2 ] &&
		[ "$(grep -c PR_SET_NO_NEW_PRIVS "$work/trace")" = 2 ]
}
check 'ip has CAP_NET_ADMIN alone' ip_has
end $pids
pids=
check 'the pairs go with their namespaces' wait_until no_veth

# ---------------------------------------------------------------- many at once
race() {
	number=0 racers='' targets=''
	while [ "$number" -lt 16 ]; do
		number=$((number + 1))
		namespace
		targets="$targets $pid"
	done
	number=0
	for target in $targets; do
		number=$((number + 1))
		veth "$target" >"$work/race.$number" 2>&1 &
		racers="$racers $!"
	done
	result=0
	for racer in $racers; do
		wait "$racer" || result=1
	done
	cat "$work"/race.*
	return "$result"
}
check 'sixteen at once are connected' race
check 'each has its own address' prints 16 sh -c 'cat "$1"/race.* | grep "^address " | sort -u | wc -l' \
	sh "$work"
check 'each has its own IPv6 address' prints 16 \
	sh -c 'cat "$1"/race.* | grep "^address6 " | sort -u | wc -l' sh "$work"
reach() {
	number=0
	for target in $targets; do
		number=$((number + 1))
		next=$((number % 16 + 1))
		other=$(value "$work/race.$next" address)
		other6=$(value "$work/race.$next" address6)
		pings "$target" 10.90.0.1 && pings "$target" "${other%/*}" &&
			pings6 "$target" "${other6%/*}" || return 1
	done
}
check 'each reaches the gateway and a neighbour (IPv4 and IPv6)' reach

# ---------------------------------------------------------------- chosen addresses
namespace
first=$pid
check 'an address that is asked for' prints "address 10.90.0.7/16
address6 ${gateway6%1}7/64
mac 02:42:0a:5a:00:07" veth --address 10.90.0.7 "$first"
namespace
second=$pid
check 'is refused to another one' fails 125 '*10.90.0.7*in use*' veth --address 10.90.0.7 "$second"
for bad in 10.90.0.0 10.90.0.1 10.90.255.255; do
	check "$bad is not a container's" fails 125 "*$bad*bridge's*" veth --address $bad "$second"
done
check 'nor one of another subnet' fails 125 '*10.91.0.7*not in the subnet*' \
	veth --address 10.91.0.7 "$second"
for bad in 0.0.0.0 10.90.0.300 10.90.0.7/16 10.90.7 '10.90.0.9 dev lo' ''; do
	check "--address '$bad' is refused" fails 125 '*not an IPv4 address*' \
		veth --address "$bad" "$second"
done
check 'an IPv6 address that goes with an IPv4 address is refused' fails 125 '*above ffff*' \
	veth --address6 "${gateway6%1}9" "$second"
check 'so is one of another subnet' fails 125 '*not in a subnet*' veth --address6 fd00::1:1 "$second"
check 'and one that is none' fails 125 '*not an IPv6 address*' veth --address6 fd00::/64 "$second"
for bad in 01:00:5e:00:00:01 02:42 02:42:0a:5a:00:0g 2:42:0a:5a:00:007; do
	check "--mac $bad is refused" fails 125 'net-veth: --mac: *' veth --mac $bad "$second"
done
check '--mtu 1279 is refused' fails 125 '*--mtu*1280*' veth --mtu 1279 "$second"
check 'an interface name with a space is refused' fails 125 'net-veth: --interface: *' \
	veth --interface 'eth0 up' "$second"
check 'everything chosen' prints "address 10.90.0.8/16
address6 ${gateway6%1}1:8/64
mac 02:00:00:00:00:08" veth --address 10.90.0.8 --address6 "${gateway6%1}1:8" \
	--mac 02:00:00:00:00:08 --mtu 1400 --interface net7 "$second"
check 'and inside it is so' matches '*net7*mtu 1400*02:00:00:00:00:08*' \
	inside "$second" ip link show net7
check 'the two reach each other' succeeds pings6 "$first" "${gateway6%1}1:8"

cat >"$work/announce.py" <<'PYTHON'
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
# Type 134, lifetime half an hour; the kernel fills in the checksum.
s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0),
	("ff02::1", 0, 0, socket.if_nametoindex("eth0")))
PYTHON
namespace
listener=$pid
veth "$listener" >"$work/log"
# One that listens shows that the announcement was there.
inside "$listener" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_ra'
announced() {
	inside "$first" python3 "$work/announce.py" 2>"$work/log"
	inside "$listener" ip -6 route show default | grep 'proto ra' >"$work/log"
}
check 'a neighbour that announces itself as a router is heard by who listens' wait_until announced
check 'but not on an interface of ours' exits 1 sh -c \
	'nsenter --target "$1" --net ip -6 route show default | grep "proto ra"' sh "$second"

# ---------------------------------------------------------------- a full subnet
bridge --name small --subnet 10.200.0.0/29 >"$work/log"
fill() {
	for _ in 1 2 3 4 5; do
		namespace
		veth --bridge small "$pid" >>"$work/five" || return 1
	done
}
check 'a /29 has five addresses' fill
check 'all of them' prints 5 sh -c 'grep "^address " "$1/five" | sort -u | wc -l' sh "$work"
last=$pid
namespace
check 'when they are used up it says so' fails 125 '*10.200.0.0/29*all are in use*hint*' \
	veth --bridge small "$pid"
check 'and names the cause' matches '*"cause":"address-pool-empty"*' \
	sh -c '"$1" --status-fd 3 --bridge small "$2" 3>&1 2>/dev/null; exit 0' sh \
	"$tools/net-veth" "$pid"
end "$last"
free_again() { veth --bridge small "$pid" 2>"$work/log"; }
check 'an address is free again once its namespace is gone' wait_until free_again

# ---------------------------------------------------------------- other bridges, other kernels
ip link add foreign0 type bridge
ip link set foreign0 up
namespace
check 'a bridge without an address is refused' fails 125 '*foreign0*no IPv4 address*' \
	veth --bridge foreign0 "$pid"
ip addr add 172.30.0.254/24 dev foreign0
check 'a bridge of somebody else serves, with its own subnet' prints 'address 172.30.0.3/24
mac 02:42:ac:1e:00:03' veth --bridge foreign0 --address 172.30.0.3 "$pid"
check 'and its own gateway' matches 'default via 172.30.0.254 *' inside "$pid" ip route show default
namespace
upper() { [ "$(echo "$1" | sed 's/.*\.\([0-9]*\)\/24/\1/')" -ge 127 ]; }
veth --bridge foreign0 "$pid" >"$work/upper"
check 'addresses are taken from the upper half first' upper "$(value "$work/upper" address)"
namespace
check 'an interface that is no bridge is refused' fails 125 '*lo0*not a bridge*' sh -c \
	'ip link add lo0 type veth peer name lo1; "$1" --bridge lo0 "$2"; s=$?; ip link del lo0; exit $s' \
	sh "$tools/net-veth" "$pid"
namespace
inside "$pid" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
check 'where a namespace has IPv6 disabled, an IPv6 address is refused' fails 125 '*no IPv6 on*' \
	veth --address6 "${gateway6%1}1:99" "$pid"
check 'where a namespace has IPv6 disabled, IPv4 alone is set' exits 0 veth "$pid"
cp "$work/.out" "$work/alone"
check 'and no other is printed' exits 1 grep address6 "$work/alone"
namespace
check 'IPv4 alone on request' exits 0 veth --no-ipv6 "$pid"
check 'has no global IPv6 address' prints '' inside "$pid" ip -6 addr show dev eth0 scope global

# ---------------------------------------------------------------- whose namespace
check 'its own namespace is refused' fails 125 '*this runs in*' veth $$
check 'by path too' fails 125 '*this runs in*' veth --netns /proc/self/ns/net
check 'a file is no namespace' fails 125 '*/etc/passwd*not one*' veth --netns /etc/passwd
check 'a namespace of another kind is refused' fails 125 '*not one*' veth --netns /proc/$$/ns/uts
mkfifo "$work/fifo"
check 'a FIFO does not block it' fails 125 '*not one*' timeout 10 "$tools/net-veth" --netns "$work/fifo"
check 'a process that has ended is named' fails 125 '*/proc/4194304/ns/net*No such*' veth 4194304
for bad in 0 -1 x 1x 4194305 ''; do
	check "'$bad' is no PID" fails 125 'net-veth: *' veth -- "$bad"
done
check 'two PIDs are a wrong use' fails 125 '*usage*' veth "$pid" "$pid"
check 'a PID and a path are a wrong use' fails 125 '*usage*' veth --netns /proc/$pid/ns/net "$pid"
namespace
check 'a namespace by its path' matches 'address 10.90.*' veth --netns "/proc/$pid/ns/net"
check 'a namespace of bwrap' matches 'address 10.90.*64 bytes from*' \
	sh -c 'bwrap --unshare-all --dev-bind / / --info-fd 3 sleep 1000 3>"$2/info" &
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			grep -q child-pid "$2/info" && break; busybox usleep 50000
		done
		child=$(sed -n "s/.*child-pid\": \([0-9]*\).*/\1/p" "$2/info")
		"$1" "$child" && nsenter --target "$child" --net busybox ping -c 1 10.90.0.1
		kill -9 "$child"; wait' sh "$tools/net-veth" "$work"

setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user --net sleep 1000 &
pid=$!
pids="$pids $pid"
wait_until own_net "$pid"
check "a user's namespace needs the capability to look at the process" fails 125 \
	'*open the network namespace*Permission denied*' \
	setpriv --bounding-set=-sys_ptrace sh -c '"$1" "$2"' sh "$tools/net-veth" "$pid"
check 'with it the namespace is connected' matches 'address 10.90.*' veth "$pid"

# ---------------------------------------------------------------- killed on the way
end $pids
pids=
wait_until no_veth
# killed_at CALL NUMBER: by strace at that call, in whichever of the processes it is.
killed_at() {
	namespace
	strace -f -qq -o "$work/trace" -e trace=$1 -e inject=$1:signal=KILL:when=$2 \
		"$tools/net-veth" "$pid" >"$work/log" 2>&1 && return 1
	grep -q 'killed by SIGKILL' "$work/trace" || return 1
	end "$pid"
	wait_until no_veth
}
for call in 'setns 1' 'fork 1' 'sendmsg 1' 'wait4 1' 'setns 3' 'memfd_create 1' 'wait4 2'; do
	check "killed at ${call% *} (${call#* }) it leaves nothing" killed_at $call
done
between() {
	namespace
	strace -f -qq -o "$work/trace" -e trace=setns -e inject=setns:signal=KILL:when=3 \
		"$tools/net-veth" "$pid" >"$work/log" 2>&1
	[ "$(veths)" = 1 ] || { echo 'it was killed too early or too late'; return 1; }
	veth "$pid" 2>"$work/err"
	grep -q 'already' "$work/err" || { cat "$work/err"; return 1; }
	end "$pid"
	wait_until no_veth
}
check 'killed between its two steps it leaves a pair, which goes with the namespace' between

end $pids
done_testing
