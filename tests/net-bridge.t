#!/bin/sh
# net-bridge: the bridge is there, complete, once; what was lost is mended; containers get out and
# strangers don't get in. The host of these tests is the test's own network namespace.
# shellcheck source=tests/lib.sh disable=SC2016,SC2086
. "${0%/*}/lib.sh"

if ! nft list ruleset >/dev/null 2>&1; then skip_all 'no nftables here'; fi
pids=
bridge() { "$tools/net-bridge" --state "$work/state" "$@"; }
host_says() { cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding; }
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

# ---------------------------------------------------------------- the first time
echo 0 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv6/conf/all/forwarding

# An uplink whose default route comes from a router's announcement.
cat >"$work/announce.py" <<'PYTHON'
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
# Type 134, lifetime half an hour; the kernel fills in the checksum.
s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0),
	("ff02::1", 0, 0, socket.if_nametoindex(sys.argv[1])))
PYTHON
namespace
router=$pid
ip link add up0 type veth peer name up0 netns "$router"
echo 0 >/proc/sys/net/ipv6/conf/up0/accept_dad
ip link set up0 up
inside "$router" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/up0/accept_dad; ip link set up0 up'
wait_until sh -c 'ip -6 addr show dev up0 | grep fe80' >"$work/log"
wait_until inside "$router" sh -c 'ip -6 addr show dev up0 | grep fe80' >"$work/log"
announced() {
	inside "$router" python3 "$work/announce.py" up0
	ip -6 route show default | grep -q 'via fe80.*proto ra'
}
wait_until announced

ten_at_once() {
	racers=
	for i in 1 2 3 4 5 6 7 8 9 10; do
		bridge >"$work/said.$i" 2>"$work/err.$i" &
		racers="$racers $!"
	done
	for racer in $racers; do
		wait "$racer" || { cat "$work"/err.*; return 1; }
	done
	for i in 2 3 4 5 6 7 8 9 10; do
		cmp "$work/said.1" "$work/said.$i" || return 1
	done
	cat "$work/said.1"
}
check 'ten first runs at once all succeed and print the same' matches \
	'bridge container0
gateway 10.90.0.1/16
gateway6 fd*::1/64' ten_at_once
said_once() { [ "$(cat "$work"/err.* | grep -c "$1: was off")" = 1 ]; }
check 'turning on IPv4 forwarding is said once' said_once /proc/sys/net/ipv4/ip_forward
check 'turning on IPv6 forwarding is said once' said_once /proc/sys/net/ipv6/conf/all/forwarding
check 'nothing else is said' exits 1 sh -c 'cat "$1"/err.* | grep -v "turn on forwarding"' sh "$work"
check 'forwarding is on' prints '1
1' host_says
check 'the default route from an announcement survives it' matches '*via fe80*dev up0*' \
	ip -6 route show default
check 'and its interface goes on listening, as it says' matches '*up0/accept_ra: set to 2*' \
	sh -c 'cat "$1"/err.*' sh "$work"
ip link del up0
check 'the bridge is up, with both addresses' matches '*,UP>*10.90.0.1/16*fd*::1/64*' \
	ip addr show container0
check 'the bridge does not listen to announcements of its containers' prints 0 \
	cat /proc/sys/net/ipv6/conf/container0/accept_ra
check 'its hardware address is fixed' matches '*02:42:0a:5a:00:01*' ip link show container0
check 'there is one masquerade for each family' prints 2 \
	sh -c 'nft list table inet container_tools | grep -c masquerade'
check 'the state is one value a file' prints '10.90.0.0/16' cat "$work/state/net/container0/subnet"

# ---------------------------------------------------------------- all is there
first=$(bridge)
no_process() {
	strace -f -o "$work/trace" -e trace=execve,flock,mkdirat,fork,clone "$tools/net-bridge" \
		--state "$work/state" >/dev/null 2>&1 || return 1
	cat "$work/trace"
	[ "$(grep -c 'execve\|flock\|mkdir\|fork\|clone' "$work/trace")" = 1 ]
}
check 'where all is there it runs nothing, locks nothing, writes nothing' no_process
check 'and is silent' prints '' sh -c '"$1" --state "$2" 2>&1 >/dev/null' sh \
	"$tools/net-bridge" "$work/state"
