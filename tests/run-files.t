#!/bin/sh
# run: the options on files, devices and the file systems of the kernel, by what the container sees.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

none() { "$top/container" run --rm --network none --rootfs "$work/box" "$@"; }
rootfs "$work/box"
mkdir "$work/volume" "$work/a:b\\c"
echo data >"$work/volume/file"
echo odd >"$work/a:b\\c/file"
# What mountinfo says of the mount at $1: its options, then those of its file system.
shown='sed -n "s|^[^ ]* [^ ]* [^ ]* [^ ]* $0 \([^ ]*\) .*- tmpfs [^ ]* \(.*\)|\1 \2|p" /proc/self/mountinfo'

# ---------------------------------------------------------------- --mount
check 'a bind is the directory of the host' prints data \
	none --mount "type=bind,src=$work/volume,dst=/v" cat /v/file
check 'keys have other names' prints data \
	none --mount "type=bind,source=$work/volume,target=/v,readonly=false" cat /v/file
check 'in any order' prints data \
	none --mount "destination=/v,source=$work/volume,type=bind" cat /v/file
check 'it can be written' succeeds sh -c '
	"$top/container" run --rm --network none --rootfs "$work/box" \
		--mount "type=bind,src=$work/volume,dst=/v" touch /v/new && rm "$work/volume/new"'
check 'but not with ro' fails 1 '*Read-only*' \
	none --mount "type=bind,src=$work/volume,dst=/v,ro" touch /v/new
check 'nor with readonly=true' fails 1 '*Read-only*' \
	none --mount "type=bind,src=$work/volume,dst=/v,readonly=true" touch /v/new
check 'a colon and a backslash in its path are part of it' prints odd \
	none --mount "type=bind,src=$work/a:b\\c,dst=/v" cat /v/file
check 'also in the target' prints odd \
	none --mount "type=bind,src=$work/a:b\\c,dst=/x:y\\z" cat '/x:y\z/file'
check 'a relative source is looked up from here' prints data sh -c '
	cd "$work" && "$top/container" run --rm --network none --rootfs "$work/box" \
		--mount type=bind,src=./volume,dst=/v cat /v/file'
check 'a source that is missing is refused, and not made' fails 125 '*--mount*not there*hint*--volume*' \
	none --mount "type=bind,src=$work/missing,dst=/v" true
check 'and was not made' exits 1 test -e "$work/missing"
mount -t tmpfs below "$work/volume"
mkdir "$work/volume/below"
mount -t tmpfs below "$work/volume/below"
touch "$work/volume/below/inside"
check 'what is mounted below comes along' prints inside \
	none --mount "type=bind,src=$work/volume,dst=/v" ls /v/below
check 'but not with bind-nonrecursive' prints '' \
	none --mount "type=bind,src=$work/volume,dst=/v,bind-nonrecursive" ls /v/below
umount "$work/volume/below"
umount "$work/volume"
mount -t tmpfs shared "$work/volume"
mount --make-shared "$work/volume"
mkdir "$work/volume/later"
appears() {
	mkfifo "$work/ready" "$work/go"
	none --mount "type=bind,src=$work/volume,dst=/v$1" -v "$work/ready:/ready" -v "$work/go:/go" \
		sh -c 'echo >/ready; read -r line </go; ls /v/later' >"$work/listed" &
	front=$!
	read -r _ <"$work/ready"
	mount -t tmpfs later "$work/volume/later"
	touch "$work/volume/later/there"
	echo >"$work/go"
	wait "$front"
	umount "$work/volume/later"
	rm "$work/ready" "$work/go"
	[ "$(cat "$work/listed")" = "$2" ]
}
check 'a later mount of the host does not appear in it' appears '' ''
check 'unless it is a slave' appears ,bind-propagation=rslave there
umount "$work/volume"
check 'a tmpfs is empty, of a size and a mode' matches '*rw,nosuid,nodev,noexec* *size=1024k,mode=750*' \
	none --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0750 sh -c "$shown" /t
check 'it holds no more' fails 1 '*No space*' \
	none --mount type=tmpfs,dst=/t,tmpfs-size=64k dd if=/dev/zero of=/t/x bs=1k count=100
check 'a volume is kept between containers' prints kept sh -c '
	volume() { "$top/container" run --rm --network none --rootfs "$work/box" \
		--mount type=volume,src=data,dst=/v sh -c "$1"; }
	volume "echo kept >/v/x" && volume "cat /v/x"'
for wrong in type=tmpfs,src=/x,dst=/t type=bind,dst=/v "type=bind,src=$work,dst=v" "type=bind,src=$work" \
	"type=nosuch,src=$work,dst=/v" "type=bind,src=$work,dst=/v,nosuch=1" "type=bind,src=$work,dst=/v,ro=maybe" \
	"type=bind,src=$work,dst=/v,tmpfs-size=1m" "type=tmpfs,dst=/t,tmpfs-size=lots" "src=../x,dst=/v"; do
	check "$wrong is refused" fails 125 '*--mount*' none --mount "$wrong" true
