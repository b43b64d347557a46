#!/bin/sh
# mnt-kernel: /proc, /sys and /dev are there as a container is used to them; what is the machine's
# is hidden; a hostile root file system leads nowhere.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work/tmp" || exit 1
rootfs "$PWD/root"
rmdir root/proc root/sys root/dev
kernel() {
	unshare --mount --pid --ipc --net --cgroup --fork "$tools/mnt-kernel" --root root "$@"
}
# Inside the root, after the pivot: options of ours up to --, then a shell command.
inside() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	kernel $options -- "$tools/chroot-pivot" --root root -- /bin/sh -c "$@"
}
# mount options and type of a mount point, as inside.
shown() { inside -- 'while read -r a b c d at flags rest; do [ "$at" != "$1" ] || echo "$flags ${rest#*- }"; done </proc/self/mountinfo' sh "$1"; }

check 'missing directories are made, whatever the mask' prints '755 755 755' sh -c \
	'umask 077; unshare --mount --pid --fork "$1" --root root -- true; echo $(stat -c %a root/proc root/sys root/dev)' \
	sh "$tools/mnt-kernel"
check 'the mask is handed on' prints '0077' sh -c \
	'umask 077; unshare --mount --pid --fork "$1" --root root -- sh -c umask' sh "$tools/mnt-kernel"
check 'the status is that of the program' exits 7 kernel -- sh -c 'exit 7'
check 'a missing root is 125 and named' fails 125 '*open the root: /nowhere: No such file*' \
	"$tools/mnt-kernel" --root /nowhere -- true

# What is there.
check '/proc is inert procfs' matches 'rw,nosuid,nodev,noexec,relatime proc proc*' shown /proc
check 'of the pid namespace' prints '1' inside -- 'echo $$; [ ! -d /proc/2 ] || echo more'
check '/sys is inert, read-only sysfs' matches 'ro,nosuid,nodev,noexec,relatime sysfs sysfs*' shown /sys
check 'of the network namespace' prints 'lo' inside -- 'echo $(ls /sys/class/net)'
check '/dev is a tmpfs without setuid' matches 'rw,nosuid tmpfs tmpfs*mode=755*' shown /dev
check '/dev has what a container needs and nothing more' prints \
	'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero' \
	inside -- 'touch /dev/core; echo $(ls /dev)'
check 'its devices are the right ones' prints \
	'full 1:7 666 null 1:3 666 random 1:8 666 tty 5:0 666 urandom 1:9 666 zero 1:5 666' \
	inside -- 'cd /dev; for d in full null random tty urandom zero; do stat -c "%n %t:%T %a" $d; done | tr "\n" " " | sed "s/ $//"'
check 'its links are the usual ones' prints '/proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 pts/ptmx' \
	inside -- 'cd /dev; echo $(readlink fd) $(readlink stdin) $(readlink stdout) $(readlink stderr) $(readlink ptmx)'
check 'a terminal can be opened, of its own instance' prints '/dev/pts/0' inside -- \
	'exec 3<>/dev/ptmx; ls /dev/pts/0'
check '/dev/pts is a new devpts' matches 'rw,nosuid,noexec,relatime devpts devpts rw,gid=5,mode=620,ptmxmode=666' \
	shown /dev/pts
check '/dev/shm is 64 MiB, open to all, inert' matches 'rw,nosuid,nodev,noexec,relatime tmpfs tmpfs rw,size=65536k*' \
	shown /dev/shm
check 'or as large as asked' prints '1777 128' inside --shm-size 131072 -- \
	'echo $(stat -c %a /dev/shm) $(df -k /dev/shm | awk "END { print \$2 }")'
check 'a size in words is 125' fails 125 '*--shm-size: 64m: not a decimal number*' kernel --shm-size 64m -- true
check '/dev/mqueue is an mqueue' matches 'rw,nosuid,nodev,noexec,relatime mqueue mqueue*' shown /dev/mqueue