check 'it holds CAP_NET_ADMIN alone' succeeds setpriv --bounding-set=-all,+net_admin \
	sh -c '"$1" --state "$2"' sh "$tools/net-bridge" "$work/state"
check 'without that it says so' fails 125 '*not permitted*' setpriv --bounding-set=-net_admin \
	sh -c '"$1" --state "$2"' sh "$tools/net-bridge" "$work/state"

# ---------------------------------------------------------------- what was lost is mended
nft flush ruleset
check 'after a flush of the firewall the rules come back, and it says so' fails 0 \
	'*repair*lost the rules*' bridge
check 'as they were' matches '*10.90.0.0/16*masquerade*' nft list table inet container_tools
nft flush set inet container_tools subnets6
check 'the loss of one subnet is noticed' fails 0 '*repair*' bridge
ip link set container0 down
ip -6 addr flush dev container0
check 'a bridge that is down and without IPv6 is completed' prints "$first" bridge
check 'it is up again' matches '*,UP>*' ip link show container0
echo 0 >/proc/sys/net/ipv4/ip_forward
check 'forwarding that somebody turned off is turned on' fails 0 '*ip_forward: was off*' bridge
ip link del container0
nft delete table inet container_tools
check 'after a reboot the addresses are the same' prints "$first" bridge

# Killed before anything was finished: what there is is used, the rest is made.
killed() {
	ip link del container0
	nft delete table inet container_tools
	ip link add container0 type bridge
	[ "$(bridge)" = "$first" ]
}
check 'a run that was killed half-way is finished by the next one' killed
lock_is_free() {
	# The holder of the lock dies; nobody removes anything.
	flock --no-fork "$work/state/net" sleep 1000 &
	holder=$!
	wait_until sh -c '! flock -n "$1/state/net" true' sh "$work"
	nft flush ruleset
	bridge 2>/dev/null >"$work/late" &
	waiter=$!
	kill -9 "$holder"
	wait "$waiter" && [ "$(cat "$work/late")" = "$first" ]
	result=$?
	wait "$holder"
	return "$result"
}
check 'a lock is gone with its holder' lock_is_free

# ---------------------------------------------------------------- which subnet
check 'a second network has the next free subnet' matches '*gateway 10.91.0.1/16*' \
	bridge --name second
check 'one table serves both' matches '*10.90.0.0/16*10.91.0.0/16*' \
	nft list set inet container_tools subnets
bridge --name second --remove
check 'removing one leaves the other one its rules' prints 2 \
	sh -c 'nft list table inet container_tools | grep -c masquerade'
check 'but not the subnet' exits 1 sh -c \
	'nft list set inet container_tools subnets | grep 10.91'
ip route add 10.91.7.0/24 dev container0
ip route add 10.92.0.0/15 dev container0 table 77
check 'subnets that routes of the host use are passed over, in every table' \
	matches '*gateway 10.94.0.1/16*' bridge --name second
bridge --name second --remove
check 'a subnet that the host uses is refused' fails 125 '*10.91.7.128/25*route of the host*' \
	bridge --name second --subnet 10.91.7.128/25
check 'a network of the user'\''s subnets' prints 'bridge second
gateway 10.200.0.1/29
gateway6 fd00:5::1/64' bridge --name second --subnet 10.200.0.0/29 --subnet fd00:5::/64
check 'the subnet of a bridge in use is not changed' fails 125 '*the bridge has 10.200.0.1/29*' \
	bridge --name second --subnet 10.201.0.0/16
bridge --name second --remove
echo nonsense >"$work/state/net/container0/subnet"
check 'the bridge counts, not what is remembered' prints "$first" bridge
bridge --name third --subnet 10.201.0.0/24 --no-ipv6 >"$work/third"
check 'without IPv6' prints 'bridge third
gateway 10.201.0.1/24' cat "$work/third"
ip link del third
echo nonsense >"$work/state/net/third/subnet"
check 'a ruined state is replaced, and it says so' fails 0 '*what is in the state is none*' \
	bridge --name third --no-ipv6
