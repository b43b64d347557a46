#!/bin/sh
# cg-exec: the program is in its group from its first instruction, and the limits hold. The same
# tests under both versions of cgroups.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

parent=$CONTAINER_TOOLS_CGROUP_PARENT
pure=
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || pure=yes
"$tools/cg-exec" --group "$parent/first" --pids 10 -- true 2>/dev/null ||
	skip_all 'no cgroups that may be written'

within() { name=$1; shift; "$tools/cg-exec" --group "$parent/$name" "$@"; }
# The directory of group $2 in the hierarchy of controller $1.
at() {
	if [ "$pure" ]; then echo "/sys/fs/cgroup$parent/$2"; else echo "/sys/fs/cgroup/$1$parent/$2"; fi
}
# What control file holds: version 1's name or 2's.
holds() {
	expected=$1 directory=$(at "$2" "$3") file=$4
	[ -z "$pure" ] || file=$5
	prints "$expected" cat "$directory/$file"
}
pick() { if [ "$pure" ]; then echo "$2"; else echo "$1"; fi; }

# ---------------------------------------------------------------- joining
# Of a hybrid host's version 2, which has no controllers, nothing is used.
groups='[ -e /sys/fs/cgroup/cgroup.controllers ] || lines=/^0::/d
sed "${lines-}" /proc/self/cgroup | cut -d: -f3 | sort -u'
check 'the program is in the group, in every hierarchy that has controllers' prints "$parent/join" \
	within join -- sh -c "$groups"
check 'so it is in a new pid namespace, where its number is another' prints "$parent/pid" \
	unshare --pid --fork "$tools/cg-exec" --group "$parent/pid" -- \
	sh -c "$groups"
check 'who started it stays outside' exits 1 grep -q "$parent" /proc/self/cgroup
check 'a group that is there is joined' prints "$parent/join" \
	within join sh -c "$groups"
check 'the status is that of the program' exits 7 within join -- sh -c 'exit 7'
check 'a missing program is 127' exits 127 within join -- /nowhere
for group in / name /a/../b /a//b /a/. /a/; do
	check "the path $group is refused" fails 125 '*--group*' \
		"$tools/cg-exec" --group "$group" -- true
done

# ---------------------------------------------------------------- memory
check 'a program that needs more memory than it may have is killed' exits 137 \
	within memory --memory 16777216 --memory-swap 16777216 -- \
	dd if=/dev/zero of=/dev/null bs=64M count=1
check 'the kernel says so in the group' matches '*oom_kill 1*' \
	cat "$(at memory memory)/$(pick memory.oom_control memory.events)"
check 'one that needs less runs' exits 0 within memory --memory 134217728 -- \
	dd if=/dev/zero of=/dev/null bs=64M count=1
check 'a group takes new limits, larger ones' holds 134217728 memory memory \
	memory.limit_in_bytes memory.max
within memory --memory 16777216 -- true
check 'and smaller ones' holds 16777216 memory memory memory.limit_in_bytes memory.max
check 'without --memory-swap there is as much swap again' holds "$(pick 33554432 16777216)" \
	memory memory memory.memsw.limit_in_bytes memory.swap.max
within memory --memory 16777216 --memory-swap 20971520 --memory-reservation 8388608 -- true
check '--memory-swap is both together' holds "$(pick 20971520 4194304)" \
	memory memory memory.memsw.limit_in_bytes memory.swap.max
check '--memory-reservation is set' holds 8388608 \
	memory memory memory.soft_limit_in_bytes memory.low
within memory --memory 16777216 --memory-swap -1 -- true
check '--memory-swap -1 is no limit' holds "$(pick 9223372036854771712 max)" \
	memory memory memory.memsw.limit_in_bytes memory.swap.max
check 'a limit that nothing could start under is refused, and says why' fails 125 \
	'*--memory: 4096: less than*hint:*killed before*' within memory --memory 4096 -- true
check '--memory-swap below --memory is refused' fails 125 '*--memory-swap*' \
	within memory --memory 16777216 --memory-swap 8388608 -- true
check '--memory-swap alone is refused' fails 125 '*needs --memory*' \
	within memory --memory-swap 8388608 -- true
if [ "$pure" ]; then
	check '--memory-swappiness, which version 2 lacks, is refused' fails 125 \
		'*--memory-swappiness*hint:*' within memory --memory-swappiness 10 -- true
else
	within memory --memory-swappiness 10 -- true
	check '--memory-swappiness is set' holds 10 memory memory memory.swappiness -
fi

# ---------------------------------------------------------------- processors
check 'a program past its share of a processor is held back' succeeds \
	timeout 20 "$tools/cg-exec" --group "$parent/cpu" --cpus 0.05 -- \
	sh -c 'until grep -q "^nr_throttled [1-9]" "$1"; do :; done' sh "$(at cpu cpu)/cpu.stat"