# cgroups: as many as the kernel says we are in, but for the version 2 of a hybrid host, which has no
# controllers; each read-only, each from our own group on.
check 'each cgroup hierarchy is there, read-only' prints 'same' inside -- '
	there=$(grep -c " - cgroup2* " /proc/self/mountinfo)
	listed=$(grep -c "^[1-9]" /proc/self/cgroup)
	[ "$listed" != 0 ] || listed=1
	[ "$there" = "$listed" ] && ! grep " - cgroup2* " /proc/self/mountinfo | grep -v " ro," && echo same'
check 'and shows our own group as its root' prints '' inside -- \
	'while read -r a b c root at rest; do case $rest in *" - cgroup"*) [ "$root" = / ] || echo "$root at $at" ;; esac; done </proc/self/mountinfo'
check 'nor beside the hierarchies' fails 1 '*Read-only file system*' inside -- 'mkdir /sys/fs/cgroup/x'
# The machine's own hierarchies are as many as before: ours are not new ones.
check 'no hierarchy was made' prints "$(cut -d: -f2 /proc/self/cgroup)" cut -d: -f2 /proc/self/cgroup
check 'without cgroups if asked' prints '' inside --no-cgroup -- 'ls /sys/fs/cgroup'
# A group of our own: what the container sees as the root of each hierarchy is that.
own_group() {
	for parent in /sys/fs/cgroup/pids /sys/fs/cgroup; do
		[ ! -e "$parent/cgroup.procs" ] || break
	done
	mkdir -p "$parent$CONTAINER_TOOLS_CGROUP_PARENT/own" || return 1
	sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$parent$CONTAINER_TOOLS_CGROUP_PARENT/own" \
		unshare --mount --pid --cgroup --fork "$tools/mnt-kernel" --root root -- \
		"$tools/chroot-pivot" --root root -- /bin/sh -c 'cd /sys/fs/cgroup; [ ! -d pids ] || cd pids
			'"$1" ".$CONTAINER_TOOLS_CGROUP_PARENT"
	result=$?
	find "$parent$CONTAINER_TOOLS_CGROUP_PARENT" -depth -type d -exec rmdir {} +
	return $result
}
check 'the root of a hierarchy is the group of the container' prints 'own only' own_group \
	'grep -q "^1$" cgroup.procs && echo "own $([ -d "$0" ] || echo only)"'
check 'nothing can be made there' fails 1 '*Read-only file system*' own_group 'mkdir x'

# Masks and read-only paths.
check 'a masked file reads as empty' prints '0' inside -- 'wc -c </proc/keys'
check 'it is the null device' prints '1:3' inside -- 'stat -c %t:%T /proc/keys'
check 'a masked directory is empty and read-only' fails 1 '*Read-only file system*' inside -- \
	'[ -z "$(ls -A /sys/firmware)" ] && mkdir /sys/firmware/x'
# What is there is written: without the guard, the machine's setting would change.
check 'kernel settings are read-only' fails 1 '*Read-only file system*' inside -- \
	'read -r v </proc/sys/vm/overcommit_memory; echo "$v" >/proc/sys/vm/overcommit_memory'
if [ -e /proc/sysrq-trigger ]; then
	check 'so is the system request trigger' fails 1 '*Read-only file system*' inside -- ': >/proc/sysrq-trigger'
fi
check 'what is no setting stays writable' succeeds inside -- 'echo 5 >/proc/self/oom_score_adj'
check 'every default mask that this kernel has is in place' prints '' inside -- '
	for path in acpi asound kcore keys latency_stats sched_debug scsi timer_list timer_stats; do
		[ ! -e /proc/$path ] || grep -q " /proc/$path ro" /proc/self/mountinfo || echo $path
	done
	for path in firmware devices/virtual/powercap; do
		[ ! -e /sys/$path ] || grep -q " /sys/$path ro" /proc/self/mountinfo || echo $path
	done'
check 'a mask of your own' prints '0' inside --mask /proc/uptime --mask /proc/nowhere -- 'wc -c </proc/uptime'
check 'a mask below a read-only path is not covered by it' prints '0' inside --mask /proc/sys/kernel/version -- \
	'wc -c </proc/sys/kernel/version'
