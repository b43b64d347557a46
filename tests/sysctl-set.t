#!/bin/sh
# sysctl-set: parameters of its namespaces are set, and nothing of the machine ever is.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

set_in() { kinds=$1; shift; "$tools/ns-exec" $kinds -- "$tools/sysctl-set" "$@"; }

"$tools/ns-exec" --net --ipc --uts -- true 2>/dev/null || skip_all 'cannot create namespaces'
check 'a parameter of the network is set' prints 99 \
	set_in --net --set net.core.somaxconn=99 -- cat /proc/sys/net/core/somaxconn
check 'of shared memory' prints 123456 set_in --ipc --set kernel.shmmax=123456 -- cat /proc/sys/kernel/shmmax
check 'of message queues' prints '5 77' set_in --ipc -s fs.mqueue.msg_max=5 -s kernel.msgmni=77 -- \
	sh -c 'echo $(cat /proc/sys/fs/mqueue/msg_max /proc/sys/kernel/msgmni)'
set_in --ipc --set 'kernel.sem=10 200 30 40' -- cat /proc/sys/kernel/sem | tr '\t' ' ' >"$work/semaphores"
check 'of semaphores, several numbers' prints '10 200 30 40' cat "$work/semaphores"
check 'of the name' prints example set_in --uts --set kernel.domainname=example -- cat /proc/sys/kernel/domainname
check 'with slashes, a dot stands for itself' prints 1 "$tools/ns-exec" --net -- sh -c '
	ip link add a.b type veth peer name c
	"$tools/sysctl-set" --set net/ipv4/conf/a.b/forwarding=1 -- cat /proc/sys/net/ipv4/conf/a.b/forwarding'
check 'with dots, a slash does' prints 1 "$tools/ns-exec" --net -- sh -c '
	ip link add a.b type veth peer name c
	"$tools/sysctl-set" --set net.ipv4.conf.a/b.forwarding=1 -- cat /proc/sys/net/ipv4/conf/a.b/forwarding'
check 'what is mounted on /proc does not matter' succeeds "$tools/ns-exec" --net --mount -- sh -c '
	mount -t tmpfs fake /proc && mkdir -p /proc/sys/net/core /proc/self/fd && echo untouched >/proc/sys/net/core/somaxconn &&
	"$tools/sysctl-set" --set net.core.somaxconn=98 -- true && read -r now </proc/sys/net/core/somaxconn &&
	[ "$now" = untouched ]'
check 'the status is that of the program' exits 7 set_in --net --set net.core.somaxconn=99 -- sh -c 'exit 7'

# Each is set to what it is: nothing would change, were it not refused.
for name in kernel.panic vm.swappiness kernel.hostname kernel.shmmaxx kernel.sem/x net/../kernel/panic net..core \
	net/ /net/core/somaxconn net/./core kernel.shmmax/../panic fs.mqueueX kernel; do
	value=$(cat "/proc/sys/$(echo "$name" | tr . /)" 2>/dev/null)
	check "$name is refused" fails 125 '*not a parameter of a namespace*hint*' \
		set_in '--net --ipc --uts' --set "$name=$value" -- true
done
check 'one that is not there is said' fails 125 '*net.core.nosuch=1*hint*' set_in --net --set net.core.nosuch=1 -- true
check 'without a value it is refused' fails 125 '*name=value*' set_in --net --set net.core.somaxconn -- true
check 'a value that the kernel refuses is named' fails 125 '*somaxconn=many*Invalid*' \
	set_in --net --set net.core.somaxconn=many -- true
check 'nothing to set is misuse' fails 125 '*usage*' "$tools/sysctl-set" -- true
# A namespace of the machine itself, not of a container that the tests run in.
if [ "$(readlink /proc/self/ns/ipc)" = 'ipc:[4026531839]' ]; then
	check 'what is the machine'"'"'s is not set' fails 125 '*whole machine*hint*--ipc*' \
		"$tools/sysctl-set" --set "kernel.shmmni=$(cat /proc/sys/kernel/shmmni)" -- true
else
	skip 'what is the machine'"'"'s is not set' 'this is not its namespace'
fi
check 'it needs no more than it says' succeeds "$tools/ns-exec" --net --ipc -- capsh \
	--drop="$(capsh --decode=1fffff7fff | cut -d= -f2 | sed 's/cap_sys_admin,//; s/cap_net_admin,//; s/cap_setpcap,//')" -- -c \
	'"$tools/sysctl-set" --set net.ipv4.ip_forward=1 --set kernel.shmmax=4096 -- true'
done_testing