check '--cpus is exact' holds "$(pick 5000 '5000 100000')" cpu cpu cpu.cfs_quota_us cpu.max
within cpu --cpus 1.5 -- true
check 'and has a fraction' holds "$(pick 150000 '150000 100000')" cpu cpu cpu.cfs_quota_us cpu.max
within cpu --cpu-period 50000 --cpu-quota 20000 --cpu-shares 512 -- true
check '--cpu-quota and --cpu-period are set' holds "$(pick 20000 '20000 50000')" \
	cpu cpu cpu.cfs_quota_us cpu.max
check '--cpu-shares is set, or its weight' holds "$(pick 512 20)" cpu cpu cpu.shares cpu.weight
within cpu --cpu-quota -1 -- true
check '--cpu-quota -1 is no limit' holds "$(pick -1 'max 100000')" \
	cpu cpu cpu.cfs_quota_us cpu.max
check '--cpus with --cpu-quota is refused' fails 125 '*--cpus*give one*' \
	within cpu --cpus 1 --cpu-quota 5000 -- true
for bad in 0 0.001 x 1.2.3 -1 1e3 '' .; do
	check "--cpus '$bad' is refused" fails 125 '*--cpus*' within cpu --cpus "$bad" -- true
done
check 'the program runs on the processors of --cpuset-cpus' prints 1 \
	within cpuset --cpuset-cpus 0 --cpuset-mems 0 -- nproc
check 'a list that is none is refused' fails 125 '*cpuset-cpus*' \
	within cpuset --cpuset-cpus 'a' -- true
check 'processors that are not there are refused' fails 125 '*--cpuset-cpus*' \
	within cpuset --cpuset-cpus 5000 -- true

# ---------------------------------------------------------------- processes
check 'a program cannot fork past --pids' fails 2 '*ork*' \
	within pids --pids 1 -- sh -c '(echo reached; :); :'
check 'within --pids it can' prints reached within pids --pids 2 -- sh -c '(echo reached; :); :'
within pids --pids -1 -- true
check '--pids -1 is no limit' holds max pids pids pids.max pids.max

# ---------------------------------------------------------------- devices
mkdir "$work/dev"
mknod "$work/dev/null" c 1 3
mknod "$work/dev/zero" c 1 5
mknod "$work/dev/kmsg" c 1 11
reach() { name=$1; shift; within "$name" "$@" -- sh -c "$act" sh "$work/dev"; }
act=': <$1/kmsg'
check 'without a list every device opens' succeeds reach free
check 'with the default list what is not on it does not' fails 2 '*not permitted*' \
	reach default --device-default
act='read x <$1/null; echo >$1/null && head -c 2 $1/zero | wc -c'
check 'and what is on it does' prints 2 reach default --device-default
act='mknod $1/made b 7 5 && { : <$1/made; }'
check 'by default a node can be made, not opened' fails 2 '*made*not permitted*' \
	reach default --device-default
act=': <$1/null && echo read; : >$1/null'
check 'a rule is for its access alone' fails 2 '*not permitted*' reach access --device 'c 1:3 r'
check 'which it gives' test "$(cat "$work/.out")" = read
act='mknod $1/other c 1 5'
check 'without m no node can be made' exits 1 reach access --device 'c 1:* rw'
act=': <$1/null && : <$1/zero && : <$1/kmsg'
check 'a rule can be for all minors' succeeds reach minors --device 'c 1:* r'
check 'a rule for other numbers gives nothing' fails 2 '*null*not permitted*' \
	reach others --device 'b 1:3 rwm' --device 'c 2:3 rwm' --device 'c 1:4 rwm'
check 'the rule a allows everything' succeeds reach all --device a --device 'c 1:3 r'
for bad in '' c 'x 1:3 r' 'c 1:3' 'c 1:3 ' 'c 1 r' 'c 1:3 rx' 'c -1:3 r' 'c 99999999:1 r' 'a 1:3'; do
	check "the rule '$bad' is refused" fails 125 '*--device*' \
		within others --device "$bad" -- true
done

# ---------------------------------------------------------------- disks
check 'a disk that is none is refused' fails 125 '*/dev/null: not a block device*' \
	within disk --device-read-bps /dev/null:1000 -- true
check 'a rate without a number is refused' fails 125 '*path:number*' \
	within disk --device-read-bps /dev/null -- true
if [ -b /dev/vda ]; then
	numbers=$((0x$(stat -c %t /dev/vda))):$((0x$(stat -c %T /dev/vda)))
	within disk --device-read-bps /dev/vda:1048576 --device-write-iops /dev/vda:100 -- true
	check 'the rate of a disk is set' holds \
		"$numbers $(pick 1048576 'rbps=1048576 wbps=max riops=max wiops=100')" \
		blkio disk blkio.throttle.read_bps_device io.max