check 'a mask outside /proc' prints '0' inside --mask /etc/passwd -- 'wc -c </etc/passwd'
check 'a read-only path of your own' fails 1 '*Read-only file system*' inside --read-only-path /etc -- 'touch /etc/x'
check 'unmask shows a path' prints 'f:0' inside --unmask /proc/keys -- 'stat -c "f:%t" /proc/keys'
check 'and only that' prints '1' inside --unmask /proc/keys -- 'stat -c %t /proc/timer_list'
check 'unmask makes a path writable' succeeds inside --unmask /proc/sys -- ': >/proc/sys/kernel/domainname'
check 'unmask ALL shows all' prints '' inside --unmask ALL -- \
	'grep -e "/proc/.* ro" -e "/sys/firmware" /proc/self/mountinfo; exit 0'
check 'a node cannot be changed through a mask' fails 1 '*Read-only file system*' inside -- 'chmod 0 /proc/keys'

# Devices.
mknod host-device c 1 5
chmod 640 host-device
chown 3:4 host-device
check 'a device of the host, with its mode and owner' prints '1:5 640 3:4' inside \
	--device "$PWD/host-device:/dev/deep/er:rw" -- 'stat -c "%t:%T %a %u:%g" /dev/deep/er'
check 'under its own name' prints '1:5' inside --device /dev/zero -- 'stat -c "%t:%T" /dev/zero'
check 'also outside /dev' prints '1:5' inside --device "/dev/zero:/srv/zero" -- 'stat -c "%t:%T" /srv/zero'
check 'what is no device is refused' fails 125 '*/etc/passwd: it is not a device*' kernel --device /etc/passwd -- true
check 'a name that is taken is refused' fails 125 '*something else is there*' \
	kernel --device /dev/zero:/dev/null -- true
check 'letters that mean nothing are refused' fails 125 '*rwm*' kernel --device /dev/zero:/dev/x:rwx -- true
check 'a missing device is named' fails 125 '*/dev/nowhere: No such file*' kernel --device /dev/nowhere -- true

# Privileged.
check 'privileged hides nothing and makes nothing read-only' prints '' inside --privileged -- \
	'grep " ro[, ]" /proc/self/mountinfo; exit 0'
check 'and has the devices of the host' succeeds inside --privileged -- 'test -c /dev/kmsg'
check 'all of them' prints "$(find /dev -xdev \( -type c -o -type b \) ! -name console ! -name ptmx | sort)" \
	inside --privileged -- 'find /dev -xdev \( -type c -o -type b \) | sort'

# A hostile root. The canary is a directory of the host that links lead to.
mkdir canary
touch canary/mine
canary() { [ "$(ls -A canary)" = mine ] || { ls -lA canary; return 1; }; }
for name in proc sys dev; do
	rm -rf evil
	mkdir -p evil
	ln -s "$PWD/canary" "evil/$name"
	check "a link as /$name is refused" fails 125 "*open the mount point: /$name: *hint: the image*" \
		unshare --mount --pid --fork "$tools/mnt-kernel" --root evil -- true
	rm "evil/$name"
	touch "evil/$name"
	check "a file as /$name is refused" fails 125 "*open the mount point: /$name: *hint: the image*" \
		unshare --mount --pid --fork "$tools/mnt-kernel" --root evil -- true
	rm "evil/$name"
	mkfifo "evil/$name"
	check "a FIFO as /$name is refused" fails 125 "*open the mount point: /$name: *hint: the image*" \
		unshare --mount --pid --fork "$tools/mnt-kernel" --root evil -- true
done
check 'the host has nothing new' canary
# What the image has in its own directories is covered.
rm -rf evil
mkdir -p evil/dev evil/proc evil/sys
for name in null pts shm mqueue ptmx fd zero; do ln -s "$PWD/canary/mine" "evil/dev/$name"; done
ln -s "$PWD/canary" evil/proc/sys
ln -s "$PWD/canary" evil/sys/firmware
check 'links below /dev, /proc and /sys are covered' prints '1:3' unshare --mount --pid --fork \
	"$tools/mnt-kernel" --root evil -- stat -c %t:%T evil/dev/null