ip link del third
rm "$work/state/net/third/subnet"
mkfifo "$work/state/net/third/subnet"
check 'a FIFO in the state does not block' exits 0 timeout 10 "$tools/net-bridge" \
	--state "$work/state" --name third --no-ipv6
bridge --name third --remove

for bad in 10.1.2.3/16 10.0.0.0/31 10.0.0.0/7 10.0.0.0 300.0.0.0/16 10.0.0.0/016 ::/64x \
	'10.0.0.0/16 dev lo' fd00::1/64 fd00::/32; do
	check "--subnet '$bad' is refused" fails 125 '*not an address/prefix*' \
		bridge --name second --subnet "$bad"
done
for bad in '' . .. a/b 'a b' 'a;b' -a all default lo 1234567890123456; do
	check "--name '$bad' is refused" fails 125 'net-bridge: --name: *' bridge --name "$bad"
done
ip link add nobridge type veth peer name nobridge2
check 'an interface that is no bridge is not taken for one' fails 125 '*not a bridge*' \
	bridge --name nobridge
check 'nor removed' fails 125 '*not a bridge*' bridge --name nobridge --remove
ip link del nobridge

# ---------------------------------------------------------------- to the outside, and from there
# The outside has no route to the containers' subnets: an answer that comes back was for the host.
namespace
outside=$pid
ip link add wan0 type veth peer name wan0 netns "$outside"
ip addr add 192.0.2.1/24 dev wan0
ip addr add 2001:db8:1::1/64 dev wan0 nodad
ip link set wan0 up
inside "$outside" ip link set lo up
inside "$outside" ip addr add 192.0.2.2/24 dev wan0
inside "$outside" ip addr add 2001:db8:1::2/64 dev wan0 nodad
inside "$outside" ip link set wan0 up
cat >"$work/server.py" <<'PYTHON'
import socket
server = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
	peer, address = server.accept()
	peer.sendall((address[0] + "\n").encode())
	peer.close()
PYTHON
nsenter --target "$outside" --net python3 "$work/server.py" &
server=$!
namespace
container=$pid
"$tools/net-veth" "$container" >"$work/veth" || cat "$work/veth"
nsenter --target "$container" --net python3 "$work/server.py" &
server2=$!
wait_until inside "$outside" busybox nc -w 1 192.0.2.2 80 >/dev/null
read -r _ address <"$work/veth"
wait_until inside "$container" busybox nc -w 1 "${address%/*}" 80 >/dev/null
address6=$(sed -n 's/^address6 //p' "$work/veth")
check 'a container reaches the outside, which sees the host (IPv4)' prints '::ffff:192.0.2.1' \
	inside "$container" busybox nc -w 5 192.0.2.2 80
check 'a container reaches the outside, which sees the host (IPv6)' prints '2001:db8:1::1' \
	inside "$container" busybox nc -w 5 2001:db8:1::2 80
check 'the host reaches the container' prints '::ffff:10.90.0.1' busybox nc -w 5 "${address%/*}" 80
inside "$outside" ip route add 10.90.0.0/16 via 192.0.2.1
inside "$outside" ip -6 route add "${first##* }" via 2001:db8:1::1 2>/dev/null ||
	inside "$outside" ip -6 route add fd00::/8 via 2001:db8:1::1
check 'a stranger with a route to the subnet does not get in (IPv4)' exits 1 \
	inside "$outside" busybox nc -w 1 "${address%/*}" 80
check 'a stranger with a route to the subnet does not get in (IPv6)' exits 1 \
	inside "$outside" busybox nc -w 1 "${address6%/*}" 80


# ---------------------------------------------------------------- neighbours on the bridge
# Where br_netfilter is loaded, what goes from port to port passes the table too.
namespace
neighbour=$pid
"$tools/net-veth" "$neighbour" >"$work/veth2"
neighbour_address=$(sed -n 's/^address //p' "$work/veth2")
neighbour_address6=$(sed -n 's/^address6 //p' "$work/veth2")
cat >"$work/call.py" <<'PYTHON'
import socket, sys
source, target = sys.argv[1:]
index = socket.if_nametoindex("eth0")
if ":" in source:
	s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	s.bind((source, 0, 0, index if source.startswith("fe80") else 0))
	s.sendto(b"x", (target, 5000, 0, index if target.startswith("ff") else 0))