else
	skip 'the rate of a disk is set' 'no disk /dev/vda'
fi
if [ -e "$(at blkio disk)/$(pick blkio.bfq.weight io.weight)" ]; then
	within disk --blkio-weight 500 -- true
	check '--blkio-weight is set, or what it is in version 2' holds \
		"$(pick 500 'default 4950')" blkio disk blkio.bfq.weight io.weight
else
	check '--blkio-weight without its file is refused' fails 125 '*--blkio-weight*hint*' \
		within disk --blkio-weight 500 -- true
fi

# ---------------------------------------------------------------- what the host does not give
# In a mount namespace of its own: the machine's mounts stay.
hidden() {
	unshare --mount --propagation private sh -c '
		mount -t tmpfs -o mode=755 none /sys/fs/cgroup && mkdir -p $(sed -n \
			"s,.* \(/sys/fs/cgroup[^ ]*\) .* - cgroup.*,\1,p" /proc/self/mountinfo)
		"$@"; status=$?; find /sys/fs/cgroup -name "container-tools*"; exit $status' sh "$@"
}
check 'without cgroups a program without limits starts, silently' prints '' \
	hidden "$tools/cg-exec" --group "$parent/hidden" -- true
check 'so silently that nothing is on stderr' test ! -s "$work/.err"
check 'what is mounted over a hierarchy is not taken for one' fails 125 \
	'*--pids: pids: no such controller*hint:*' \
	hidden "$tools/cg-exec" --group "$parent/hidden" --pids 5 -- true
check 'nor written to' test ! -s "$work/.out"
check 'devices without a controller are refused' fails 125 '*no devices controller*hint:*' \
	hidden "$tools/cg-exec" --group "$parent/hidden" --device-default -- true
# A hybrid host with one controller of version 1, but not that of devices.
partly() {
	unshare --mount --propagation private sh -c '
		for at in $(sed -n "s,.* \(/sys/fs/cgroup/[^ ]*\) .* - cgroup .*,\1,p" \
			/proc/self/mountinfo); do
			case $at in */pids) ;; *) mount -t tmpfs none "$at" ;; esac
		done
		exec "$@"' sh "$@"
}
act=': <$1/null && : <$1/kmsg'
check 'where version 1 has no devices, version 2 filters them' fails 2 '*kmsg*not permitted*' \
	partly "$tools/cg-exec" --group "$parent/partly" --device-default -- sh -c "$act" sh "$work/dev"
readonly_() {
	unshare --mount --propagation private sh -c '
		for at in $(sed -n "s,.* \(/sys/fs/cgroup[^ ]*\) .* - cgroup.*,\1,p" \
			/proc/self/mountinfo); do mount -o remount,bind,ro "$at"; done
		exec "$@"' sh "$@"
}
check 'where cgroups are read-only a limit is refused' fails 125 '*--pids*Read-only*hint:*' \
	readonly_ "$tools/cg-exec" --group "$parent/readonly" --pids 5 -- true
check 'and none is needed' succeeds \
	readonly_ "$tools/cg-exec" --group "$parent/readonly" -- true
cp "$tools/cg-exec" "$work/tool"
user() { setpriv --reuid 1000 --regid 1000 --clear-groups "$work/tool" --group "$parent/user" "$@"; }
check "an ordinary user's limit is refused, with what to do" fails 125 \
	'*--pids*Permission denied*hint:*delegated*' user --pids 5 -- true
check "an ordinary user's program without limits starts" prints '' user -- true
if [ "$pure" ]; then
	within inner -- sh -c 'sleep 60 & echo $!' >"$work/pid"
	check 'below a group with processes a limit is refused, with what to do' fails 125 \
		'*--pids*busy*hint:*holds processes*' \
		"$tools/cg-exec" --group "$parent/inner/child" --pids 5 -- true
	check 'and a program without limits starts below it' succeeds \
		"$tools/cg-exec" --group "$parent/inner/child" -- true
	kill "$(cat "$work/pid")"
fi

# ---------------------------------------------------------------- privileges
with() {
	list=$1
	shift
	setpriv --bounding-set "-all$list" --inh-caps -all "$tools/cg-exec" --group "$parent/caps" "$@"
}
check 'what it declares suffices' succeeds with ,+setpcap,+dac_override,+sys_admin \
	--memory 16777216 --cpus 1 --pids 10 --device-default --keep none -- true
check 'without CAP_SYS_ADMIN devices are refused' fails 125 '*not permitted*hint:*' \
	with ,+dac_override --device-default -- true
check 'the program has what --keep leaves' prints 0000000000000000 \
	within caps --keep none -- sed -n 's/^CapEff:	//p' /proc/self/status

empty() { find /sys/fs/cgroup -path "*$parent/*" -depth -type d -exec rmdir {} + ; }
wait_until empty 2>/dev/null
done_testing