check 'a link as the directory of a device leads into the root' prints '1:5' sh -c '
	ln -s "$PWD/canary" evil/lib; mkdir -p "evil$PWD/canary"
	unshare --mount --pid --fork "$1" --root evil --device /dev/zero:/lib/zero -- stat -c %t:%T "evil$PWD/canary/zero"' \
	sh "$tools/mnt-kernel"
check 'and the host still has nothing new' canary

# An older kernel, a devices cgroup, a user namespace.
old() { unshare --mount --pid --cgroup --fork "$top/tests/refuse" mount_setattr=ENOSYS -- "$tools/mnt-kernel" --root root "$@"; }
check 'without mount_setattr paths are read-only too' fails 1 '*Read-only file system*' old -- \
	"$tools/chroot-pivot" --root root -- /bin/sh -c 'read -r v </proc/sys/vm/overcommit_memory; echo "$v" >/proc/sys/vm/overcommit_memory'
check 'and flags are kept' prints 'ro,nosuid,nodev,noexec,relatime' old -- "$tools/chroot-pivot" --root root -- \
	/bin/sh -c 'awk "\$5 == \"/proc/sys\" { print \$6 }" /proc/self/mountinfo'
user() {
	unshare --user --map-root-user --mount --pid --ipc --cgroup --fork "$@"
}
check 'in a user namespace the devices are the host'\''s' prints '1:3 1:5' user --net "$tools/mnt-kernel" \
	--root root -- "$tools/chroot-pivot" --root root -- /bin/sh -c 'echo x >/dev/null && echo $(stat -c %t:%T /dev/null /dev/zero)'
echo fake >fake
check 'if they are what their names say' fails 125 '*/dev/null: it is not the device of that name*' \
	unshare --mount sh -c 'mount --bind fake /dev/null && exec "$@"' sh \
	unshare --user --map-root-user --mount --pid --net --ipc --cgroup --fork "$tools/mnt-kernel" --root root -- true
# A host whose /dev/null may change: the machine's own is read-only here.
mknod -m 600 null c 1 3
check 'whose mode cannot be changed' fails 1 '*Read-only file system*' unshare --mount sh -c '
	mount --bind null /dev/null && exec "$@"' sh unshare --user --map-root-user --mount --pid --net --ipc --cgroup \
	--fork "$tools/mnt-kernel" --root root -- chmod 666 root/dev/null
check 'there, masks and read-only paths hold' prints '0 ro' user --net "$tools/mnt-kernel" --root root -- \
	"$tools/chroot-pivot" --root root -- /bin/sh -c 'echo $(wc -c </proc/keys) $( (: >/proc/sys/kernel/domainname) 2>/dev/null || echo ro)'
check 'there, with the host'\''s network, /sys is a read-only bind' matches '*ro,nosuid,nodev,noexec*sysfs*' \
	user "$tools/mnt-kernel" --root root -- grep " $PWD/root/sys " /proc/self/mountinfo
check 'with all below it' prints '' user "$tools/mnt-kernel" --root root -- \
	awk -v at="$PWD/root/sys/" 'index($5, at) == 1 && $6 !~ /^ro/' /proc/self/mountinfo
check 'without a pid namespace of its own the cause is said' fails 125 '*hint:*procfs needs a pid namespace*' \
	unshare --user --map-root-user --mount "$tools/mnt-kernel" --root root -- true
check 'without privilege it is 125' fails 125 '*Operation not permitted*' unshare --mount --pid --fork \
	setpriv --bounding-set -sys_admin --inh-caps -all "$tools/mnt-kernel" --root root -- true
check 'a root file system in another user'\''s directory will do' succeeds sh -c '
	mkdir -p theirs/root && chown -R 1000 theirs && chmod 700 theirs &&
	unshare --mount --pid --fork "$1" --keep none --root theirs/root -- true' sh "$tools/mnt-kernel"
check 'without CAP_MKNOD the devices are bound' prints '1:3' unshare --mount --pid --fork \
	setpriv --bounding-set -mknod --inh-caps -all "$tools/mnt-kernel" --root root -- stat -c %t:%T root/dev/null

done_testing