done

# ---------------------------------------------------------------- devices
# To write to kmsg takes no capability, and opening it changes nothing; the disk does not exist.
mknod -m 666 "$work/zero" c 1 5
mknod -m 666 "$work/kmsg" c 1 11
mknod -m 666 "$work/disk" b 240 250
open_kmsg='(: >$0) 2>&1'
check 'a device of the host is there' prints '1,5 crw-rw-rw-' none --device "$work/zero" \
	stat -c '%t,%T %A' "$work/zero"
check 'under another name' prints '1,b' none --device "$work/kmsg:/dev/log-of-kernel" \
	stat -c '%t,%T' /dev/log-of-kernel
check 'and may be used' succeeds none --device "$work/kmsg:/dev/k" sh -c "$open_kmsg" /dev/k
check 'a node made inside of a device that was not given cannot' matches '*not permitted*' none sh -c \
	"mknod /k c 1 11; $open_kmsg; :" /k
check 'with rules of its own it can' succeeds none --device-cgroup-rule 'c 1:11 w' sh -c \
	"mknod /k c 1 11; $open_kmsg" /k
check 'access that was not given is refused' matches '*not permitted*' none --device "$work/kmsg:/dev/k:r" sh -c \
	"$open_kmsg; :" /dev/k
check 'Docker'"'"'s short form of it too' matches '*not permitted*' none --device "$work/kmsg:rm" sh -c \
	"$open_kmsg; :" "$work/kmsg"
check 'a disk cannot be opened, though its node can be made' matches '*not permitted*' none sh -c \
	'mknod /d b 240 250 && dd if=/d of=/dev/null count=1 2>&1; :'
check 'it can once it is given' matches '*No such device*' none --device "$work/disk:/dev/d" sh -c \
	'dd if=/dev/d of=/dev/null count=1 2>&1; :'
check 'the usual ones work' prints '0000000' none sh -c \
	'head -c 7 /dev/zero | tr "\0" 0; echo >/dev/null; head -c 1 /dev/urandom >/dev/null; head -c 1 /dev/random >/dev/null'
check 'a privileged container has them all' succeeds none --privileged sh -c "mknod /k c 1 11; $open_kmsg" /k
check 'a file is no device' fails 125 '*--device*not a device*' none --device "$work/volume" true
check 'what is missing is no device' fails 125 '*--device*not a device*' none --device /dev/nosuch true
check 'a name of CDI is refused, with what to do' fails 125 '*CDI*hint*' none --device vendor.com/gpu=all true
check 'so is --gpus' fails 125 '*--gpus*CDI*' none --gpus all true
check 'letters that are no access are refused' fails 125 '*--device*' none --device /dev/zero:/dev/z:x true

# ---------------------------------------------------------------- what the kernel shows
check '/dev/shm has 64 MiB' matches '* *size=65536k*' none sh -c "$shown" /dev/shm
check 'or what is asked for' matches '* *size=1024k*' none --shm-size 1m sh -c "$shown" /dev/shm
hidden='for path; do if [ -d $path ]; then ls $path | wc -l; else wc -c <$path; fi; done'
check 'a path is hidden as well' prints 0 none --security-opt mask=/proc/version:/proc/cmdline sh -c "$hidden" sh /proc/version
check 'and the next in the list' prints 0 none --security-opt mask=/proc/version:/proc/cmdline sh -c "$hidden" sh /proc/cmdline
check 'one that is read-only can be written' prints written none --security-opt unmask=/proc/sys sh -c \
	'read -r x </proc/sys/kernel/printk_ratelimit; echo $x >/proc/sys/kernel/printk_ratelimit && echo written'
hides='grep -c " /proc/\(keys\|timer_list\|sysrq-trigger\|sys\|irq\) " /proc/self/mountinfo || :'
check 'without it some are' matches '[1-9]' none sh -c "$hides"
check 'systempaths=unconfined leaves none hidden' prints 0 none --security-opt systempaths=unconfined sh -c "$hides"
check 'unmask=ALL too' prints 0 none --security-opt unmask=ALL sh -c "$hides"
if [ -f /usr/share/zoneinfo/Asia/Tokyo ]; then
	check 'the time zone is that of the host'"'"'s files' prints '+0900' none --tz Asia/Tokyo date +%z
	touch "$work/localtime"
	mount --bind /usr/share/zoneinfo/Asia/Tokyo "$(readlink -f /etc/localtime)" 2>/dev/null &&
		check 'local is that of the host' prints '+0900' none --tz local date +%z &&
		umount "$(readlink -f /etc/localtime)"
else
	skip 'the time zone' 'no /usr/share/zoneinfo here'
fi
check 'a zone that is not there is refused' fails 125 '*--tz*Nowhere*' none --tz Nowhere/City true
check 'a zone that leads elsewhere is refused' fails 125 '*--tz*' none --tz ../../../etc/passwd true

done_testing