else:
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
	s.bind((source, 0))
	s.sendto(b"x", (target, 5000))
PYTHON
cat >"$work/hear.py" <<'PYTHON'
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.settimeout(3)
s.bind(("::", 5000))
print(s.recvfrom(10)[1][0])
PYTHON
# heard SOURCE TARGET: what the container sees of a datagram from the neighbour.
heard() {
	nsenter --target "$container" --net python3 "$work/hear.py" >"$work/heard" &
	listener=$!
	wait_until grep -q ':1388 ' "/proc/$container/net/udp6"
	inside "$neighbour" python3 "$work/call.py" "$@"
	wait "$listener"
	cat "$work/heard"
}
neighbours() {
	check "a container sees its neighbour's own address (IPv4$1)" \
		prints "::ffff:${neighbour_address%/*}" \
		inside "$neighbour" busybox nc -w 5 "${address%/*}" 80
	check "a container sees its neighbour's own address (IPv6$1)" \
		prints "${neighbour_address6%/*}" \
		inside "$neighbour" busybox nc -w 5 "${address6%/*}" 80
	check "also when it calls to all (IPv4$1)" prints "::ffff:${neighbour_address%/*}" \
		heard "${neighbour_address%/*}" 255.255.255.255
	check "also when it calls to all (IPv6$1)" prints "${neighbour_address6%/*}" \
		heard "${neighbour_address6%/*}" ff02::1
	# As the kernel asks whether a neighbour is still there.
	check "a neighbour's link-local address reaches a container$1" matches "$local6*" \
		heard "$local6" "${address6%/*}"
}
settled() {
	inside "$neighbour" sh -c '! ip -6 addr show dev eth0 tentative | grep -q fe80'
}
wait_until settled
local6=$(inside "$neighbour" ip -6 -o addr show dev eth0 scope link | sed 's/.*inet6 //; s/[/].*//')
neighbours ''
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
	now=$(cat /proc/sys/net/bridge/bridge-nf-call-iptables)
	echo "$((1 - now))" | tee /proc/sys/net/bridge/bridge-nf-call-iptables \
		>/proc/sys/net/bridge/bridge-nf-call-ip6tables
	neighbours ", br_netfilter now $((1 - now))"
else
	skip 'the same with br_netfilter' 'it is not loaded here'
fi

kill $server $server2 $pids
wait

# ---------------------------------------------------------------- the end
check 'the last network takes the table with it' succeeds bridge --remove
check 'no table is left' prints '' nft list ruleset
check 'no bridge is left' exits 1 ip link show container0
check 'no state is left' prints '' ls -A "$work/state/net"
check 'removing what is not there is no error' succeeds bridge --remove

check 'no state directory is a wrong use' fails 125 '*usage*' "$tools/net-bridge" --name x
check 'an operand is a wrong use' fails 125 '*usage*' bridge container0
check 'a state that is a file is refused' fails 125 '*/passwd*Not a directory*' \
	"$tools/net-bridge" --state /etc/passwd
mkdir "$work/bin"
printf '#!/bin/sh\ntouch "%s/touched"\n' "$work" | tee "$work/bin/ip" >"$work/bin/nft"
chmod +x "$work/bin/ip" "$work/bin/nft"
check 'with a foreign PATH it runs the same' succeeds env PATH="$work/bin:$PATH" \
	"$tools/net-bridge" --state "$work/state"
check 'PATH is not asked for ip and nft' exits 1 test -e "$work/touched"
bridge --remove
ip link add container0 type bridge
echo 1 >/proc/sys/net/ipv6/conf/container0/disable_ipv6
check 'a bridge with IPv6 disabled has IPv4 alone' prints 'bridge container0
gateway 10.90.0.1/16' bridge
bridge --remove
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
check 'a host without IPv6 has IPv4 alone' prints 'bridge container0
gateway 10.90.0.1/16' bridge

done_testing
