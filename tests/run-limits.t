#!/bin/sh
# run: the limits, by what the kernel says of the container's group, under both versions of cgroups.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

none() { "$top/container" run --rm --network none --rootfs "$work/box" "$@"; }
rootfs "$work/box"
pure=
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || pure=yes
pick() { if [ "$pure" ]; then echo "$2"; else echo "$1"; fi; }

# limited TITLE EXPECTED1 FILE1 EXPECTED2 FILE2 OPTION...: what the file holds, seen from inside.
limited() {
	title=$1 expected=$(pick "$2" "$4") file=/sys/fs/cgroup/$(pick "$3" "$5")
	shift 5
	if [ "$expected" = - ]; then
		skip "$title" 'this version of cgroups has no such file'
	else
		check "$title" prints "$expected" none "$@" cat "$file"
	fi
}

# ---------------------------------------------------------------- memory
swap=yes
[ "$pure" ] || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || swap=
if [ "$swap" ]; then
	limited 'memory and swap together' 83886080 memory/memory.memsw.limit_in_bytes 16777216 memory.swap.max \
		-m 64m --memory-swap 80m
	limited 'swap without limit' 9223372036854771712 memory/memory.memsw.limit_in_bytes max memory.swap.max \
		-m 64m --memory-swap -1
else
	skip 'memory and swap together' 'this kernel does not count swap'
fi
check 'swap without memory is refused' fails 125 '*--memory-swap*' none --memory-swap 80m true
limited 'a reservation' 33554432 memory/memory.soft_limit_in_bytes 33554432 memory.low --memory-reservation 32m
if [ "$pure" ]; then
	check 'swappiness, which version 2 lacks, is refused' fails 125 '*--memory-swappiness*hint*' \
		none --memory-swappiness 10 true
else
	limited 'swappiness' 10 memory/memory.swappiness - - --memory-swappiness 10
fi
check '0 is no limit' succeeds none -m 0 --memory-swap 0 --memory-reservation 0 --memory-swappiness -1 \
	--cpus 0 --cpu-period 0 --cpu-quota 0 --cpu-shares 0 --pids-limit 0 --blkio-weight 0 true

# ---------------------------------------------------------------- processors
limited 'a share of the processors' 50000 cpu/cpu.cfs_quota_us '50000 100000' cpu.max --cpus 0.5
limited 'a quota' 20000 cpu/cpu.cfs_quota_us '20000 50000' cpu.max --cpu-quota 20000 --cpu-period 50000
limited 'its period' 50000 cpu/cpu.cfs_period_us '20000 50000' cpu.max --cpu-quota 20000 --cpu-period 50000
limited 'a weight' 512 cpu/cpu.shares 20 cpu.weight --cpu-shares 512
limited 'the same by its letter' 512 cpu/cpu.shares 20 cpu.weight -c 512
limited 'processors' 0 cpuset/cpuset.cpus 0 cpuset.cpus --cpuset-cpus 0
check 'and the program runs on no other' prints 0 none --cpuset-cpus 0 sh -c \
	'sed -n "s/Cpus_allowed_list:.//p" /proc/self/status'
limited 'memory nodes' 0 cpuset/cpuset.mems 0 cpuset.mems --cpuset-mems 0
check 'a processor that is not there is refused' fails 125 '*cpuset-cpus*' none --cpuset-cpus 4000 true
check 'a quota and --cpus exclude each other' fails 125 '*--cpus*' none --cpus 1 --cpu-quota 20000 true

# ---------------------------------------------------------------- disks
# Whether there is a weight depends on the disk scheduler.
weighed() {
	run none --blkio-weight 500 sh -c 'cat /sys/fs/cgroup/blkio/blkio.*weight /sys/fs/cgroup/io.*weight 2>/dev/null; :'
	case $status:$(cat "$work/.out" "$work/.err") in
	0:*500* | 0:*4950* | 125:*--blkio-weight*hint*) ;;
	*) show; return 1 ;;
	esac
}
check 'a weight of disk access, or why not' weighed
disk=
for name in /sys/block/[svn]*[a-z0-9] /sys/block/loop0; do
	if [ -b "/dev/${name##*/}" ]; then disk=${name##*/}; break; fi
done
if [ "$disk" ]; then
	number=$(cat "/sys/block/$disk/dev")
	disk=/dev/$disk
	# Version 2 has one line for all four of a disk.
	limited 'a rate of reading' "$number 1048576" blkio/blkio.throttle.read_bps_device \
		"$number rbps=1048576 wbps=max riops=max wiops=max" io.max --device-read-bps "$disk:1mb"
	limited 'a rate of writing' "$number 2048" blkio/blkio.throttle.write_bps_device \
		"$number rbps=max wbps=2048 riops=max wiops=max" io.max --device-write-bps "$disk:2048"
	limited 'how often it reads' "$number 100" blkio/blkio.throttle.read_iops_device \
		"$number rbps=max wbps=max riops=100 wiops=max" io.max --device-read-iops "$disk:100"
	limited 'how often it writes' "$number 50" blkio/blkio.throttle.write_iops_device \
		"$number rbps=max wbps=max riops=max wiops=50" io.max --device-write-iops "$disk:50"
	check 'a rate that is no size is refused' fails 125 '*--device-read-bps*fast*' \
		none --device-read-bps "$disk:fast" true
else
	skip 'rates' 'there is no disk here'
fi
check 'a rate of what is no disk is refused' fails 125 '*device-read-bps*not a block device*' \
	none --device-read-bps /dev/null:1mb true

# ---------------------------------------------------------------- of the process
check 'a limit of the process' prints '100 200' none --ulimit nofile=100:200 sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'
check 'one number is both' prints '90 90' none --ulimit nofile=90 sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'
check 'several of them' prints '0 8192' none --ulimit core=0 --ulimit stack=8388608 sh -c \
	'echo $(ulimit -c) $(ulimit -s)'
check 'for a user who is not root too' prints 80 none -u 1000 --ulimit nofile=80 sh -c 'ulimit -n'
check 'an unknown one is named, with those that there are' fails 125 '*nosuch*nofile*' none --ulimit nosuch=1 true

# ---------------------------------------------------------------- where it is seen
check 'inside, its own cgroup is the root' prints / none sh -c 'sed -n "s/.*:memory:\|^0::/\1/p" /proc/self/cgroup | sort -u | head -n 1'
check 'with --cgroupns host it is the one of the host' matches '*container-tools-test-run-limits-*' \
	none --cgroupns host cat /proc/self/cgroup

done_testing
